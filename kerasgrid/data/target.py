"""What a table asks to be predicted: the cells of its target columns as labels or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kerasgrid.data import labels
from kerasgrid.data.cells import Cells, Dates, Numbers, Words, as_words
from kerasgrid.data.coding import finite
from kerasgrid.data.columns import Form
from kerasgrid.data.dataset import Array, Task
from kerasgrid.data.date_text import form_of_dates, look_like_dates
from kerasgrid.data.kinds import are_mistakes, mistake, yes_or_no
from kerasgrid.data.number_text import are_gaps, form_of, numbers_in
from kerasgrid.errors import DataError

_WHOLE = re.compile(r"[-+]?\d+")
_LEADING_ZERO = re.compile(r"-?0\d+")
_EXACT = 2.0**53
"""Up to here every whole number is a float."""

_SHOWN = 6
_FEW = 20


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """Labels or numbers to predict, before any is checked.

    Attributes:
        names: The columns.
        values: Numbers, (n,) or (n, targets), NaN where there is none; or for words their places among ``words``, -1
            where there is none.
        words: The words of classes; None for numbers.
        is_whole: Whether the numbers are whole ones, and floats for the sake of gaps alone.
    """

    names: tuple[str, ...]
    values: Array
    words: tuple[str, ...] | None = None
    is_whole: bool = False

    @property
    def is_there(self) -> npt.NDArray[np.bool_]:
        """Whether a row has a target, and every one of them, (n,)."""
        if self.words is not None:
            return np.asarray(self.values >= 0)
        if self.values.dtype.kind != "f":
            return np.ones(len(self.values), np.bool_)
        gaps = np.isnan(self.values)
        return np.asarray(~(gaps if gaps.ndim == 1 else gaps.any(axis=1)))

    def at(self, rows: Array) -> Target:
        """Return some rows that are there, by their places; whole numbers are so, now that there are no gaps."""
        values = self.values[rows]
        if self.is_whole and values.dtype.kind == "f" and len(values) and np.abs(values).max() < _EXACT:
            values = values.astype(np.int64)
        return Target(self.names, values, self.words, self.is_whole)


def target_of(names: Sequence[str], cells: Sequence[Cells], *, task: Task | None, decimal: str = ".") -> Target:
    """Return what the columns of a target hold.

    A single column is numbers, as money and percent are, or words. In words only an empty cell is missing, so that
    None and NA are classes; in numbers NA, NaN, null and the like are missing, too. Of several columns each holds
    numbers, or two words such as yes and no.

    Args:
        names: Of the columns.
        cells: Of each.
        task: What to predict, if the user says so.
        decimal: The decimal mark of the rest of the file.

    Raises:
        DataError: Numbers are wanted and there are words, or a few words among numbers, or a number is infinite.
    """
    if len(names) == 1:
        target = _single(names[0], cells[0], task, decimal)
    else:
        columns = [_number_column(name, column, decimal) for name, column in zip(names, cells, strict=True)]
        target = Target(tuple(names), np.column_stack(columns))
    if target.words is None and task != "classification":
        # Here rows have their numbers still, and nothing is computed yet.
        for name, column, values in zip(names, cells, target.values.reshape(len(target.values), -1).T, strict=True):
            finite(name, values, None if isinstance(column, Dates) else column.rows)
    return target


def _single(name: str, cells: Cells, task: Task | None, decimal: str) -> Target:
    if isinstance(cells, Dates):
        raise DataError("must hold classes or numbers to be predicted", where=f"column {name!r}", got="dates")
    if isinstance(cells, Numbers):
        if cells.values.dtype.kind == "b" and task != "regression":
            cells = as_words(cells)
            return Target((name,), cells.codes, tuple(cells.words))
        # Of whole numbers with gaps pandas makes floats.
        present = cells.values[~cells.gaps]
        return Target(
            (name,), cells.values, None, len(present) < len(cells) and bool((present == np.floor(present)).all())
        )
    values = _numbers(name, cells, task, decimal)
    if values is not None:
        return Target((name,), values, None, _are_whole(cells))
    if task is None and _are_days(cells):
        raise DataError(
            "must hold classes or numbers to be predicted",
            where=f"column {name!r}",
            got=f"dates such as {cells.words[0]!r}",
            hint="write a number, such as days from a first one; --task classification takes each date for a class",
        )
    if task == "regression":
        here, _, fits = _form(cells, decimal)
        if not len(here):
            return Target((name,), np.full(len(cells), np.nan))
        row, word, _ = cells.first_of(here[~fits])
        raise DataError(
            "must hold numbers to be predicted",
            where=f"column {name!r}",
            got=f"{word[:80]!r} in row {row}",
            hint='"missing" names marks of gaps; for classes leave "task" out',
        )
    blank = np.array([not str(word).strip() for word in cells.words], np.bool_)
    codes = np.where(cells.spread(blank, True), -1, cells.codes)
    return Target((name,), codes, tuple(map(str, cells.words)))


def _are_days(cells: Words) -> bool:
    """Whether words are many different dates, rather than a few classes that look like some."""
    words = cells.words[(cells.counts > 0) & ~are_gaps(cells.words)]
    return len(words) > _FEW and look_like_dates(words) and not np.isnan(form_of_dates(words, words != "")[1]).any()


def _numbers(name: str, cells: Words, task: Task | None, decimal: str) -> Array | None:
    """Return words as numbers, float64 (n,); None if they are no numbers."""
    here, form, fits = _form(cells, decimal)
    words = cells.words[here]
    if not len(here) or (task != "regression" and any(_LEADING_ZERO.fullmatch(str(word)) for word in words)):
        return None
    if not fits.all():
        if task != "classification" and fits.sum() > _FEW and are_mistakes(fits, cells.counts[here]):
            other = 'if its values are classes, "task": "classification"'
            raise mistake(name, cells, here[~fits], "numbers", str(words[fits][0]), other)
        return None
    return cells.spread(numbers_in(cells.words, form))


def _form(cells: Words, decimal: str) -> tuple[npt.NDArray[np.intp], Form, npt.NDArray[np.bool_]]:
    """Return the places of the words that are no gaps, the form in which the most rows are numbers, and which are."""
    counts = np.where(are_gaps(cells.words), 0, cells.counts)
    here = np.flatnonzero(counts)
    # A few words such as 1x and 2x are classes, with their names.
    form, fits = form_of(cells.words[here], counts[here], decimal, with_units=len(here) > _FEW)
    return here, form, fits


def _are_whole(cells: Words) -> bool:
    """Whether every number is written as a whole one: 1, but neither 1.0 nor 1 %."""
    words = cells.words[(cells.counts > 0) & ~are_gaps(cells.words)]
    return all(_WHOLE.fullmatch(str(word).strip()) for word in words)


def _number_column(name: str, cells: Cells, decimal: str) -> npt.NDArray[np.float64]:
    if isinstance(cells, Numbers):
        return cells.values.astype(np.float64)
    if isinstance(cells, Words):
        values = _numbers(name, cells, "regression", decimal)
        if values is not None:
            return values.astype(np.float64)
        marks = are_gaps(cells.words)
        levels = yes_or_no(cells.words[~marks & (cells.counts > 0)])
        if levels is not None:
            of_word = [levels.index(text) if (text := str(word).strip()) in levels else np.nan for word in cells.words]
            return np.asarray(cells.spread(np.array(of_word, np.float64)))
    raise DataError(
        "each of several targets must hold numbers, or two words such as yes and no",
        where=f"column {name!r}",
        got=f"words such as {str(as_words(cells).words[0])[:80]!r}",
    )


def guessed(target: Target, task: Task | None) -> tuple[Task, str]:
    """Return what to predict, and a line about the guess, which is empty where nothing was guessed.

    Args:
        target: Of the training rows, without gaps.
        task: What the user says; None guesses.
    """
    if task is not None:
        return task, ""
    what = ", ".join(target.names)
    if target.words is not None:
        names = sorted({target.words[place] for place in np.unique(target.values)})
        return "classification", f"{what}: {_classes(names)}"
    values = target.values
    if values.ndim == 2 and np.isin(values, (0, 1)).all():
        task = labels.guess_task(values)
        several = "labels, any number of which hold" if task == "multilabel" else "classes, one of which holds"
        return task, f"{what}: {values.shape[1]} {several}; --task says otherwise"
    task = labels.guess_task(values)
    if task == "classification":
        names = [str(value) for value in np.unique(values).tolist()]
        return task, f"{what}: {_classes(names, in_a_row=True)}; --task regression predicts the number"
    if values.ndim == 2:
        return task, f"{what}: {values.shape[1]} numbers to predict"
    is_whole = bool((values == np.floor(values)).all())
    other = "; --task classification takes each for a class" if is_whole else ""
    return task, f"{what}: numbers to predict, {values.min():g} … {values.max():g}{other}"


def _classes(names: list[str], *, in_a_row: bool = False) -> str:
    if len(names) > _SHOWN or (in_a_row and len(names) > 2):
        return f"{len(names)} classes {names[0]} … {names[-1]}"
    return f"{len(names)} classes {', '.join(names)}"


def class_codes(target: Target, train: Target, where: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return words as indices of the training rows' classes, int64 (n,), and the classes, sorted.

    Args:
        target: The rows wanted, without gaps.
        train: The training rows, likewise, of the same words.
        where: For messages.

    Raises:
        DataError: There is a single class, or a word is none of the training rows'.
    """
    assert train.words is not None
    assert target.words is not None
    there = np.bincount(train.values, minlength=len(train.words)) > 0
    classes = tuple(sorted(train.words[place] for place in np.flatnonzero(there)))
    labels.check_several(classes, where)
    return labels.indices_of_words(target.values, target.words, classes, where), classes
