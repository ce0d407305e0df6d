"""A table's matrix: the cells of a column as the numbers that its kind says."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import numpy.typing as npt

from kerasgrid.data.cells import Cells, Dates, Numbers, Words, as_words, row_number
from kerasgrid.data.columns import Column
from kerasgrid.data.dataset import Array, FloatArray
from kerasgrid.data.date_text import ISO, days_in
from kerasgrid.data.number_text import are_gaps, numbers_in, wider
from kerasgrid.errors import DataError

_LARGEST = float(np.finfo(np.float32).max)


def coded(column: Column, cells: Cells) -> FloatArray:
    """Return a column as its kind says, float32 (n,), see :data:`kerasgrid.data.columns.Kind`.

    A category's new words are 0; a yes/no's new words are gaps.

    Raises:
        DataError: A cell of numbers or dates is neither one nor a gap, or a number is infinite.
    """
    if column.kind == "category":
        return _categories(column, cells)
    if column.levels:
        words = as_words(cells)
        codes = np.array([_yes_or_no(str(word).strip(), column.levels) for word in words.words], np.float32)
        return np.asarray(words.spread(codes), np.float32)
    values = _dates(column, cells) if column.kind == "date" else _numbers(column, cells)
    return finite(column.name, values, None if isinstance(cells, Dates) else cells.rows)


def new_words(column: Column, cells: Cells) -> int:
    """Return in how many rows of a column of words stands one that has no place of its own; gaps do not count."""
    if not column.is_text:
        return 0
    words = as_words(cells)
    known = {word.strip() for word in column.levels}
    is_new = np.array([str(word).strip() not in known for word in words.words], np.bool_)
    if column.kind == "yes/no":
        is_new &= ~are_gaps(words.words)
    elif isinstance(cells, Numbers):
        return int((_categories(column, cells) == 0)[~cells.gaps].sum())
    return int(words.counts[is_new].sum())


def _categories(column: Column, cells: Cells) -> FloatArray:
    # Runs of before may have levels with blanks around them.
    place_of = {word.strip(): place for place, word in enumerate(column.levels, 1)}
    if isinstance(cells, Numbers) and cells.values.dtype.kind != "b":
        # Numbers in a frame and words in a file may be the same categories, 1.0 and 1.
        numbers = {}
        for word, place in place_of.items():
            with suppress(ValueError):
                numbers[float(word)] = place
        found, inverse = np.unique(cells.values, return_inverse=True)
        places = [numbers.get(float(value), 0) for value in found]
        codes = np.array(places, np.float32)[inverse]
        codes[cells.gaps] = place_of.get("", 0)
        return codes
    words = as_words(cells)
    places = [place_of.get(str(word).strip(), 0) for word in words.words]
    return np.asarray(words.spread(np.array(places, np.float32), place_of.get("", 0)), np.float32)


def _yes_or_no(word: str, levels: tuple[str, ...]) -> float:
    return float(levels.index(word)) if word in levels else np.nan


def _numbers(column: Column, cells: Cells) -> Array:
    if isinstance(cells, Dates):
        raise _wrong(column, str(as_words(cells).words[0]), 1)
    if isinstance(cells, Numbers):
        return cells.values
    values = numbers_in(cells.words, column.form)
    if (unread := np.isnan(values)).any() and (unread := unread & ~are_gaps(cells.words)).any():
        # The training had no number above a thousand, or no sign of money, to tell how such are written.
        values[unread] = numbers_in(cells.words[unread], wider(column.form))
    if column.kind == "yes/no":
        for place, word in enumerate(cells.words):
            values[place] = {"true": 1.0, "false": 0.0}.get(str(word).strip().lower(), values[place])
    _check_words(column, cells, values)
    return cells.spread(values)


def _dates(column: Column, cells: Cells) -> Array:
    if isinstance(cells, Dates):
        return cells.days
    words = as_words(cells)
    days = days_in(words.words, column.form.date)
    if np.isnan(days).any() and column.form.date != ISO:
        # In a frame the same column may hold dates already.
        days = np.where(np.isnan(days), days_in(words.words, ISO), days)
    _check_words(column, words, days)
    return words.spread(days)


def _check_words(column: Column, cells: Words, values: npt.NDArray[np.float64]) -> None:
    wrong = np.flatnonzero(np.isnan(values) & ~are_gaps(cells.words) & (cells.counts > 0))
    if len(wrong):
        row, word, _ = cells.first_of(wrong)
        raise _wrong(column, word, row)


def _wrong(column: Column, word: str, row: int) -> DataError:
    noun = "dates" if column.kind == "date" else "numbers"
    return DataError(
        f"must hold {noun}, as in the training",
        where=f"column {column.name!r}",
        got=f"{word[:80]!r} in row {row}",
        hint="mend it, or leave the cell empty",
    )


def finite(name: str, values: Array, rows: Array | None) -> FloatArray:
    """Return numbers of a column as float32, (n,); NaN is a gap.

    Args:
        name: The column's.
        values: Its numbers, (n,).
        rows: Where each is in the table, from 0, (n,); None for all rows.

    Raises:
        DataError: One is infinite, or too large for float32.
    """
    if values.dtype.kind == "f":
        too_large = np.abs(values) > _LARGEST
        if too_large.any():
            place = int(too_large.argmax())
            is_infinite = np.isinf(values[place])
            raise DataError(
                "must hold finite numbers only" if is_infinite else "must fit in float32, which ends at 3.4e38",
                where=f"column {name!r}",
                got=f"{values[place]} in row {row_number(rows, place)}",
                hint="mend it, or leave the cell empty",
            )
    return np.asarray(values, np.float32)
