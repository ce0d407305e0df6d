"""Hints about a table: what its owner may have overlooked, a line each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Array, FloatArray, Task
from kerasgrid.data.identifiers import is_named_identifier
from kerasgrid.data.source import Request
from kerasgrid.system.shell import quoted

_FEWEST_ROWS = 20
_ROWS_LOOKED_AT = 100_000
_EXACT = 0.999
_OF_WHAT_IS_LEFT = 0.1
"""A rule must leave at most so much of the errors of always saying the commonest class."""

_MANY_VALUES = 10
_SAME_LINE = 0.99999
_FEWEST_REPEATED = 20


def hints(x: FloatArray, y: Array, columns: Columns, task: Task, request: Request) -> tuple[str, ...]:
    """Return hints: columns that give the target away, groups that folds would tear apart, times that they mix.

    Args:
        x: The training rows, (n, c).
        y: Their labels or targets, (n,) or (n, targets).
        columns: What the c columns are.
        task: What is predicted.
        request: What the user said.
    """
    found: list[str] = []
    if len(x) >= _FEWEST_ROWS and y.ndim == 1:
        step = max(1, len(x) // _ROWS_LOOKED_AT)
        x, y = x[::step], y[::step]
        y = np.unique(y, return_inverse=True)[1] if task == "classification" else y.astype(np.float64)
        found += _leaks(x, y, columns, task)
        if request.group is None and request.fold is None:
            found += _groups(x, y, columns)
    dates = [column.name for column in columns.given if column.kind == "date"]
    if dates and request.time is None and request.fold is None:
        found.append(f"folds mix earlier and later rows; --time {quoted(dates[0])} holds out the later ones")
    return tuple(found)


def _leaks(x: FloatArray, y: Array, columns: Columns, task: Task) -> Iterator[str]:
    gives_away = _class_rule if task == "classification" else _line
    for place, column in enumerate(columns.given):
        if (rule := gives_away(x[:, place], y, column)) is not None:
            yield (
                f"{column.name} alone predicts the target, {rule}: if it is not known beforehand, "
                f"--drop {quoted(column.name)}"
            )


def _class_rule(values: FloatArray, y: Array, column: Column) -> str | None:
    counts = np.bincount(y)
    errors_before = len(y) - counts.max()
    allowed = min((1 - _EXACT) * len(y), _OF_WHAT_IS_LEFT * errors_before)
    if column.is_text or column.kind == "yes/no" or _equals(values, y):
        if (found := _values(values, max(3 * len(counts), 10))) is None:
            return None
        return "each of its values is of one class" if _wrong_by_value(found, y) <= allowed else None
    if np.isnan(values).any():
        return None
    return "by thresholds" if _wrong_by_thresholds(values, y, len(counts)) <= allowed else None


def _equals(values: FloatArray, y: Array) -> bool:
    return bool(len(np.unique(values[:1000])) <= 3 * (int(y.max()) + 1))


def _values(values: FloatArray, most: int) -> npt.NDArray[np.int64] | None:
    """Return the place of each row's value among the values, or None if there are more than ``most``."""
    found, places = np.unique(values, return_inverse=True)
    return None if len(found) > most or len(found) < 2 else places


def _wrong_by_value(places: npt.NDArray[np.int64], y: Array) -> int:
    table = np.zeros((int(places.max()) + 1, int(y.max()) + 1), np.int64)
    np.add.at(table, (places, y), 1)
    return int(len(y) - table.max(axis=1).sum())


def _wrong_by_thresholds(values: FloatArray, y: Array, n_classes: int) -> float:
    """Return how many rows are wrong where each class has one interval; of two classes, with the best threshold."""
    order = np.argsort(values, kind="stable")
    values, y = values[order], y[order]
    ends = np.append(values[1:] != values[:-1], True)
    if n_classes == 2:
        ones = np.cumsum(y)[ends]
        rows = (np.flatnonzero(ends) + 1).astype(np.int64)
        left = ones + (len(y) - rows - (ones[-1] - ones))
        return float(min(left.min(), (len(y) - left).min()))
    runs = 1 + int((y[1:] != y[:-1]).sum())
    torn = bool(((y[1:] != y[:-1]) & ~ends[:-1]).any())
    return 0.0 if runs == n_classes and not torn else np.inf


def _line(values: FloatArray, y: Array, _: Column) -> str | None:
    there = ~np.isnan(values)
    if there.mean() < _EXACT:
        return None
    a, b = values[there].astype(np.float64), y[there]
    if len(np.unique(b[:1000])) < 3 or a.std() == 0 or b.std() == 0:
        return None
    return "as a straight line" if abs(np.corrcoef(a, b)[0, 1]) >= _SAME_LINE else None


def _groups(x: FloatArray, y: Array, columns: Columns) -> Iterator[str]:
    for place, column in enumerate(columns.given):
        is_whole = column.kind == "number" and is_named_identifier(column.name)
        if (column.kind == "category" or is_whole) and _is_group(x[:, place], y):
            yield (
                f"{column.name} looks like a group: all rows of a value have the same target, and stand on both sides "
                f"of folds; --group {quoted(column.name)} keeps them together"
            )


def _is_group(values: FloatArray, y: Array) -> bool:
    """Whether there are many values with several rows each, all rows of one value with the same target."""
    found, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    several = counts > 1
    if several.sum() < _MANY_VALUES or counts[several].sum() - several.sum() < _FEWEST_REPEATED:
        return False
    first = np.zeros(len(found), y.dtype)
    first[places[::-1]] = y[::-1]
    return bool((y == first[places]).mean() >= _EXACT and len(np.unique(first)) > 1)
