"""The cells of a table's columns, in a form that takes no step and no object a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Array


@dataclass(frozen=True, eq=False, slots=True)
class Numbers:
    """A column of numbers.

    Attributes:
        values: Whole numbers, floats or booleans, (n,); NaN for a gap.
        rows: Where each row is in the table, from 0, (n,); None for all of its rows.
    """

    values: Array
    rows: Array | None = None

    def __len__(self) -> int:
        return len(self.values)

    def at(self, rows: Array) -> Numbers:
        """Return some rows, by their places."""
        return Numbers(self.values[rows], rows if self.rows is None else self.rows[rows])

    @property
    def gaps(self) -> npt.NDArray[np.bool_]:
        """Whether a cell is empty, (n,)."""
        if self.values.dtype.kind == "f":
            return np.isnan(self.values)
        return np.zeros(len(self.values), np.bool_)


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """A column of words.

    Attributes:
        codes: The place of each row's word, int32 (n,); -1 for a gap.
        words: The words, str (k,), each once; some may have no row.
        rows: Where each row is in the table, from 0, (n,); None for all of its rows.
    """

    codes: npt.NDArray[np.int32]
    words: Array
    rows: Array | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, rows: Array) -> Words:
        """Return some rows, by their places."""
        return Words(self.codes[rows], self.words, rows if self.rows is None else self.rows[rows])

    @property
    def gaps(self) -> npt.NDArray[np.bool_]:
        """Whether a cell is empty, (n,)."""
        return np.asarray(self.codes < 0)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many rows have each word, (k,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))

    def spread(self, values: Array, gap: float = np.nan) -> Array:
        """Return for each row the value of its word, (n,): of ``values``, (k,), and ``gap`` for gaps."""
        # The last place is the one that -1 names.
        return np.append(values, np.array([gap], values.dtype))[self.codes]

    def first_of(self, places: Array) -> tuple[int, str, int]:
        """Return the first row, counted from 1, that has one of some words, its word, and how many rows have one."""
        there = np.isin(self.codes, places)
        first = int(there.argmax())
        return row_number(self.rows, first), str(self.words[self.codes[first]]), int(there.sum())


@dataclass(frozen=True, eq=False, slots=True)
class Dates:
    """A column of dates that were dates already, as in a frame or a Parquet file.

    Attributes:
        days: Days since 1970-01-01, float64 (n,); NaN for a gap.
    """

    days: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.days)

    def at(self, rows: Array) -> Dates:
        """Return some rows, by their places."""
        return Dates(self.days[rows])

    @property
    def gaps(self) -> npt.NDArray[np.bool_]:
        """Whether a cell is empty, (n,)."""
        return np.isnan(self.days)


Cells: TypeAlias = Numbers | Words | Dates


def row_number(rows: Array | None, place: int) -> int:
    """Return which row of the table, counted from 1, stands at a place of a column's rows."""
    return (place if rows is None else int(rows[place])) + 1


def joined(parts: Sequence[Words]) -> Words:
    """Return the rows of several parts of a column as one."""
    import pandas as pd

    if len(parts) == 1:
        return parts[0]
    places, words = pd.factorize(np.concatenate([part.words for part in parts]))
    starts = np.cumsum([0, *(len(part.words) for part in parts)])
    place_of = np.append(places, -1).astype(np.int32)
    codes = [np.where(part.codes < 0, -1, part.codes + start) for part, start in zip(parts, starts, strict=False)]
    return Words(place_of[np.concatenate(codes)], words)


def stripped(cells: Words) -> Words:
    """Return words without blanks around them, each once: ``red`` and ``red `` are one, as people see them."""
    import pandas as pd

    texts = [str(word).strip() for word in cells.words]
    if all(text == word for text, word in zip(texts, cells.words, strict=True)):
        return cells
    places, words = pd.factorize(np.array([*texts, ""], dtype=object)[:-1])
    return Words(np.append(places, -1).astype(np.int32)[cells.codes], np.asarray(words, dtype=object), cells.rows)


def as_words(cells: Cells) -> Words:
    """Return numbers and dates as words: whole numbers without a fraction, dates as ``2024-05-31``."""
    import pandas as pd

    if isinstance(cells, Words):
        return cells
    values = cells.values if isinstance(cells, Numbers) else cells.days
    codes, found = pd.factorize(values, use_na_sentinel=True)
    if isinstance(cells, Dates):
        words = [str(np.datetime64(round(day * 86_400_000), "ms")).removesuffix("T00:00:00.000") for day in found]
    else:
        words = [_word(value) for value in found.tolist()]
    rows = cells.rows if isinstance(cells, Numbers) else None
    return Words(codes.astype(np.int32), np.array([*words, ""], dtype=object)[:-1], rows)


def _word(value: float | bool) -> str:
    # 2**53: beyond it not every whole number is a float.
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else str(value)
