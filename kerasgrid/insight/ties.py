"""The tie set of a run: the trials that cannot be told from the best, and the cheapest of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ranking import Trial, by_split, winner

CONFIDENCE = 0.95

_SAME_TIME = 1.1


@dataclass(frozen=True, slots=True)
class TieSet:
    """Which trials may be the best.

    Attributes:
        trials: They by rank, the best first; empty if no trial has a score, or with a reason.
        n_compared: How many trials were compared: those with a mean that left no race, or where several were
            confirmed, these.
        reason: Why nothing can be told; None if something can.
    """

    trials: tuple[Trial, ...]
    n_compared: int
    reason: str | None

    @property
    def cheapest(self) -> Trial | None:
        """The one with fewest parameters, of these one of the fastest, of these the first by rank; None without trials.

        Times of a fit that differ by less than 10% count as equal: the same model takes longer on a busy machine.
        """
        smallest = _least(self.trials, lambda trial: trial.n_parameters, 1.0)
        fastest = _least(smallest, lambda trial: trial.mean_seconds, _SAME_TIME)
        return min(fastest, key=lambda trial: trial.rank, default=None)


def _least(trials: Sequence[Trial], cost: Callable[[Trial], float | None], factor: float) -> list[Trial]:
    """Return the trials that cost the least, or so many times as much; unknown costs are higher than any."""
    costs = [inf if (known := cost(trial)) is None else known for trial in trials]
    most = factor * min(costs, default=inf)
    return [trial for trial, known in zip(trials, costs, strict=True) if known <= most]


def tie_set(trials: Sequence[Trial], metric: str, held_out_share: float) -> TieSet:
    """Return which trials may be the best, with 95% confidence: see :mod:`kerasgrid.insight.comparison`.

    Args:
        trials: Best first.
        metric: What they are ranked by.
        held_out_share: The share of the training samples that a fit is scored on; 1 or more if it is not known.
    """
    best = winner(trials)
    if best is None:
        return TieSet((), 0, None)
    able = [trial for trial in trials if trial.mean is not None and trial.dropped is None]
    compared = [trial for trial in able if len(trial.scores) == len(best.scores)]
    if len(compared) == 1:
        # It alone was confirmed, and has more scores than the others, after those that all have.
        compared = able
    if len(compared) == 1:
        return TieSet((best,), 1, None)
    if held_out_share >= 1:
        return TieSet((), len(compared), "it is not known how many samples were held out")

    import numpy as np

    from kerasgrid.insight.comparison import compare

    # What one alone has tells nothing of differences.
    n = min(len(trial.scores) for trial in compared)
    table = [by_split(trial.scores[:n], trial.n_fixed) for trial in compared]
    found = compare(metric_named(metric).sign * np.array(table, dtype=np.float64), held_out_share, CONFIDENCE)
    if found.reason is not None:
        return TieSet((), len(compared), found.reason)
    # With cells missing, the best by its mean need not be the best by the fitted one.
    tied = (trial for trial, may_be in zip(compared, found.may_be_best, strict=True) if may_be or trial is best)
    return TieSet(tuple(tied), len(compared), None)
