"""The tie set of a run's trials, and its cheapest trial."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.trials import diverged, failed, fit_result

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.insight.ties import TieSet, tie_set

MANY = [Candidate({"x": number}) for number in range(6)]
# Two hardly differ, three are far below, the last one fails.
SCORES = ((0.90, 0.92, 0.91), (0.91, 0.91, 0.92), (0.50, 0.52, 0.51), (0.51, 0.51, 0.52), (0.40, 0.41, 0.42))


def results(metric: str = "accuracy") -> list[FitResult]:
    fits = [
        fit_result(candidate, fold, score, metric=metric)
        for candidate, scores in zip(MANY, SCORES, strict=False)
        for fold, score in enumerate(scores)
    ]
    return [*fits, failed(MANY[5], 0)]


def ranked(metric: str = "accuracy") -> list[Trial]:
    return rank_trials(MANY, results(metric), metric=metric, n_folds=3)


def numbers(ties: TieSet) -> list[object]:
    return [trial.candidate["x"] for trial in ties.trials]


def test_the_best_first_and_failed_trials_aside() -> None:
    ties = tie_set(ranked(), "accuracy", 1 / 3)
    assert numbers(ties) == [1, 0]
    assert (ties.n_compared, ties.reason) == (5, None)


def test_of_losses_the_lowest_tie() -> None:
    assert numbers(tie_set(ranked("loss"), "loss", 1 / 3)) == [4]


@pytest.mark.parametrize(
    ("changes", "cheapest"),
    [
        ([{"n_parameters": 10}, {"n_parameters": 5}], 0),
        ([{"n_parameters": 5, "mean_seconds": 2.0}, {"n_parameters": 5, "mean_seconds": 1.0}], 0),
        ([{"n_parameters": 5, "mean_seconds": 1.0}, {"n_parameters": 5, "mean_seconds": 1.0}], 1),
        ([{"n_parameters": 5, "mean_seconds": 1.09}, {"n_parameters": 5, "mean_seconds": 1.0}], 1),
        ([{"n_parameters": 5, "mean_seconds": 1.11}, {"n_parameters": 5, "mean_seconds": 1.0}], 0),
        ([{"n_parameters": None, "mean_seconds": None}, {"n_parameters": None, "mean_seconds": None}], 1),
        ([{"n_parameters": None}, {"n_parameters": 5}], 0),
        ([{"n_parameters": 5, "mean_seconds": None}, {"n_parameters": 5, "mean_seconds": 9.0}], 0),
    ],
)
def test_the_cheapest_has_fewest_parameters_then_takes_least_time(
    changes: list[dict[str, float]], cheapest: int
) -> None:
    trials = ranked()
    trials[:2] = [replace(trial, **change) for trial, change in zip(trials, changes, strict=False)]  # type: ignore[arg-type]
    found = tie_set(trials, "accuracy", 1 / 3).cheapest
    assert found is not None
    assert found.candidate["x"] == cheapest


def test_a_smaller_held_out_share_tells_more_apart() -> None:
    scores = [(0.9, 0.91, 0.92), (0.9025, 0.915, 0.9275)]
    fits = [fit_result(c, fold, s) for c, row in zip(MANY, scores, strict=False) for fold, s in enumerate(row)]
    trials = rank_trials(MANY[:2], fits, metric="accuracy", n_folds=1, n_repeats=1)
    assert tie_set(trials, "accuracy", 1.0).reason == "it is not known how many samples were held out"
    trials = rank_trials(MANY[:2], fits, metric="accuracy", n_folds=3)
    assert len(tie_set(trials, "accuracy", 0.5).trials) == 2
    assert len(tie_set(trials, "accuracy", 0.01).trials) == 1


def test_one_split_and_one_repeat_tell_nothing() -> None:
    fits = [fit_result(candidate, 0, 0.1 * n) for n, candidate in enumerate(MANY)]
    trials = rank_trials(MANY, fits, metric="accuracy", n_folds=1)
    ties = tie_set(trials, "accuracy", 0.2)
    assert (ties.trials, ties.n_compared, ties.reason) == ((), 6, "each trial has one score only")
    assert ties.cheapest is None


def test_nothing_to_compare() -> None:
    assert tie_set([], "accuracy", 1 / 3) == TieSet((), 0, None)
    nothing = rank_trials(MANY[:1], [diverged(MANY[0], 0)], metric="accuracy", n_folds=3)
    assert tie_set(nothing, "accuracy", 1 / 3) == TieSet((), 0, None)
    one = rank_trials(MANY[:1], results(), metric="accuracy", n_folds=3)
    assert tie_set(one, "accuracy", 1 / 3) == TieSet((one[0],), 1, None)


def test_confirmed_trials_are_compared_among_themselves() -> None:
    more = [fit_result(c, fold, SCORES[n][fold], repeat=1) for n, c in enumerate(MANY[:3]) for fold in range(3)]
    confirmed = dict.fromkeys(MANY[:3], 2)
    trials = rank_trials(MANY, [*results(), *more], metric="accuracy", n_folds=3, confirmed=confirmed)
    ties = tie_set(
        trials,
        "accuracy",
        1 / 3,
    )
    assert (numbers(ties), ties.n_compared) == ([1, 0], 3)


def test_with_missing_cells_the_best_by_its_mean_is_in_the_set() -> None:
    fits = [result for result in results() if (result.fit.candidate, result.fit.fold) != (MANY[0], 2)]
    trials = rank_trials(MANY[:1], fits, metric="accuracy", n_folds=3)
    assert tie_set(trials, "accuracy", 1 / 3).trials == (trials[0],)
    assert trials[0].mean is not None
    assert math.isfinite(trials[0].mean)
