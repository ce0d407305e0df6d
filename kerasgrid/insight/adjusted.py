"""Means of trials that left a race, adjusted for the fits that they lack. Pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial, by_split


def with_dropped(trials: Sequence[Trial], dropped: Mapping[Candidate, Dropped], metric: str) -> list[Trial]:
    """Return the trials ranked anew, those that left a race marked as such.

    Their mean is what two-way analysis of variance makes of a table with missing cells: the mean of their own scores,
    plus what the splits that they lack are better or worse than theirs, as the trials that have all show it. So it
    compares with the means of these, but for the luck of fewer fits: its standard error is that of its own scores, and
    larger. Of one that left amid its first fit both are those of the score that it was expected to end with. They come
    after all trials that were not dropped and have a mean, so that none of them is the winner.

    Args:
        trials: Best first. One that has all of its scores, or of which a fit diverged or failed, stays as it is.
        dropped: Which left the race, and why.
        metric: What they are ranked by.
    """
    if not dropped:
        return list(trials)
    # Those that were confirmed have more; no trial has fewer than the search's own.
    splits = _split_means(trials, min(len(trial.scores) for trial in trials))
    marked = {
        trial.candidate: _marked(trial, dropped[trial.candidate], splits)
        for trial in trials
        if trial.candidate in dropped and trial.status == "incomplete"
    }
    sign = metric_named(metric).sign

    def place(trial: Trial) -> tuple[float, ...]:
        if trial.candidate not in marked:
            return (0.0,) if trial.mean is not None else (2.0,)
        assert trial.mean is not None
        return 1.0, -sign * trial.mean, math.inf if trial.n_parameters is None else trial.n_parameters

    ranked = sorted((marked.get(trial.candidate, trial) for trial in trials), key=place)
    return [replace(trial, rank=rank) for rank, trial in enumerate(ranked, start=1)]


def _split_means(trials: Sequence[Trial], n: int) -> list[float]:
    """Return the mean score of each of the first ``n`` splits over the trials that have all; nothing without any."""
    whole = [trial.scores[:n] for trial in trials if trial.status == "ok"]
    rows = [[score for score in row if score is not None] for row in whole]
    return [statistics.fmean(column) for column in zip(*rows, strict=True)]


def _marked(trial: Trial, dropped: Dropped, splits: Sequence[float]) -> Trial:
    there = [split for split, score in enumerate(trial.scores) if score is not None]
    own = [score for score in trial.scores if score is not None]
    apart = [score for score in by_split(trial.scores, trial.n_fixed) if score is not None]
    error = statistics.stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else None
    if not own:
        assert dropped.expected is not None
        there, own, error = [0], [dropped.expected], dropped.error
    shift = statistics.fmean(splits) - statistics.fmean(splits[split] for split in there) if splits else 0.0
    return replace(
        trial,
        mean=statistics.fmean(own) + shift,
        std=statistics.pstdev(own),
        standard_error=error,
        status="dropped",
        dropped=dropped,
    )
