"""The rows of a file of a table as they are in it, a part at a time: to write them again with something beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasgrid.data.csv_cells import text_rows
from kerasgrid.data.dataset import Array
from kerasgrid.data.dialect import dialect_of
from kerasgrid.data.table_frames import frame_file_at, frame_in
from kerasgrid.data.text_file import text_file

if TYPE_CHECKING:
    import pandas as pd


def raw_rows(path: Path, encoding: str | None = None, left_out: Sequence[int] | Array = ()) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file as text, some thousands at a time, with its columns and in its order.

    Of a file that is no text all rows come at once, as they are.

    Args:
        path: A file with a table.
        encoding: Of a text file; None for what shows.
        left_out: Places of rows that who read the table left out, from 0.

    Raises:
        DataError: The file is broken.
    """
    start = 0
    for rows in _parts(path, encoding):
        is_left_out = np.isin(np.arange(start, start + len(rows)), left_out)
        start += len(rows)
        yield rows[~is_left_out] if is_left_out.any() else rows


def _parts(path: Path, encoding: str | None) -> Iterator[pd.DataFrame]:
    if frame_file_at(path) is not None:
        yield frame_in(path).frame
        return
    file = text_file(path, encoding)
    yield from text_rows(file, dialect_of(file))
