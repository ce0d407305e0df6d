"""How much a fit's score varies by chance alone. Pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from kerasgrid.insight.ranking import Trial, by_split


def fit_variance(trials: Sequence[Trial]) -> float | None:
    """Return the variance of one fit's score around what its candidate and its split make of it.

    It is the residual mean square of the table of candidates × splits without interaction (Fisher's two-way analysis
    of variance with one observation a cell): candidates share folds and seeds, so what a split does to all of them is
    no noise. Training sets of folds overlap, which it does not see (Nadeau and Bengio, 2003): it is rather too small.
    Where repeats have the same splits, it is the variance of the mean of a split's repeats.

    Args:
        trials: Those with all of their scores count, others do not.

    Returns:
        None with fewer than two splits or two complete trials: one score a trial tells nothing of chance.
    """
    whole = [trial for trial in trials if trial.status == "ok"]
    scores = [[score for score in trial.scores if score is not None] for trial in whole]
    # Trials that were confirmed have more scores than the others, after those that all have.
    n_shared = min(map(len, scores), default=0)
    rows_of = (by_split(row[:n_shared], trial.n_fixed) for row, trial in zip(scores, whole, strict=True))
    table = [[score for score in row if score is not None] for row in rows_of]
    n_splits = min(map(len, table), default=0)
    if n_splits < 2 or len(table) < 2:
        return None
    rows = [statistics.fmean(row) for row in table]
    columns = [statistics.fmean(column) for column in zip(*table, strict=True)]
    mean = statistics.fmean(rows)
    residuals = (
        score - row_mean - column_mean + mean
        for row, row_mean in zip(table, rows, strict=True)
        for score, column_mean in zip(row, columns, strict=True)
    )
    return math.fsum(residual**2 for residual in residuals) / ((len(table) - 1) * (n_splits - 1))


def of_shared_splits(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials with the scores of the splits that all have, and the means of these.

    Those that were confirmed have more.
    """
    n_splits = min((len(trial.scores) for trial in trials), default=0)
    shared = []
    for trial in trials:
        scores = [score for score in trial.scores[:n_splits] if score is not None]
        if len(trial.scores) > n_splits and trial.mean is not None and scores:
            trial = replace(trial, scores=trial.scores[:n_splits], mean=statistics.fmean(scores))
        shared.append(trial)
    return shared
