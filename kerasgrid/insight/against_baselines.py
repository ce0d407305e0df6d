"""Whether the best network is worth it: held against simple models that were scored on the same folds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ranking import Trial, by_split, winner
from kerasgrid.insight.ties import CONFIDENCE

Verdict = Literal["behind", "tied", "ahead"]
"""What a baseline is, held against the best trial: worse, not to be told from it, or better; with 95% confidence."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simple model, and what came of it on the folds of a run.

    Attributes:
        name: Its row's.
        label: What it is, for people.
        scores: The metric on the held-out samples of each fold, repeat by repeat, in its own sign; None where there is
            none.
        mean: Mean of the scores; None unless all are there.
        standard_error: Of the mean, as that of a trial; None with a single score.
        seconds: Mean seconds of a fit; None without any.
        error: Why a fit failed; None if none did.
        verdict: Held against the best trial; None where nothing can be told.
    """

    name: str
    label: str
    scores: tuple[float | None, ...]
    mean: float | None = None
    standard_error: float | None = None
    seconds: float | None = None
    error: str | None = None
    verdict: Verdict | None = None


def measured(
    name: str,
    label: str,
    scores: Sequence[float | None],
    seconds: Sequence[float],
    error: str | None,
    *,
    n_fixed: int = 0,
) -> Baseline:
    """Return a baseline with the mean of its scores and that mean's error.

    Args:
        name: Its row's.
        label: What it is, for people.
        scores: As :attr:`Baseline.scores`.
        seconds: Of each fit that there is.
        error: Why a fit failed; None if none did.
        n_fixed: As :attr:`kerasgrid.insight.ranking.Trial.n_fixed`.
    """
    there = [score for score in scores if score is not None and math.isfinite(score)]
    mean_seconds = statistics.fmean(seconds) if seconds else None
    if not there or len(there) < len(scores):
        return Baseline(name, label, tuple(scores), seconds=mean_seconds, error=error)
    apart = [score for score in by_split(tuple(scores), n_fixed) if score is not None]
    spread = statistics.stdev(apart) / len(apart) ** 0.5 if len(apart) > 1 else None
    return Baseline(name, label, tuple(scores), statistics.fmean(there), spread, mean_seconds, error)


def verdicts(
    baselines: Sequence[Baseline], trials: Sequence[Trial], metric: str, held_out_share: float
) -> list[Verdict | None]:
    """Return what each baseline is, held against the best trial.

    The baselines are compared among the trials, as these among each other (:mod:`kerasgrid.insight.comparison`): the
    best of many trials is lucky, too, and what is as good as others of the tie set is as good as the best.

    Args:
        baselines: They, all with scores of the same folds.
        trials: Best first.
        metric: What trials are ranked by.
        held_out_share: The share of the training samples that a fit is scored on.
    """
    best = winner(trials)
    able = [place for place, one in enumerate(baselines) if one.mean is not None]
    if best is None or not able or not 0 < held_out_share < 1:
        return [None] * len(baselines)

    import numpy as np

    from kerasgrid.insight.comparison import compare

    # Confirmed trials have further repeats, on which no baseline was trained.
    width = len(baselines[able[0]].scores)
    rivals = [best, *(one for one in trials if one is not best and one.mean is not None and one.dropped is None)]
    table = [by_split(trial.scores[:width], trial.n_fixed) for trial in rivals if len(trial.scores) >= width]
    table += [by_split(baselines[place].scores, best.n_fixed) for place in able]
    scores = metric_named(metric).sign * np.array(table, dtype=np.float64)
    found = compare(scores, held_out_share, CONFIDENCE)
    if found.reason is not None:
        return [None] * len(baselines)
    said: list[Verdict | None] = [None] * len(baselines)
    for place, may_be_best in zip(able, found.may_be_best[-len(able) :], strict=True):
        said[place] = "behind" if not may_be_best else "tied" if found.may_be_best[0] else "ahead"
    return said
