"""Hints about values: marks of gaps, dates written as numbers, classes that are one, and rows that repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from kerasgrid.data.columns import Columns
from kerasgrid.data.dataset import FloatArray
from kerasgrid.data.date_text import days_in
from kerasgrid.data.source import Request
from kerasgrid.system.shell import quoted

_MARKS = frozenset({-9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0})
"""Numbers that usually stand for a gap, where they lie far from all others."""

_FAR = 2.0
"""So many times the others' range a mark lies away from them, at least."""

_FEWEST, _SHARE = 2, 0.005
_FIRST_DAY, _LAST_DAY = 19_000_101, 21_001_231
_FEWEST_DAYS = 20
_SHOWN = 3
_AGAIN = 0.02
"""So many rows must be there before, for it to be told."""

_DIFFERENT = 0.5
"""In a column that is measured so many rows differ."""

_MOST_ROWS = 200_000


def value_hints(x: FloatArray, columns: Columns, classes: Sequence[str], request: Request) -> Iterator[str]:
    """Yield hints about values.

    Args:
        x: The training rows, (n, c).
        columns: What the c columns are.
        classes: The names of the target's classes; empty for numbers.
        request: What the user said.
    """
    for place, column in enumerate(columns.given):
        if column.kind != "number" or column.name in request.columns:
            continue
        values = x[:, place].astype(np.float64)
        values = values[~np.isnan(values)]
        if (mark := _mark(values)) is not None:
            n = int((values == mark).sum())
            yield (
                f"{column.name}: {mark:g} stands in {n:,} rows, far from all other values; if it stands for a gap, "
                f"--missing {mark:g}"
            )
        elif _are_days(values):
            yield f"{column.name}: its whole numbers look like dates; --column {quoted(column.name)}=date reads them so"
    yield from _alike(classes)
    if request.group is None and request.fold is None and (n := _n_again(x, columns)) >= max(2, _AGAIN * len(x)):
        yield (
            f"{n:,} of {len(x):,} rows are there before, equal in every column: equal rows stand on both sides of "
            "folds and make scores look better"
        )


def _mark(values: npt.NDArray[np.float64]) -> float | None:
    """Return the lowest or highest value if it is a usual mark of gaps, far from the others."""
    if len(values) < 2:
        return None
    for mark in (values.min(), values.max()):
        others = values[values != mark]
        n = len(values) - len(others)
        if mark not in _MARKS or n < max(_FEWEST, _SHARE * len(values)) or len(others) < 2:
            continue
        low, high = others.min(), others.max()
        distance = low - mark if mark < low else mark - high
        if high > low and distance > _FAR * (high - low):
            return float(mark)
    return None


def _are_days(values: npt.NDArray[np.float64]) -> bool:
    """Whether all numbers are days such as 20240131."""
    if not len(values) or values.min() < _FIRST_DAY or values.max() > _LAST_DAY or (values != np.floor(values)).any():
        return False
    # float32 holds such a number to 2, so a day may be off by one.
    found = np.unique(values)
    if len(found) < _FEWEST_DAYS:
        return False
    days = found % 100
    months = found // 100 % 100
    return (
        bool((days <= 32).all() and (months >= 1).all() and (months <= 12).all())
        and not np.isnan(
            days_in(np.array([f"{value:.0f}"[:6] + "01" for value in found], dtype=object), "%Y%m%d")
        ).any()
    )


def _n_again(x: FloatArray, columns: Columns) -> int:
    """Return how many rows are equal to one before them; 0 where few values can be combined, as in words alone."""
    measured = [place for place in columns.of_kind("number") if _differs(x[:, place])]
    if len(x) > _MOST_ROWS or not measured:
        return 0
    # Of equal rows any weighted sum is equal; of others it hardly ever is.
    weights = np.random.default_rng(0).normal(size=x.shape[1])
    sums = np.nan_to_num(x.astype(np.float64), nan=np.pi) @ weights
    return len(x) - len(np.unique(sums))


def _differs(values: FloatArray) -> bool:
    return len(np.unique(values)) >= _DIFFERENT * len(values)


def _alike(classes: Sequence[str]) -> Iterator[str]:
    """Yield a hint about classes that are one but for the case of letters, or for blanks in them."""
    found: dict[str, list[str]] = {}
    for name in classes:
        found.setdefault("".join(name.lower().split()), []).append(name)
    alike = [names for names in found.values() if len(names) > 1]
    if alike:
        told = ", ".join(" and ".join(map(repr, names)) for names in alike[:_SHOWN])
        more = ", …" if len(alike) > _SHOWN else ""
        yield f"classes are told apart by capitals and blanks alone: {told}{more}; if they are one, write them alike"
