"""What each value changed against the baseline, one axis at a time, with error bars. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.corrected import corrected_error
from kerasgrid.insight.ranking import Trial, by_split, in_order

Verdict = Literal["better", "worse", "chance", "unknown"]
"""``chance``: the difference cannot be told from chance. ``unknown``: there are too few scores to say."""

_TOLD = frozenset(("ok", "incomplete", "dropped"))
"""The states of trials whose scores compare: of those whose fits ended badly the others tell nothing."""

LEVEL = 0.95
"""Of the confidence intervals, each for itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one axis against the baseline, all other axes being the baseline's.

    Attributes:
        axis: Name of the hyperparameter.
        value: What it was set to.
        baseline: What the baseline has.
        mean: Mean score of the trial, in the metric's own sign and unit; None if it has none.
        difference: Mean of the differences to the baseline, score by score of the same fold and repeat; None if there
            is no such pair. Where every repeat has the same folds, the mean over the folds of each fold's mean.
        standard_error: Of the difference; None with a single pair.
        low: Lower end of its 95% confidence interval; None with a single pair.
        high: Upper end.
        verdict: See :data:`Verdict`.
        status: The trial's.
        baseline_status: The baseline's.
    """

    axis: str
    value: Value
    baseline: Value
    mean: float | None
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    status: str
    baseline_status: str


def one_factor_changes(
    trials: Sequence[Trial], baseline: Candidate, metric: str, held_out_share: float
) -> list[Change]:
    """Return the changes of all trials that vary an axis of the baseline, in the order of the space.

    Folds, initial weights and batch order of a fold and repeat are the same for all candidates, so differences are
    taken pair by pair. The training sets of the folds overlap, which makes the plain standard error of their mean too
    small; it is corrected as by Nadeau and Bengio (2003): s² · (1/n + n_test/n_train) instead of s² / n. The interval
    is Student's with n − 1 degrees of freedom, at 95% for each change by itself: of twenty values that change nothing,
    one is expected to look as if it did.

    Args:
        trials: Of one run, in any order, the baseline's among them.
        baseline: The candidate that the others vary.
        metric: What ``scores`` are.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on, n_test / (n_test + n_train).
    """
    base = next((trial for trial in trials if trial.candidate == baseline), None)
    changes = []
    for trial in in_order(trials):
        if base is not None and trial.label is not None and trial.label.axis:
            changes.append(_change(trial, base, trial.label.axis, metric, held_out_share))
    # The axes as they come first; the values of each stay in order.
    order = {axis: place for place, axis in reversed(list(enumerate(change.axis for change in changes)))}
    return sorted(changes, key=lambda change: order[change.axis])


def _change(trial: Trial, base: Trial, axis: str, metric: str, held_out_share: float) -> Change:
    pairs = [
        None if ours is None or theirs is None else (ours, theirs)
        # One of the two may have been confirmed: then it has more splits, after those that all have.
        for ours, theirs in zip(trial.scores, base.scores + base.more_scores, strict=False)
    ]
    each = by_split([None if pair is None else pair[0] - pair[1] for pair in pairs], trial.n_fixed)
    is_told = {trial.status, base.status} <= _TOLD
    differences = [difference for difference in each if difference is not None] if is_told else []
    n = len(differences)
    difference = statistics.fmean(differences) if n else None
    # Of the fits that are compared: a trial that was confirmed has more.
    mean = statistics.fmean(pair[0] for pair in pairs if pair is not None) if n else trial.mean
    error = low = high = None
    verdict: Verdict = "unknown"
    if difference is not None and (error := corrected_error(differences, held_out_share)) is not None:
        reach = _student(n - 1) * error
        low, high = difference - reach, difference + reach
        if low <= 0.0 <= high:
            verdict = "chance"
        else:
            verdict = "better" if metric_named(metric).sign * difference > 0 else "worse"
    elif trial.status == "diverged" and base.mean is not None:
        verdict = "worse"
    return Change(
        axis, trial.candidate[axis], base.candidate.get(axis), mean, difference, error, low, high, verdict,
        trial.status, base.status,
    )  # fmt: skip


def _student(degrees: int) -> float:
    """Return the two-sided quantile of Student's distribution."""
    from scipy.stats import t

    return float(t.ppf((1.0 + LEVEL) / 2.0, degrees))
