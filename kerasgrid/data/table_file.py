"""Tables in files: text such as CSV, and Parquet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.data.csv_cells import read_cells
from kerasgrid.data.dialect import dialect_of, is_number
from kerasgrid.data.frame import cells_of_frame
from kerasgrid.data.roles import shown
from kerasgrid.data.room import check_room
from kerasgrid.data.table import Table
from kerasgrid.data.text_file import TextFile, text_file
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    import pandas as pd

_PARQUET = ".parquet"

_LARGE = 1 << 24
"""Bytes of a file whose rows are counted before it is read."""

_CELL = 8
"""Bytes that a cell takes in memory."""


def table_in(
    path: Path, *, words: Collection[str] = (), missing: Sequence[str] = (), encoding: str | None = None
) -> Table:
    """Return the cells of a file.

    Args:
        path: A text file with a table, or a Parquet file.
        words: Columns that are words even if they look like numbers.
        missing: Further marks of gaps.
        encoding: Of a text file; None for what shows.

    Raises:
        DataError: The file is broken.
    """
    if is_parquet(path):
        return _parquet(path, missing, encoding)
    file = text_file(path, encoding)
    dialect = dialect_of(file)
    twice = next((name for place, name in enumerate(dialect.names) if name in dialect.names[:place]), None)
    if twice is not None:
        raise _twice(dialect.names, twice, str(path))
    _check_size(file, len(dialect.names))
    cells = read_cells(file, dialect, words=set(words).intersection(dialect.names), missing=missing)
    index = dialect.names[0] if dialect.has_index else None
    return Table(str(path), cells, dialect.decimal, index, (file.note,) if file.note else ())


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
    return DataError("column names must differ", where=where, got=f"{name!r} twice")


def is_parquet(path: Path) -> bool:
    """Whether a file is a Parquet file, by its ending."""
    return path.name.lower().endswith(_PARQUET)


def _parquet(path: Path, missing: Sequence[str], encoding: str | None) -> Table:
    where = str(path)
    if encoding is not None:
        raise DataError("is for text files only", where="encoding", got=f"{encoding!r} with {where}")
    return Table(where, cells_of_frame(parquet_frame(path), missing, where))


def parquet_frame(path: Path) -> pd.DataFrame:
    """Return the rows of a Parquet file, of which there is one at least.

    Raises:
        DataError: It is none, is broken, or pyarrow is not installed.
    """
    import pandas as pd

    where = str(path)
    try:
        with path.open("rb") as file:
            frame: pd.DataFrame = pd.read_parquet(file, engine="pyarrow")
    except ImportError:
        raise DataError(
            "needs pyarrow to be read", where=where, got="no pyarrow", hint="pip install 'kerasgrid[parquet]'"
        ) from None
    # pyarrow's errors are ValueErrors or OSErrors, without a number where the file is none of its kind.
    except (ValueError, OSError, KeyError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        got = " ".join(str(error).split())[:200]
        raise DataError("must be a Parquet file, and whole", where=where, got=got) from None
    if not len(frame) or not len(frame.columns):
        raise DataError("must hold rows and columns", where=where, got=f"{len(frame)} rows")
    return frame
