"""Whether the best of one search is better than the best of another. Pure functions.

The best of many trials is lucky, and more so the more there are: to hold two winners against each other as if they had
not been picked tells searches apart that do not differ. So all trials of both count.

**On the same folds** the trials of all runs are one table, and :mod:`kerasgrid.insight.comparison` says which of them
may be the best. A run is behind where none of its trials may be. That holds with 95% confidence whichever of the runs
are the best ones: each may be missed with 5% over the number of runs.

**On other folds** of the same data nothing is paired. Of a run with the best mean M, whose folds are off by b and whose
winner by e, the best expectation is at least ``M - b - e`` and at most ``M - b`` plus the error of one trial that was
not picked. The difference of two b is bounded by Welch's t on the means of the folds, ``e`` by Dunnett's critical
value, which is that of the luckiest of all trials. A run is ahead where its lower bound is above the other's upper one.
Errors are those of Nadeau and Bengio (2003). The 5% are shared out: most go to the folds, of which there are few.

``benchmarks/between_runs.py`` measures by simulation how often runs that do not differ are told apart.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kerasgrid.insight.corrected import corrected_error

Scores = Sequence[Sequence[float | None]]
"""The scores of trials, one row each, higher is better, a column for each split; None where there is none."""

Standing = Literal["ahead", "tied", "behind"]

_OF_FOLDS = 0.8
_OF_LUCK = 0.1
"""Which part of the errors that are allowed goes to the folds of both, and to the luck of a winner, or of a trial."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is known of several runs, held against each other.

    Attributes:
        standings: Of each run: ``ahead`` of all others, ``behind`` one of them, or ``tied``; with 95% confidence.
        reason: Why nothing can be told; None if something can. All are ``tied`` then.
    """

    standings: tuple[Standing, ...]
    reason: str | None = None


def on_the_same_folds(tables: Sequence[Scores], held_out_share: float, confidence: float = 0.95) -> Compared:
    """Compare runs whose trials were all scored on the same folds.

    Args:
        tables: The scores of the trials of each run; all have the same columns.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on.
        confidence: That no run with the best trial is called behind.
    """
    import numpy as np

    from kerasgrid.insight.comparison import compare

    rows = [row for table in tables for row in table]
    each = 1 - (1 - confidence) / len(tables)
    found = compare(np.array(rows, dtype=np.float64), held_out_share, each)
    if found.reason is not None:
        return untold(len(tables), found.reason)
    may_be, first = [], 0
    for table in tables:
        may_be.append(bool(found.may_be_best[first : first + len(table)].any()))
        first += len(table)
    return Compared(_standings(may_be))


def on_other_folds(tables: Sequence[Scores], held_out_shares: Sequence[float], confidence: float = 0.95) -> Compared:
    """Compare runs on the same data whose folds differ.

    Args:
        tables: The scores of the trials of each run.
        held_out_shares: The share in (0, 1) of the samples that a fit of each run is scored on.
        confidence: That no run with the best trial is called behind.
    """
    # In every pair either of the two may be the better one.
    allowed = (1 - confidence) / max(1, len(tables) * (len(tables) - 1))
    bounds = [
        _bounds(table, share, 1 - _OF_LUCK * allowed) for table, share in zip(tables, held_out_shares, strict=True)
    ]
    known = [one for one in bounds if one is not None]
    if len(known) < len(tables):
        return untold(len(tables), "a run has one score a trial only")
    level = 1 - _OF_FOLDS * allowed
    return Compared(_standings([not any(_is_above(other, one, level) for other in known) for one in known]))


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The best mean of a run, and how far it may be off.

    Attributes:
        best: The best mean.
        error: Standard error of the mean of all trials, by folds.
        n: How many folds.
        luck: By how much the best may be too good.
        single: By how much one trial that was not picked may be off.
    """

    best: float
    error: float
    n: int
    luck: float
    single: float


def _is_above(one: _Bounds, other: _Bounds, level: float) -> bool:
    from scipy.special import stdtrit

    squares = (one.error**2, other.error**2)
    both = sum(squares)
    if both == 0:
        return one.best - other.best > one.luck + other.single
    # Welch and Satterthwaite.
    degrees = both**2 / (squares[0] ** 2 / (one.n - 1) + squares[1] ** 2 / (other.n - 1))
    folds = float(stdtrit(degrees, level)) * math.sqrt(both)
    return one.best - other.best > folds + one.luck + other.single


def _bounds(table: Scores, held_out_share: float, level: float) -> _Bounds | None:
    """Return how good a run may be; None where a single split tells nothing of errors."""
    import numpy as np
    from scipy.special import stdtrit

    from kerasgrid.insight.comparison import compare

    whole = [[score for score in row if score is not None] for row in table if None not in row]
    if not whole or len(whole[0]) < 2:
        return None
    n = len(whole[0])
    error = corrected_error([statistics.fmean(column) for column in zip(*whole, strict=True)], held_out_share)
    assert error is not None
    best = max(statistics.fmean(row) for row in whole)
    if len(whole) == 1:
        return _Bounds(best, error, n, 0.0, 0.0)
    found = compare(np.array(whole), held_out_share, level)
    if found.reason is not None:
        return None
    residual = found.residual_std * math.sqrt(1 / n + held_out_share / (1 - held_out_share))
    single = float(stdtrit(found.degrees_of_freedom, level)) * residual
    # The critical value is that of differences, whose error is √2 times that of one mean: more than is needed.
    return _Bounds(best, error, n, found.critical * residual, single)


def _standings(may_be_best: Sequence[bool]) -> tuple[Standing, ...]:
    first: Standing = "ahead" if sum(may_be_best) == 1 else "tied"
    return tuple(first if may_be else "behind" for may_be in may_be_best)


def untold(n_runs: int, reason: str) -> Compared:
    """Return that nothing can be told of so many runs, and why."""
    return Compared(_standings([True] * n_runs), reason)
