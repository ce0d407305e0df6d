"""What a search gained: its winner held against the candidate that stands for no search, on new repeats of both."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.corrected import corrected_error
from kerasgrid.insight.ranking import Trial, by_split


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better the winner of a search is than the default, by fits that had no part in the picking.

    Attributes:
        tuned: The winner of the search.
        default: The candidate that stands for no search.
        mean: Mean of the differences of their scores on the same folds, in the metric's unit; above 0 where the winner
            is better, also of metrics that are the better the lower they are.
        standard_error: Of the mean, by Nadeau and Bengio (2003): fits of a candidate share most of their samples. None
            with a single difference.
        n_fits: How many new fits each has.
    """

    tuned: Candidate
    default: Candidate
    mean: float
    standard_error: float | None
    n_fits: int


def gain(tuned: Trial, default: Trial, n_own: int, metric: str, held_out_share: float) -> Gain | None:
    """Return what a search gained; None where the two are the same, share no new repeat, or one did not train in it.

    Args:
        tuned: The winner of the search.
        default: The candidate that stands for no search.
        n_own: How many scores the search itself gave each of them.
        metric: What the scores are.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on.
    """
    if tuned.candidate == default.candidate:
        return None
    sign = metric_named(metric).sign
    pairs = zip(_new(tuned, n_own), _new(default, n_own), strict=False)
    each: Sequence[float | None] = [
        None if ours is None or theirs is None else sign * (ours - theirs) for ours, theirs in pairs
    ]
    there = [difference for difference in each if difference is not None]
    if not there or len(there) < len(each):
        return None
    apart = [difference for difference in by_split(each, tuned.n_fixed) if difference is not None]
    error = corrected_error(apart, held_out_share)
    return Gain(tuned.candidate, default.candidate, statistics.fmean(there), error, len(there))


def _new(trial: Trial, n_own: int) -> tuple[float | None, ...]:
    return (*trial.scores, *trial.more_scores)[n_own:]
