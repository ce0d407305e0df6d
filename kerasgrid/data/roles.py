"""The columns of a table that have a role: what is predicted, and what says how rows are split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kerasgrid.data.cells import Cells, Dates, Numbers, Words, as_words
from kerasgrid.data.coding import coded
from kerasgrid.data.columns import KINDS, Column
from kerasgrid.data.dataset import Array
from kerasgrid.data.date_text import form_of_dates, look_like_dates
from kerasgrid.data.dialect import is_number
from kerasgrid.data.kinds import kind_of
from kerasgrid.data.number_text import are_gaps
from kerasgrid.data.source import Request
from kerasgrid.errors import DataError, nearest
from kerasgrid.system.shell import quoted

_SHOWN = 20
_SEVERAL = ("target", "drop")
"""Roles that several columns may have, each said by an option of its own."""

_TRAIN = ("train", "training", "learn")
_VALIDATION = ("valid", "validation", "val", "dev", "development", "held out", "held_out", "holdout")
_TEST = ("test", "testing")

TRAIN, VALIDATION, TEST = 0, 1, 2


def problems_of_roles(names: Sequence[str], request: Request) -> list[DataError]:
    """Return what is wrong with the columns that are asked for: no target, unknown names, two roles for one column."""
    found = []
    if not request.target:
        found.append(
            DataError(
                "say which column is to be predicted",
                got="no target",
                hint=f'set "target" beside "path", or give --target; columns: {shown(names)}',
            )
        )
    asked = [("target", name) for name in request.target]
    asked += [
        (role, name) for role in ("group", "time", "fold", "weight") if (name := getattr(request, role)) is not None
    ]
    asked += [("drop", name) for name in request.drop] + [("columns", name) for name in request.columns]
    unknown = [(role, name) for role, name in asked if name not in names]
    if unknown and all(map(is_number, names)):
        rule = "the first line must be a header of column names"
        return [DataError(rule, got=shown(names), hint="put a line of names above the values")]
    found += [_unknown(role, name, names) for role, name in unknown]
    roles: dict[str, str] = {}
    for role, name in asked:
        # A time may stay a feature, and its kind may be said.
        before = roles.setdefault(name, role) if role != "columns" else role
        if before != role and {before, role} != {"time", "drop"}:
            found.append(DataError(f"a column has one role, not {before} and {role}", where=f"column {name!r}"))
    found += [
        DataError(f"must be {', '.join(KINDS[:-1])} or {KINDS[-1]}", where=f"columns: {name!r}", got=repr(kind))
        for name, kind in request.columns.items()
        if kind not in KINDS
    ]
    return found


def _unknown(role: str, name: str, names: Sequence[str]) -> DataError:
    parts = [part.strip() for part in name.split(",")]
    alike = nearest(name, names)
    if role in _SEVERAL and len(parts) > 1 and set(parts) <= set(names):
        question = f"for several give each: {' '.join(f'--{role} {quoted(part)}' for part in parts)}; "
    else:
        question = f"did you mean {alike!r}? " if alike else ""
    rule = "columns must name columns of the table" if role == "columns" else f"{role} must be a column"
    return DataError(rule, got=repr(name), hint=f"{question}columns: {shown(names)}")


def shown(names: Sequence[str]) -> str:
    """Return names for a message, the first twenty of them."""
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def groups_of(cells: Cells) -> npt.NDArray[np.int64]:
    """Return the group of each row, int64 (n,); rows without one are a group each."""
    codes = as_words(cells).codes.astype(np.int64)
    alone = np.flatnonzero(codes < 0)
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(len(alone))
    return codes


def weights_of(name: str, cells: Cells, decimal: str) -> npt.NDArray[np.float32]:
    """Return how much each row counts in the training, float32 (n,).

    Raises:
        DataError: A row has no weight, or one below 0, or the column holds no numbers, or zeros alone.
    """
    where, rule = f"column {name!r}", "every row must have a weight of at least 0"
    weights = _numbers_of(name, cells, decimal, rule).astype(np.float32)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        got = "none" if np.isnan(weights[row]) else f"{weights[row]:g}"
        raise DataError(rule, where=where, got=f"{got} in row {row + 1}")
    if not weights.any():
        raise DataError(rule, where=where, got="zeros alone")
    return weights


def times_of(name: str, cells: Cells, decimal: str) -> npt.NDArray[np.float64]:
    """Return when each row is from: days since 1970-01-01 of a column of dates, else its numbers, float64 (n,).

    Raises:
        DataError: A row has none, or the column holds neither dates nor numbers.
    """
    if cells.gaps.any():
        row = int(cells.gaps.argmax()) + 1
        raise DataError("every row must have a time", where=f"column {name!r}", got=f"none in row {row}")
    if isinstance(cells, Dates):
        return cells.days
    if isinstance(cells, Numbers):
        return cells.values.astype(np.float64)
    if (found := _dates_of(name, cells)) is not None:
        return found
    # Whatever else it is, it must be numbers.
    values = _numbers_of(name, cells, decimal, "every row must have a time, a date or a number")
    if np.isnan(values).any():
        row = int(np.isnan(values).argmax()) + 1
        raise DataError("every row must have a time", where=f"column {name!r}", got=f"none in row {row}")
    return values


def _dates_of(name: str, cells: Words) -> npt.NDArray[np.float64] | None:
    """Return the days of each row, float64 (n,); None where words are no dates at all."""
    here = np.flatnonzero(np.where(are_gaps(cells.words), 0, cells.counts))
    words = cells.words[here]
    if not look_like_dates(words):
        return None
    days = np.full(len(cells.words), np.nan)
    days[here] = form_of_dates(words, cells.counts[here])[1]
    are_none = np.isnan(days) & (cells.counts > 0)
    if are_none[here].all():
        return None
    if are_none.any():
        row, word, _ = cells.first_of(np.flatnonzero(are_none))
        good = str(cells.words[np.flatnonzero(~np.isnan(days))[0]])
        got = f"{word[:80]!r} in row {row}, beside dates such as {good}"
        hint = "correct it, or leave out the row"
        raise DataError("every row must have a date", where=f"column {name!r}", got=got, hint=hint)
    return np.asarray(cells.spread(days), np.float64)


def _numbers_of(name: str, cells: Cells, decimal: str, rule: str) -> Array:
    """Return the numbers of a column whose kind nobody said, (n,), NaN for gaps."""
    try:
        column = kind_of(name, cells, said="number", decimal=decimal)
    except DataError as error:
        raise DataError(rule, where=error.where, got=error.got) from None
    assert isinstance(column, Column)
    return coded(column, cells)


def parts_of(name: str, cells: Cells) -> tuple[npt.NDArray[np.int8], Array | None]:
    """Return what a column of folds says: the part of each row, and its fold.

    Words such as train, validation and test name parts. All other values are folds, numbered from 0 in their order;
    the number -1 is a row that is never held out.

    Returns:
        :data:`TRAIN`, :data:`VALIDATION` or :data:`TEST` for each row, int8 (n,); and the fold in which each is held
        out, int32 (n,), -1 for none; None where all rows but those of the test set are trained on.

    Raises:
        DataError: A row has no fold, or there is only one, or some words name parts and others do not.
    """
    where = f"column {name!r}"
    words = as_words(cells)
    gaps = words.gaps | words.spread(are_gaps(words.words), True).astype(np.bool_)
    if gaps.any():
        raise DataError("every row must have a fold", where=where, got=f"none in row {int(gaps.argmax()) + 1}")
    there = np.flatnonzero(words.counts)
    texts = [str(words.words[place]).strip().lower() for place in there]
    part_of = {**dict.fromkeys(_TRAIN, TRAIN), **dict.fromkeys(_VALIDATION, VALIDATION), **dict.fromkeys(_TEST, TEST)}
    if all(text in part_of for text in texts):
        return _parts(words, there, [part_of[text] for text in texts], where)
    if any(text in part_of for text in texts):
        raise _half_parts(words, there, [text not in part_of for text in texts], tuple(part_of), where)
    numbers = all(map(is_number, texts))
    ordered = sorted(set(texts), key=float if numbers else str)
    folds = [text for text in ordered if not (numbers and float(text) == -1)]
    if len(folds) < (1 if len(folds) < len(ordered) else 2):
        raise DataError("must have at least two folds", where=where, got=", ".join(ordered))
    codes = np.full(len(words.words), -1, np.int32)
    codes[there] = [folds.index(text) if text in folds else -1 for text in texts]
    return np.zeros(len(words), np.int8), codes[words.codes]


def _half_parts(words: Words, there: Array, are_others: list[bool], parts: Sequence[str], where: str) -> DataError:
    """Return the error of words that name parts beside others, which would make folds of the parts."""
    row, word, _ = words.first_of(there[are_others])
    named = ", ".join(sorted(str(words.words[place]) for place in there[~np.array(are_others)]))
    alike = nearest(word.strip().lower(), parts)
    question = "" if alike is None else f"did you mean {alike!r}? "
    return DataError(
        "must name parts in every row, or in none",
        where=where,
        got=f"{word[:80]!r} in row {row}, beside {named}",
        hint=f"{question}parts are train, validation and test; leave out rows of no part",
    )


def _parts(words: Words, there: Array, found: list[int], where: str) -> tuple[npt.NDArray[np.int8], Array | None]:
    if TRAIN not in found:
        raise DataError("must name rows to train on", where=where, got=", ".join(map(str, words.words[there])))
    of_word = np.zeros(len(words.words), np.int8)
    of_word[there] = found
    parts = of_word[words.codes]
    if VALIDATION not in found:
        return parts, None
    return parts, np.where(parts == VALIDATION, 0, -1).astype(np.int32)
