"""Scores beyond a trial's own, by which others are compared with it. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.insight.ranking import Trial


def with_more_scores(
    trials: Sequence[Trial], results: Iterable[FitResult], metric: str, n_folds: int, candidates: Collection[Candidate]
) -> list[Trial]:
    """Return the trials, those of these candidates with the scores of their fits beyond :attr:`Trial.scores`.

    Args:
        trials: In any order.
        results: Of their fits, in any order.
        metric: What the scores are.
        n_folds: Folds a repeat.
        candidates: Whose trials get more scores.
    """
    found: dict[Candidate, dict[int, float | None]] = {candidate: {} for candidate in candidates}
    for result in results:
        if result.fit.candidate in found:
            found[result.fit.candidate][result.fit.repeat * n_folds + result.fit.fold] = result.score(metric)

    def more(trial: Trial) -> Trial:
        scores = found[trial.candidate]
        splits = range(len(trial.scores), max(scores, default=-1) + 1)
        return replace(trial, more_scores=tuple(scores.get(split) for split in splits))

    return [more(trial) if trial.candidate in found else trial for trial in trials]
