"""Whether more trials are worth their time."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

import pytest
from support.trials import fit_result

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.enough import prospect
from kerasgrid.insight.ranking import Trial, rank_trials


def trials(values: list[float], noise: float = 0.0, *, folds: int = 3, metric: str = "accuracy") -> list[Trial]:
    rng, candidates = random.Random(0), [Candidate({"learning_rate": 0.1 + n}) for n in range(len(values))]
    results = [
        fit_result(candidate, fold, value + rng.gauss(0, noise), metric=metric)
        for candidate, value in zip(candidates, values, strict=True)
        for fold in range(folds)
    ]
    return rank_trials(candidates, results, metric=metric, n_folds=folds)


LAWS: dict[str, Callable[[random.Random], float]] = {
    "normal": lambda rng: rng.gauss(0, 1),
    "uniform": lambda rng: rng.random(),
    "skewed": lambda rng: 1 - rng.random() ** 4,
    "exponential": lambda rng: rng.expovariate(1),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [20, 60])
def test_the_gain_is_about_what_comes_and_hardly_ever_too_small(law: str, n: int) -> None:
    told, came = [], []
    for seed in range(100):
        rng = random.Random(seed)
        values = [LAWS[law](rng) for _ in range(2 * n)]
        found = prospect(trials(values[:n], 1e-9), n, greater_is_better=True)
        assert found is not None
        told.append(found.gain)
        came.append(max(values) - max(values[:n]))
    ratio = statistics.fmean(told) / statistics.fmean(came)
    assert 0.7 < ratio < 3.5


def test_it_is_tied_when_the_gain_is_below_the_error_of_the_best() -> None:
    rng = random.Random(1)
    values = [0.9 + 0.01 * rng.random() for _ in range(40)]
    loud, quiet = (prospect(trials(values, noise), 20, greater_is_better=True) for noise in (0.02, 0.0001))
    assert loud is not None
    assert quiet is not None
    assert loud.error == pytest.approx(0.02 / 3**0.5, rel=0.3)
    assert (loud.is_tied, quiet.is_tied) == (True, False)


def test_losses_are_the_better_the_smaller() -> None:
    values = [float(n) for n in range(20)]
    up = prospect(trials(values, 0.1), 5, greater_is_better=True)
    down = prospect(trials([-value for value in values], -0.1, metric="loss"), 5, greater_is_better=False)
    assert up is not None
    assert down is not None
    assert up.gain == pytest.approx(down.gain)


@pytest.mark.parametrize(("n", "folds"), [(11, 3), (30, 1)])
def test_of_few_trials_or_one_split_nothing_is_said(n: int, folds: int) -> None:
    assert prospect(trials([0.1 * k for k in range(n)], folds=folds), 5, greater_is_better=True) is None
