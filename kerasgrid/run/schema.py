"""The tables of a run's file: version by version, and how a row of them is sealed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SCHEMA_VERSION = 5
"""1: meta, fits and finals. 2: evaluations, too. 3: what curves a fit was asked for (``curve_every``). 4: a checksum of
each row. 5: when each fit was trained, and by which worker.

A file of an older version is read as it is, and brought up to date when it is written to."""

APPLICATION_ID = int.from_bytes(b"kgrd", "big")
"""Marks the file as ours, so that no other program's database is taken for a run, or written to."""

TABLES: Mapping[str, Sequence[str]] = {
    "meta": ("name", "value"),
    "fits": (
        "key", "candidate", "fold", "repeat", "seed", "status", "curve", "seconds", "n_parameters", "error",
        "finished_at", "curve_every", "worker", "began", "ended",
    ),
    "finals": ("key", "result", "finished_at"),
    "evaluations": ("key", "result", "finished_at"),
}  # fmt: skip
"""The columns of each table, the first of which is its key; ``checksum`` follows."""

_SINCE = {("evaluations", "key"): 2, ("evaluations", "result"): 2, ("evaluations", "finished_at"): 2}
_SINCE |= {("fits", "curve_every"): 3} | {(table, "checksum"): 4 for table in TABLES}
_SINCE |= {("fits", name): 5 for name in ("worker", "began", "ended")}

_SEALED_SINCE = _SINCE["fits", "checksum"]

_EVALUATIONS = "CREATE TABLE evaluations (key TEXT PRIMARY KEY, result TEXT NOT NULL, finished_at TEXT NOT NULL)"

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE fits (key TEXT PRIMARY KEY, candidate TEXT NOT NULL, fold INTEGER NOT NULL, "
    "repeat INTEGER NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, curve TEXT NOT NULL, "
    "seconds REAL NOT NULL, n_parameters INTEGER NOT NULL, error TEXT, finished_at TEXT NOT NULL)",
    "CREATE TABLE finals (key TEXT PRIMARY KEY, result TEXT NOT NULL, finished_at TEXT NOT NULL)",
    f"PRAGMA application_id = {APPLICATION_ID}",
)

MIGRATIONS: Mapping[int, Sequence[str]] = {
    0: _FIRST,
    1: (_EVALUATIONS,),
    2: ("ALTER TABLE fits ADD COLUMN curve_every INTEGER",),
    3: tuple(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER" for table in TABLES),
    4: tuple(f"ALTER TABLE fits ADD COLUMN {name}" for name in ("worker TEXT", "began REAL", "ended REAL")),
}
"""What makes of a file of each version one of the next; 0 is an empty one. New columns are NULL in old rows."""


def migrating(version: int) -> Iterator[str]:
    """Yield the statements that bring a file of this version up to date; none if it is."""
    for old in range(version, SCHEMA_VERSION):
        yield from MIGRATIONS[old]
    if version < SCHEMA_VERSION:
        yield f"PRAGMA user_version = {SCHEMA_VERSION}"


def selecting(table: str, version: int) -> str:
    """Return the query for the rows of a table in a file of this version: its columns, then the checksum.

    What the version has not is NULL.
    """
    names = [
        name if _SINCE.get((table, name), 1) <= version else f"NULL AS {name}" for name in (*TABLES[table], "checksum")
    ]
    return f"SELECT {', '.join(names)} FROM {table}"


def stored_order(table: str) -> Sequence[str]:
    """Return all columns in the order in which the file has them: those that came later, later."""
    return sorted((*TABLES[table], "checksum"), key=lambda name: _SINCE.get((table, name), 1))


def n_at_first(table: str) -> int:
    """Return how many columns the table had when there was one first."""
    since = [_SINCE.get((table, name), 1) for name in TABLES[table]]
    return since.count(min(since))


def has_table(table: str, version: int) -> bool:
    """Return whether a file of this version has the table."""
    return _SINCE.get((table, TABLES[table][0]), 1) <= version


def inserting(table: str) -> str:
    """Return the statement that puts a row, as :func:`sealed` returns it, in place of an earlier one of its key."""
    names = (*TABLES[table], "checksum")
    return f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def sealed(table: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return a row of the table with its checksum.

    SQLite notices a damaged file only where its own structure is hit: a digit of a score may change unnoticed.
    """
    return (*values, _checksum(table, values))


def is_whole(table: str, row: Sequence[Any]) -> bool:
    """Return whether a row, its checksum last, is what was written; one of before there were checksums may be."""
    kept = row[-1]
    return kept is None or kept == _checksum(table, row[:-1])


_TEXTS = {table: table + "\x1f%s" * len(names) for table, names in TABLES.items()}

_N_FIRST = {
    table: len([name for name in names if _SINCE.get((table, name), 1) <= _SEALED_SINCE])
    for table, names in TABLES.items()
}
"""How many columns each table had when rows were sealed first."""


def _checksum(table: str, values: Sequence[Any]) -> int:
    n_first = _N_FIRST[table]
    # A column that came later is NULL in a row of before, whose checksum knows nothing of it.
    if all(value is None for value in values[n_first:]):
        text = (table + "\x1f%s" * n_first) % tuple(values[:n_first])
    else:
        text = _TEXTS[table] % tuple(values)
    return zlib.crc32(text.encode(errors="replace"))
