"""Tables in files: text such as CSV, and what pandas reads otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from kerasgrid.data.csv_cells import read_cells, without_headers
from kerasgrid.data.dialect import dialect_of, is_number
from kerasgrid.data.frame import cells_of_frame
from kerasgrid.data.roles import shown
from kerasgrid.data.room import check_room
from kerasgrid.data.table import Table
from kerasgrid.data.table_frames import frame_file_at, frame_in
from kerasgrid.data.text_file import TextFile, text_file
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

_LARGE = 1 << 24
"""Bytes of a file whose rows are counted before it is read."""

_CELL = 8
"""Bytes that a cell takes in memory."""


def table_in(
    path: Path, *, words: Collection[str] = (), missing: Sequence[str] = (), encoding: str | None = None
) -> Table:
    """Return the cells of a file.

    Args:
        path: A text file with a table, or one that pandas reads otherwise, see :mod:`kerasgrid.data.table_frames`.
        words: Columns that are words even if they look like numbers.
        missing: Further marks of gaps.
        encoding: Of a text file; None for what shows.

    Raises:
        DataError: The file is broken.
    """
    if frame_file_at(path) is not None:
        return _of_frame(path, missing, encoding)
    file = text_file(path, encoding)
    dialect = dialect_of(file)
    twice = next((name for place, name in enumerate(dialect.names) if name in dialect.names[:place]), None)
    if twice is not None:
        raise _twice(dialect.names, twice, str(path))
    _check_size(file, len(dialect.names))
    cells = read_cells(file, dialect, words=set(words).intersection(dialect.names), missing=missing)
    cells, again = without_headers(cells, dialect.nameless)
    notes = [note for note in (file.note, dialect.note) if note]
    if len(again):
        notes.append(
            f"{counted(len(again), 'row')} that {'repeat' if len(again) > 1 else 'repeats'} the header left out"
        )
    index = dialect.names[0] if dialect.has_index else None
    table = Table(str(path), cells, dialect.decimal, index, tuple(notes), again)
    if not table.n_rows:
        raise DataError("must hold rows below the header", where=str(path), got="none but the header once more")
    return table


def _check_size(file: TextFile, n_columns: int) -> None:
    """Check that a large file fits in memory: of little but commas it takes many times its size there."""
    if file.path.stat().st_size < _LARGE:
        return
    n_rows = sum(chunk.count(b"\n") for chunk in file.chunks()) - 1  # without the header
    what = f"{counted(n_rows, 'row')} of {counted(n_columns, 'column')}"
    check_room(_CELL * n_rows * n_columns, str(file.path), what, "leave out rows or columns")


def _twice(names: Sequence[str], name: str, where: str) -> DataError:
    if all(map(is_number, names)):
        rule = "the first line must be a header of column names"
        return DataError(rule, where=where, got=shown(names), hint="put a line of names above the values")
    return DataError("column names must differ", where=where, got=f"{name!r} twice", hint="rename one of them")


def _of_frame(path: Path, missing: Sequence[str], encoding: str | None) -> Table:
    where = str(path)
    if encoding is not None:
        raise DataError("is for text files only", where="encoding", got=f"{encoding!r} with {where}")
    found = frame_in(path)
    return Table(where, cells_of_frame(found.frame, missing, where), index=found.index, notes=found.notes)
