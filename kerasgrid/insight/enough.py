"""Whether more trials are worth their time: what they are expected to gain, beside what cannot be told anyway."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kerasgrid.insight.noise import fit_variance
from kerasgrid.insight.ranking import Trial

_LEAST = 12
"""Trials without which nothing is said."""

_MOST = 400
"""How many of the best count: the best of a quarter of all trials is hardly ever beyond them."""

_STEEPEST = 1 / 16
"""What a doubling brings of the one before, at the least: of few trials chance says less still."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What more trials are expected to bring.

    Attributes:
        n_more: How many more.
        gain: By how much the best score of all is expected to be better than that of now.
        error: Standard error of the best trial's score.
    """

    n_more: int
    gain: float
    error: float

    @property
    def is_tied(self) -> bool:
        """Whether the gain could not be told from chance."""
        return self.gain < self.error


def prospect(trials: Sequence[Trial], n_more: int, *, greater_is_better: bool) -> Prospect | None:
    """Return what more trials of the same kind are expected to bring; None if too little is known.

    What a number of trials reaches in expectation is known of up to as many as there are: the mean over all subsets of
    that size. Twice as many bring less than the doubling before, by a factor that is told from the last two doublings,
    and is 1 for scores with an exponential tail, ½ for uniform ones. It is taken as 1 at the most, as if there were no
    end to the scores; and noise widens them: that is rather too much than too little.

    Args:
        trials: Independent draws from one distribution; those without all scores count as worse than the others.
        n_more: How many more, at least 1.
        greater_is_better: The direction of their scores.
    """
    sign = 1.0 if greater_is_better else -1.0
    means = sorted((sign * one.mean for one in trials if one.status == "ok" and one.mean is not None), reverse=True)
    variance = fit_variance(trials)
    if len(means) < _LEAST or variance is None:
        return None
    n_splits = min(len(one.split_scores) for one in trials if one.status == "ok")
    n = len(means)
    quarter, half, whole = (_best_of(means, size) for size in (n // 4, n // 2, n))
    before, last = half - quarter, whole - half
    factor = min(1.0, max(_STEEPEST, last / before)) if before > 0 else 1.0
    doublings = math.log2((n + n_more) / n)
    # The sum of a geometric series, continued between whole doublings.
    times = doublings if factor == 1 else (1 - factor**doublings) / (1 - factor)
    return Prospect(n_more, last * factor * times, math.sqrt(variance / n_splits))


def _best_of(means: Sequence[float], size: int) -> float:
    """Return the mean of the best over all subsets of this size; ``means`` are in order, the greatest first."""
    n, total, left = len(means), 0.0, 1.0
    for place, value in enumerate(means[:_MOST]):
        if place > n - size:
            break
        # The chance that this one is in it, and none that is better.
        chance = left * size / (n - place)
        total += chance * value
        left -= chance
    return total + left * means[min(_MOST, n) - 1]
