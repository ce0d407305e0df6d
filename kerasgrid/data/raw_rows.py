"""The rows of a file of a table as they are in it, a part at a time: to write them again with something beside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.data.csv_cells import text_rows
from kerasgrid.data.dialect import dialect_of
from kerasgrid.data.table_file import is_parquet, parquet_frame
from kerasgrid.data.text_file import text_file

if TYPE_CHECKING:
    import pandas as pd


def raw_rows(path: Path, encoding: str | None = None) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as text, some thousands at a time, with its columns and in its order.

    Of a Parquet file all rows come at once, as they are.

    Args:
        path: A text file with a table, or a Parquet file.
        encoding: Of a text file; None for what shows.

    Raises:
        DataError: The file is broken.
    """
    if is_parquet(path):
        yield parquet_frame(path)
        return
    file = text_file(path, encoding)
    yield from text_rows(file, dialect_of(file))
