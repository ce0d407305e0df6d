"""What a column is, decided from its values: a number, a yes/no, a category, a date, or nothing to learn from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kerasgrid.data.cells import Cells, Dates, Numbers, Words, as_words
from kerasgrid.data.columns import PLAIN, Column, Form, Kind
from kerasgrid.data.dataset import Array
from kerasgrid.data.date_text import ISO, form_of_dates, is_ambiguous, look_like_dates
from kerasgrid.data.identifiers import identifier
from kerasgrid.data.number_text import are_gaps, form_of, numbers_in
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

_YES_AND_NO = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("nein", "ja"), ("non", "oui"), ("no", "sí"),
    ("no", "si"), ("não", "sim"), ("nee", "ja"), ("nej", "ja"), ("off", "on"), ("아니오", "예"), ("아니요", "예"),
)  # fmt: skip

_NEARLY = 0.95
"""So many rows must be numbers, or dates, for the others to be mistakes; and differ, for words to be identifiers."""

_BLANKS_ASIDE = 20
"""Two words may be so many, with different blanks around them."""

_MANY_NUMBERS = 20
_FEW_WORDS = 3
_DISTINCT_BY_NUMBER = re.compile(r"-?0\d+")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that a model is not given.

    Attributes:
        why: The reason, for people.
        column: What it could be given as if nothing else were left; None if it says nothing.
    """

    why: str
    column: Column | None = None


def kind_of(name: str, cells: Cells, *, said: str | None = None, decimal: str = ".") -> Column | LeftOut:
    """Return what a column is.

    Args:
        name: Its name, which tells identifiers from measurements where values do not.
        cells: Those of the training rows.
        said: The kind that the user says; None decides.
        decimal: The decimal mark of the rest of the file.

    Raises:
        DataError: It is nearly all numbers, or dates, but for a few words; or not what the user says.
    """
    if said is not None:
        return _as_said(name, cells, said, decimal)
    if cells.gaps.all():
        return LeftOut("empty")
    if isinstance(cells, Dates):
        return _given(name, "date", cells, Form(date=ISO))
    if isinstance(cells, Numbers):
        # Numbers that pandas read had the file's decimal mark.
        form = replace(PLAIN, decimal=decimal) if cells.values.dtype.kind == "f" else PLAIN
        return _of_numbers(name, cells.values, form)
    return _of_words(name, cells, decimal)


def _given(name: str, kind: Kind, cells: Cells, form: Form = PLAIN, why: str = "") -> Column | LeftOut:
    if isinstance(cells, Words):
        n_different = int((cells.counts > 0).sum())
    else:
        values = cells.values if isinstance(cells, Numbers) else cells.days
        n_different = 2 if _differ(values) else 1
    has_gaps = bool(cells.gaps.any())
    if n_different == 1 and not has_gaps:
        return LeftOut("the same in every row")
    return Column(name, kind, has_gaps=has_gaps, form=form, why=why)


def _of_numbers(name: str, values: Array, form: Form, why: str = "") -> Column | LeftOut:
    """Decide on a column whose values are numbers, NaN for gaps."""
    if values.dtype.kind == "b":
        return _given(name, "yes/no", Numbers(values))
    gaps = Numbers(values).gaps
    if (reason := identifier(name, values)) is not None:
        return LeftOut(reason, Column(name, "number", form=form, why=reason))
    present = values[~gaps] if gaps.any() else values
    low, high = present.min(), present.max()
    is_binary = low == 0 and high == 1 and not ((present != 0) & (present != 1)).any()
    return _given(name, "yes/no" if is_binary and form == PLAIN else "number", Numbers(values), form, why)


def _of_words(name: str, cells: Words, decimal: str) -> Column | LeftOut:
    marks = are_gaps(cells.words)
    counts = np.where(marks, 0, cells.counts)
    here = np.flatnonzero(counts)
    if not len(here):
        return LeftOut("empty")
    words, numbers = cells.words[here], counts[here]
    if (levels := yes_or_no(words)) is not None:
        return Column(name, "yes/no", levels, has_gaps=bool(numbers.sum() < len(cells)))
    if look_like_dates(words):
        return _of_dates(name, cells, words, numbers)
    form, fits = form_of(words, numbers, decimal)
    leading_zero = form == PLAIN and any(_DISTINCT_BY_NUMBER.fullmatch(str(word).strip()) for word in words[fits])
    if fits.all() and not leading_zero:
        values = cells.spread(numbers_in(cells.words, form))
        return _of_numbers(name, values, form, _how(form, str(words[0])))
    if not leading_zero and are_mistakes(fits, numbers):
        raise mistake(name, cells, here[~fits], "numbers", str(words[fits][0]))
    return category(name, cells)


def _of_dates(name: str, cells: Words, words: Array, counts: npt.NDArray[np.int64]) -> Column | LeftOut:
    form, days = form_of_dates(words, counts)
    wrong = np.isnan(days)
    share = counts[~wrong].sum() / counts.sum()
    if not wrong.any():
        why = ""
        if is_ambiguous(words, form):
            first = "month" if form.startswith("%m") else "day"
            why = f'read as dates with the {first} first; "columns": {{"{name}": "category"}} leaves them words'
        has_gaps = bool(counts.sum() < len(cells))
        if len(np.unique(days)) == 1 and not has_gaps:
            return LeftOut("the same in every row")
        return Column(name, "date", has_gaps=has_gaps, form=Form(date=form), why=why)
    if share >= _NEARLY:
        places = np.flatnonzero(np.isin(cells.words, words[wrong]))
        raise mistake(name, cells, places, "dates", str(words[~wrong][0]))
    return category(name, cells)


def category(name: str, cells: Cells, *, always: bool = False) -> Column | LeftOut:
    """Return a column of words, with the words that stand in at least two rows, sorted; an empty cell is a word.

    Args:
        name: The column's.
        cells: Those of the training rows.
        always: Whether it is given whatever its words are.
    """
    words = as_words(cells)
    counts = words.counts
    n_different, n_there = int((counts > 0).sum()), int(counts.sum())
    n_gaps = len(words) - n_there
    if not always:
        if n_different + (n_gaps > 0) <= 1:
            return LeftOut("the same in every row")
        if n_there > 2 and n_different >= _NEARLY * n_there:
            return LeftOut("an identifier or free text: (nearly) every row differs")
    levels = [str(word) for word, count in zip(words.words, counts, strict=True) if count > 1 and word != ""]
    n_empty = n_gaps + int(counts[words.words == ""].sum())
    levels = sorted([*levels, *([""] if n_empty > 1 else [])])
    if not levels and not always:
        return LeftOut("no word stands in two rows")
    return Column(name, "category", tuple(levels))


def yes_or_no(words: Array) -> tuple[str, str] | None:
    """Return the word of 0 and the word of 1 of two words that mean no and yes, in some language; None for others."""
    if len(words) > _BLANKS_ASIDE:
        return None
    texts = sorted({str(word).strip() for word in words})
    if len(texts) != 2:
        return None
    for no, yes in _YES_AND_NO:
        for first, second in (texts, texts[::-1]):
            if (first.lower(), second.lower()) == (no, yes):
                return first, second
    return None


def _as_said(name: str, cells: Cells, said: str, decimal: str) -> Column | LeftOut:
    if said == "category":
        return category(name, cells, always=True)
    words = as_words(cells)
    here = np.flatnonzero(np.where(are_gaps(words.words), 0, words.counts))
    found, counts = words.words[here], words.counts[here]
    has_gaps = bool(counts.sum() < len(cells))
    if said == "yes/no":
        return _said_yes_or_no(name, cells, found, has_gaps)
    if said == "date":
        if isinstance(cells, Dates):
            return Column(name, "date", has_gaps=has_gaps, form=Form(date=ISO))
        date, days = form_of_dates(found, counts, ("%Y%m%d",))
        if np.isnan(days).any():
            raise _not_as_said(name, words, here[np.isnan(days)], "dates")
        return Column(name, "date", has_gaps=has_gaps, form=Form(date=date))
    if isinstance(cells, Numbers):
        return Column(name, "number", has_gaps=has_gaps, form=replace(PLAIN, decimal=decimal))
    form, fits = form_of(found, counts, decimal)
    if not fits.all():
        raise _not_as_said(name, words, here[~fits], "numbers")
    return Column(name, "number", has_gaps=has_gaps, form=form, why=_how(form, str(found[0])) if len(found) else "")


def _said_yes_or_no(name: str, cells: Cells, found: Array, has_gaps: bool) -> Column:
    if isinstance(cells, Numbers) and set(map(str, found)) <= {"0", "1", "True", "False"}:
        return Column(name, "yes/no", has_gaps=has_gaps)
    texts = sorted({str(word).strip() for word in found})
    if len(texts) != 2:
        raise DataError(
            "must hold two different words to be yes/no",
            where=f"column {name!r}",
            got=f"{len(texts)} such as {', '.join(map(repr, texts[:3]))}",
            hint='"category" takes any number',
        )
    return Column(name, "yes/no", yes_or_no(found) or (texts[0], texts[1]), has_gaps=has_gaps)


def are_mistakes(fits: npt.NDArray[np.bool_], counts: npt.NDArray[np.int64]) -> bool:
    """Whether the words that are no numbers are mistakes in a column of numbers, rather than categories."""
    share = counts[fits].sum() / counts.sum()
    few = (~fits).sum() <= _FEW_WORDS and fits.sum() > _MANY_NUMBERS and share >= 0.5
    return bool(share >= _NEARLY or few)


def mistake(
    name: str, cells: Words, places: Array, noun: Literal["numbers", "dates"], good: str, other: str = ""
) -> DataError:
    """Return the error of a column of numbers or dates in which a few words, at these places, are none."""
    row, word, n_rows = cells.first_of(places)
    rows = "" if n_rows == 1 else f", and {counted(n_rows - 1, 'row')} more like it"
    shown = json.dumps(word[:80], ensure_ascii=False)
    otherwise = other or f'if its values are words, "columns": {{{json.dumps(name, ensure_ascii=False)}: "category"}}'
    return DataError(
        f"holds {noun} such as {good} but for a few words",
        where=f"column {name!r}",
        got=f"{word[:80]!r} in row {row}{rows}",
        hint=f'if it stands for a gap, "missing": [{shown}]; {otherwise}',
    )


def _not_as_said(name: str, cells: Words, places: Array, noun: str) -> DataError:
    row, word, _ = cells.first_of(places)
    return DataError(
        f"must hold {noun}, as the data set's columns say",
        where=f"column {name!r}",
        got=f"{word[:80]!r} in row {row}",
        hint='"missing" names marks of gaps',
    )


def _how(form: Form, example: str) -> str:
    """Return how text became numbers, for people."""
    if form == PLAIN:
        return ""
    marks = {",": "commas", ".": "points", " ": "blanks", "'": "apostrophes"}
    parts = ["money"] * form.money + ["percent"] * form.percent
    parts += [f"{marks[form.thousands]} between thousands"] if form.thousands else []
    parts += ["decimal commas"] if form.decimal == "," else []
    parts += [f"{form.unit} behind numbers"] if form.unit else []
    parts += ["k, M and B for thousands, millions and billions"] * form.powers + ["times as hours"] * form.clock
    return f"{', '.join(parts)}, such as {' '.join(example.split())}"


def _differ(values: Array) -> bool:
    present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    return bool(len(present) and present.min() != present.max())
