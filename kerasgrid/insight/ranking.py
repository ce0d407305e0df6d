"""Trials, best first: the means of their fits, with error bars. Pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Curve, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.race_marks import Dropped, Early

TrialStatus = Literal["ok", "incomplete", "dropped", "diverged", "failed"]
"""``ok``: all fits ended well. ``incomplete``: some are missing. ``dropped``: some are missing, and a race found that
they are not worth training. ``diverged``, ``failed``: at least one fit did."""

_ORDER: Mapping[str, int] = {"ok": 0, "incomplete": 1, "diverged": 2, "failed": 3}


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate together with all of its fits.

    Attributes:
        candidate: The candidate.
        rank: From 1, the best, to the number of trials; every trial has one and no two share one.
        scores: The held-out metric at the last epoch of each fit (with early stopping that restores weights, at the
            best), in its own sign and unit; fold by fold of the first repeat, then of the next. None where a fit is
            missing or did not end well.
        mean: Mean of the scores. An incomplete trial has the mean of its whole repeats, if there are any, and of what
            is there as long as no trial has a whole repeat. None for others that are not ``ok``.
        std: Population standard deviation of the scores, as scikit-learn's ``std_test_score``.
        standard_error: Of the mean: sample standard deviation of the :attr:`split_scores` / √n; None with a single one.
        train_score_mean: Mean of the training metric at the same epochs over the fits that ended well.
        mean_seconds: Mean wall time of a fit; None without fits.
        std_seconds: Population standard deviation of that.
        n_parameters: Number of the model's weights; None if no fit told.
        status: See :data:`TrialStatus`.
        error: What the first failed fit said; None without one.
        fits_done: Number of fits that need no training again: ``ok`` or ``diverged``.
        diagnosis: What is the matter with it, in words of :mod:`kerasgrid.insight.diagnosis`; empty if nothing is.
        generalization_gap: By how much the training metric at the last epoch is better than the held-out one, in the
            metric's unit; None without a mean.
        round: Which round of a search in rounds drew it, from 1; None where there are no rounds.
        label: What a strategy that names candidates calls it; None otherwise.
        position: Its place among named candidates, from 1; 0 otherwise.
        steps: With ``curve_every``: the mean of its fits' :attr:`kerasgrid.fits.fit.FitResult.steps`; else empty.
        more_scores: Scores of repeats beyond its own, to compare others with that have these; no part of its mean.
        n_fixed: How many splits there are where every repeat has the same ones, because the data gives them; 0 where
            each repeat shuffles anew.
        best_epochs: The best epoch, counted from 1, of each fit that early stopping looked at and that ended well.
        epochs_trained: How many epochs each of these was trained.
        dropped: When it left a race, and why; None if it did not. Its mean is adjusted for the fits that it lacks, see
            :func:`kerasgrid.insight.adjusted.with_dropped`.
        early: Where a race looks at fits on their way: what it saw at each rung of the first one.
    """

    candidate: Candidate
    rank: int
    scores: tuple[float | None, ...]
    mean: float | None
    std: float | None
    standard_error: float | None
    train_score_mean: float | None
    mean_seconds: float | None
    std_seconds: float | None
    n_parameters: int | None
    status: TrialStatus
    error: str | None
    fits_done: int
    diagnosis: tuple[str, ...] = ()
    generalization_gap: float | None = None
    round: int | None = None
    label: Label | None = None
    position: int = 0
    steps: Curve = field(default_factory=dict)
    more_scores: tuple[float | None, ...] = ()
    n_fixed: int = 0
    best_epochs: tuple[int, ...] = ()
    epochs_trained: tuple[int, ...] = ()
    dropped: Dropped | None = None
    early: tuple[Early, ...] = ()

    @property
    def split_scores(self) -> tuple[float | None, ...]:
        """The scores that tell of different samples, see :func:`by_split`."""
        return by_split(self.scores, self.n_fixed)

    @property
    def name(self) -> str:
        """The candidate's name; empty without one."""
        return "" if self.label is None else self.label.name

    @property
    def note(self) -> str:
        """What the space notes about the candidate; may be empty."""
        return "" if self.label is None else self.label.note


def labelled(
    trials: Iterable[Trial], candidates: Sequence[Candidate], labels: Mapping[Candidate, Label]
) -> list[Trial]:
    """Return the trials with the labels and places of their candidates, where these have some."""
    if not labels:
        return list(trials)
    positions = {candidate: position for position, candidate in enumerate(candidates, start=1)}
    return [replace(trial, label=labels.get(trial.candidate), position=positions[trial.candidate]) for trial in trials]


def in_order(trials: Sequence[Trial]) -> list[Trial]:
    """Return named trials in the order of the space, others as they are: best first."""
    return sorted(trials, key=lambda trial: trial.position)


def rank_trials(
    candidates: Sequence[Candidate],
    results: Iterable[FitResult],
    *,
    metric: str,
    n_folds: int,
    n_repeats: int = 1,
    confirmed: Mapping[Candidate, int] | None = None,
    fixed: bool = False,
) -> list[Trial]:
    """Return one trial for each different candidate, best first.

    Trials with a mean come first, by that mean; of equal means the one with fewer parameters, then the earlier
    candidate. Among them confirmed ones are first: they were the best, and luck has been taken out of their means, but
    not yet out of those of the next. The others follow by status (incomplete, diverged, failed), in the order of the
    candidates, and continue the ranks. So a diverged trial never stands above one that trained well, whatever its other
    folds reached.

    Args:
        candidates: All candidates that were asked for, tried or not.
        results: Results in any order, of one seed and one data set; those of other candidates or folds are ignored.
        metric: Its name, which gives the direction.
        n_folds: Folds a repeat; 1 for a hold-out split.
        n_repeats: Repeats.
        confirmed: Candidates with more repeats than that, and with how many.
        fixed: Whether every repeat has the same splits.

    Raises:
        ValueError: Two results are of the same candidate, fold and repeat.
    """
    more = confirmed or {}
    n_splits = {candidate: n_folds * more.get(candidate, n_repeats) for candidate in candidates}
    fits = _by_split(results, n_splits, n_folds)
    n_fixed = n_folds if fixed else 0
    trials = [
        _trial(candidate, done, metric, n_folds, n_splits[candidate], n_fixed) for candidate, done in fits.items()
    ]
    if all(trial.mean is None for trial in trials):
        trials = [_with_mean(trial, trial.scores) if trial.status == "incomplete" else trial for trial in trials]
    sign = metric_named(metric).sign

    def place(trial: Trial) -> tuple[float, ...]:
        # Sorting is stable, so equal places keep the order of the candidates.
        if trial.mean is None:
            return 1, _ORDER[trial.status]
        size = math.inf if trial.n_parameters is None else trial.n_parameters
        return 0, trial.candidate not in more, -sign * trial.mean, size

    return [replace(trial, rank=rank) for rank, trial in enumerate(sorted(trials, key=place), start=1)]


def _by_split(
    results: Iterable[FitResult], n_splits: Mapping[Candidate, int], n_folds: int
) -> dict[Candidate, dict[int, FitResult]]:
    """Return the results of each candidate by their split: fold by fold of the first repeat, then of the next."""
    fits: dict[Candidate, dict[int, FitResult]] = {candidate: {} for candidate in n_splits}
    for result in results:
        fit = result.fit
        split = fit.repeat * n_folds + fit.fold
        if 0 <= fit.fold < n_folds and 0 <= split < n_splits.get(fit.candidate, 0):
            if split in fits[fit.candidate]:
                raise ValueError(
                    f"two results for candidate {fit.candidate.id}, fold {fit.fold}, repeat {fit.repeat}: "
                    "pass those of one seed and one data set"
                )
            fits[fit.candidate][split] = result
    return fits


def winner(trials: Sequence[Trial]) -> Trial | None:
    """Return the best trial that has a mean; None if no trial has one."""
    return next((trial for trial in trials if trial.mean is not None), None)


def _trial(
    candidate: Candidate, fits: Mapping[int, FitResult], metric: str, n_folds: int, n_fits: int, n_fixed: int
) -> Trial:
    results = [fits.get(split) for split in range(n_fits)]
    scores = tuple(_finite(result.score(metric)) if result is not None else None for result in results)
    there = [result for result in results if result is not None]
    seconds = [result.seconds for result in there if result.status != "failed"]
    well = [result for result in there if result.status == "ok"]
    train = [result.kept_curve[metric][-1] for result in well if result.curve.get(metric)]
    stopped = [result for result in well if result.best_epoch is not None]
    trial = Trial(
        candidate=candidate,
        rank=0,
        scores=scores,
        mean=None,
        std=None,
        standard_error=None,
        train_score_mean=_finite(statistics.fmean(train)) if train else None,
        mean_seconds=statistics.fmean(seconds) if seconds else None,
        std_seconds=statistics.pstdev(seconds) if seconds else None,
        n_parameters=max((result.n_parameters for result in there), default=0) or None,
        status=_status(there, scores),
        error=next((result.error or "unknown" for result in there if result.status == "failed"), None),
        fits_done=sum(result.status != "failed" for result in there),
        n_fixed=n_fixed,
        best_epochs=tuple(result.best_epoch for result in stopped if result.best_epoch is not None),
        epochs_trained=tuple(result.n_epochs for result in stopped),
    )
    return _with_mean(trial, whole_repeats(scores, n_folds)) if trial.status in ("ok", "incomplete") else trial


def _status(results: Sequence[FitResult], scores: Sequence[float | None]) -> TrialStatus:
    statuses = {result.status for result in results}
    # A fit that went to its end but whose score is not a number tells as little as one that diverged.
    n_scored = sum(score is not None for score in scores)
    if "diverged" in statuses or n_scored < sum(result.status == "ok" for result in results):
        return "diverged"
    if "failed" in statuses:
        return "failed"
    return "ok" if n_scored == len(scores) else "incomplete"


def whole_repeats(scores: Sequence[float | None], n_folds: int) -> list[float | None]:
    """Return the scores of the repeats that are complete: parts of a repeat would not compare with whole ones."""
    repeats = [scores[start : start + n_folds] for start in range(0, len(scores), n_folds)]
    return [score for repeat in repeats if None not in repeat for score in repeat]


def by_split(scores: Sequence[float | None], n_fixed: int) -> tuple[float | None, ...]:
    """Return the scores that tell of different samples, from which error bars are taken.

    Repeats of the same splits bring new seeds and no new samples, so each split counts once, with the mean of its
    repeats. Of a single split only the seeds vary: its scores stay as they are, and so do those of splits that each
    repeat shuffles anew.

    Args:
        scores: Split by split of the first repeat, then of the next; None where there is none.
        n_fixed: As :attr:`Trial.n_fixed`.
    """
    if n_fixed < 2:
        return tuple(scores)
    of_splits = ([score for score in scores[split::n_fixed] if score is not None] for split in range(n_fixed))
    return tuple(statistics.fmean(there) if there else None for there in of_splits)


def _with_mean(trial: Trial, of: Sequence[float | None]) -> Trial:
    scores = [score for score in of if score is not None]
    if not scores:
        return trial
    apart = [score for score in by_split(of, trial.n_fixed) if score is not None]
    return replace(
        trial,
        mean=statistics.fmean(scores),
        std=statistics.pstdev(scores),
        standard_error=statistics.stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else None,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
