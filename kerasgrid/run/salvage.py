"""What can be read of a damaged run: by SQLite as far as it goes, and page by page beyond."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kerasgrid.fits.fit import FinalResult
from kerasgrid.run.database import FILE, LOG
from kerasgrid.run.fit_rows import RowReader
from kerasgrid.run.pages import Cell, cells_of
from kerasgrid.run.schema import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    TABLES,
    has_table,
    is_whole,
    n_at_first,
    selecting,
    stored_order,
)

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_FINAL = frozenset(part.name for part in fields(FinalResult))

_TEXTS = frozenset(("key", "name", "value", "result", "finished_at"))

Row = tuple[Any, ...]


@dataclass
class Salvage:
    """What was found in the file of a run.

    Attributes:
        rows: By table and key, what was written last of what can be read: its columns, without the checksum.
        damage: What is the matter; None if all is well.
        n_lost: Of how many rows no more than their being there is known.
        is_ours: Whether the file says that kerasgrid wrote it.
        version: Of the file, as it says.
        is_sound: Whether SQLite finds nothing wrong with the file.
    """

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {table: {} for table in TABLES})
    damage: str | None = None
    n_lost: int = 0
    is_ours: bool = False
    version: int = 0
    is_sound: bool = False
    _rowids: dict[tuple[str, str], int] = field(default_factory=dict)
    _reader: RowReader = field(default_factory=RowReader)

    def take(self, table: str, rowid: int, row: Sequence[Any]) -> bool:
        """Keep a row, its checksum last, if it is such as we write; return whether it is."""
        if not self._is_right(table, row):
            return False
        key = str(row[0])
        if rowid >= self._rowids.get((table, key), 0):
            self._rowids[table, key] = rowid
            self.rows[table][key] = tuple(row[:-1])
        return True

    def in_order(self, table: str) -> list[Row]:
        """Return the rows of a table in the order in which they were written."""
        return sorted(self.rows[table].values(), key=lambda row: self._rowids[table, str(row[0])])

    def _is_right(self, table: str, row: Sequence[Any]) -> bool:
        try:
            texts = [value for name, value in zip(TABLES[table], row, strict=False) if name in _TEXTS]
            if any(type(text) is not str for text in texts) or not is_whole(table, row):
                return False
            if table == "fits":
                self._reader.read(row[:-1])
                return True
            found = json.loads(row[1])
            if table == "meta":
                return True
            is_final = isinstance(found, dict) and _FINAL >= found.keys() >= {"status", "curve"}
            # Without a checksum, which says of which table it is, a row of the one looks like one of the other.
            return isinstance(found, dict) and (row[-1] is not None or is_final == (table == "finals"))
        except _UNREADABLE:
            return False


def salvaged(folder: Path) -> Salvage:
    """Return what can be read of the run's file in this folder; it must be a copy, since SQLite may write to it."""
    found = Salvage()
    content, log = _bytes(folder / FILE), _bytes(folder / LOG)
    _by_sqlite(folder, found)
    if found.damage is not None:
        for cell in cells_of(content, log):
            for table, row in _as_rows(cell):
                found.take(table, cell.rowid, row)
    return found


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _by_sqlite(folder: Path, found: Salvage) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.text_factory = lambda text: text.decode(errors="replace")
        version = 0
        try:
            ((version,),) = connection.execute("PRAGMA user_version")
            ((application_id,),) = connection.execute("PRAGMA application_id")
            found.is_ours = application_id == APPLICATION_ID
            # Text that is no UTF-8 is no structure; its row is not what we write.
            ((told,),) = connection.execute("PRAGMA integrity_check(1)")
            found.is_sound, found.version = told == "ok", int(version)
            found.damage = (
                None if found.is_sound else " ".join(str(told).removeprefix("*** in database main ***").split())
            )
        except sqlite3.Error as error:
            found.damage = str(error)
        if found.damage is None and not found.is_ours:
            found.damage = f"the mark {application_id} of another program"
        if found.damage is None and not 0 < version <= SCHEMA_VERSION:
            found.damage = f"version {version}"
        for table in TABLES:
            _read_table(connection, table, version, found)


def _read_table(connection: sqlite3.Connection, table: str, version: int, found: Salvage) -> None:
    """Read the rows of a table from its beginning and, where that ends early, from its end."""
    if not has_table(table, version):
        return
    query = selecting(table, min(version, SCHEMA_VERSION)).replace("SELECT", "SELECT rowid,")
    n_wrong = 0
    for order in ("rowid", "rowid DESC"):
        try:
            for rowid, *row in connection.execute(f"{query} ORDER BY {order}"):
                n_wrong += not found.take(table, rowid, _stored(table, row))
        except sqlite3.Error as error:
            found.damage = found.damage or str(error)
        else:
            break
    found.n_lost += n_wrong
    if n_wrong and found.damage is None:
        found.damage = "rows that are not what was written"


def _stored(table: str, row: Sequence[Any]) -> Row:
    """Return a row as it was before SQLite wrote it: whole seconds have no fraction on the disk."""
    if table != "fits":
        return tuple(row)
    return tuple(float(value) if type(value) is int and place in _SECONDS else value for place, value in enumerate(row))


_SECONDS = frozenset(TABLES["fits"].index(name) for name in ("seconds", "began", "ended"))


def _as_rows(cell: Cell) -> Iterator[tuple[str, Row]]:
    """Yield a row of the file as one of each table that it may be of: columns that came later may be missing."""
    for table, names in TABLES.items():
        order = stored_order(table)
        if n_at_first(table) <= len(cell.values) <= len(order):
            found = dict(zip(order, cell.values, strict=False))
            yield table, _stored(table, [found.get(name) for name in (*names, "checksum")])
