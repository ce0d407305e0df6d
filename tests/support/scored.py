"""Trials whose scores are a formula of the candidate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.space.grid import candidates
from kerasgrid.space.spec import Space, space_from_dict
from support.trials import fit_result

Score = Callable[[Candidate], float]


def space_of(params: Any, **changes: Any) -> Space:
    return space_from_dict({"name": "made", "dataset": "digits", "params": params, **changes})


def scored(
    of: Space | Sequence[Candidate], score: Score, *, n_folds: int = 1, noise: float = 0.0, seed: int = 0
) -> list[Trial]:
    """Return trials, best first; each split adds its own shift to all of them, and each fit its own noise."""
    tried = candidates(of) if isinstance(of, Space) else of
    rng = np.random.default_rng(seed)
    shifts = rng.normal(0, 0.05, n_folds) if n_folds > 1 else [0.0]
    results = [
        fit_result(candidate, fold, score(candidate) + shifts[fold] + noise * rng.normal())
        for candidate in tried
        for fold in range(n_folds)
    ]
    return rank_trials(tried, results, metric="accuracy", n_folds=n_folds)


def effect(values: Sequence[Any], variance: float, seed: int = 0) -> Mapping[Any, float]:
    """Return a number for each value, with mean 0 and this population variance."""
    raw = np.random.default_rng(seed).normal(size=len(values))
    raw -= raw.mean()
    raw *= np.sqrt(variance / raw.var())
    return dict(zip(values, raw.tolist(), strict=True))
