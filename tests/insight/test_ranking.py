"""Ranking: the best first, and nothing that did not train well above what did."""

from __future__ import annotations

import json
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import diverged, failed, fit_result, grid, made_run, trials_of

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import METRICS, metric_named
from kerasgrid.insight.ranking import Trial, rank_trials, winner

A, B, C, D = (Candidate({"x": name}) for name in "abcd")


def ok(candidate: Candidate, *scores: float) -> list[FitResult]:
    return [fit_result(candidate, fold, score) for fold, score in enumerate(scores)]


def names(trials: list[Trial]) -> str:
    return "".join(str(trial.candidate["x"]) for trial in trials)


def test_best_first_with_error_bars() -> None:
    best, worst = trials_of([A, B], ok(A, 0.5, 0.6, 0.7) + ok(B, 0.8, 0.8, 0.9))
    assert (best.candidate, worst.candidate) == (B, A)
    assert worst.scores == (0.5, 0.6, 0.7)
    assert worst.mean == pytest.approx(0.6)
    assert worst.std == pytest.approx(math.sqrt(0.02 / 3))
    assert worst.standard_error == pytest.approx(0.1 / math.sqrt(3))
    assert worst.train_score_mean == pytest.approx(0.61)
    assert (worst.status, worst.fits_done, worst.n_parameters, worst.error) == ("ok", 3, 1000, None)


def test_a_single_fit_has_no_standard_error() -> None:
    (trial,) = trials_of([A], ok(A, 0.5), n_folds=1)
    assert (trial.mean, trial.std, trial.standard_error) == (0.5, 0.0, None)


def test_losses_are_better_when_lower() -> None:
    results = [fit_result(A, 0, 2.0, metric="mse"), fit_result(B, 0, 1.0, metric="mse")]
    assert names(rank_trials([A, B], results, metric="mse", n_folds=1)) == "ba"


def test_repeats_follow_fold_by_fold() -> None:
    results = [fit_result(A, fold, 0.1 * (2 * repeat + fold), repeat=repeat) for repeat in (0, 1) for fold in (0, 1)]
    (trial,) = rank_trials([A], results, metric="accuracy", n_folds=2, n_repeats=2)
    assert trial.scores == pytest.approx((0.0, 0.1, 0.2, 0.3))


def test_what_did_not_train_well_comes_last_in_a_fixed_order() -> None:
    results = [
        *ok(A, 0.99, 0.99),
        failed(A, 2),
        *ok(B, 0.99, 0.99),
        diverged(B, 2),
        *ok(C, 0.99),
        *ok(D, 0.1, 0.1, 0.1),
    ]
    trials = trials_of([A, B, C, D], results)
    assert names(trials) == "dcba"
    assert [trial.rank for trial in trials] == [1, 2, 3, 4]
    assert [trial.status for trial in trials] == ["ok", "incomplete", "diverged", "failed"]
    assert [trial.mean for trial in trials] == [pytest.approx(0.1), None, None, None]
    assert trials[1].scores == (0.99, None, None)
    assert [trial.fits_done for trial in trials] == [3, 1, 3, 2]
    assert trials[3].error == "out of memory"


def test_incomplete_trials_are_ranked_while_none_is_complete() -> None:
    trials = trials_of([A, B, C], [*ok(A, 0.5, 0.7), *ok(B, 0.65)])
    assert names(trials) == "bac"
    assert [trial.mean for trial in trials] == [0.65, pytest.approx(0.6), None]
    assert {trial.status for trial in trials} == {"incomplete"}


def test_ties_go_to_fewer_parameters_then_to_the_earlier_candidate() -> None:
    small = FitResult(Fit(C, 0), "ok", {"val_accuracy": [0.5]}, n_parameters=10)
    results = [*ok(B, 0.5), *ok(A, 0.5), small]
    assert names(trials_of([A, B, C], results, n_folds=1)) == "cab"


def test_a_score_that_is_no_number_counts_as_diverged() -> None:
    (trial,) = trials_of([A], ok(A, 0.5, math.nan, 0.5))
    assert (trial.status, trial.mean, trial.scores) == ("diverged", None, (0.5, None, 0.5))


def test_results_of_others_are_ignored() -> None:
    results = [*ok(A, 0.5, 0.5, 0.5), *ok(B, 0.9, 0.9, 0.9), fit_result(A, 7, 0.9), fit_result(A, 0, 0.9, repeat=3)]
    (trial,) = trials_of([A, A], results)
    assert trial.mean == 0.5


def test_two_results_of_one_fit_are_refused() -> None:
    rule = rf"two results for candidate {A.id}, fold 0, repeat 0: pass those of one seed and one data set"
    with pytest.raises(ValueError, match=rule):
        trials_of([A], [*ok(A, 0.5), *ok(A, 0.6)])


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Candidate], list[FitResult], int]:
    n_folds = draw(st.integers(1, 3))
    candidates = [Candidate({"x": number}) for number in range(draw(st.integers(1, 8)))]
    results = []
    for candidate in candidates:
        for fold in range(n_folds):
            score = draw(st.sampled_from([0.1, 0.2, 0.3]) | st.floats(0, 1))
            what = draw(st.sampled_from(["ok", "ok", "ok", "diverged", "failed", "missing"]))
            if what == "ok":
                results.append(fit_result(candidate, fold, score))
            elif what != "missing":
                results.append(diverged(candidate, fold) if what == "diverged" else failed(candidate, fold))
    return candidates, results, n_folds


@given(runs(), st.integers())
def test_properties(run: tuple[list[Candidate], list[FitResult], int], seed: int) -> None:
    candidates, results, n_folds = run
    trials = trials_of(candidates, results, n_folds)
    assert [trial.rank for trial in trials] == list(range(1, len(candidates) + 1))
    assert {trial.candidate for trial in trials} == set(candidates)
    means = [trial.mean for trial in trials if trial.mean is not None]
    assert means == sorted(means, reverse=True)
    assert [trial.mean for trial in trials[: len(means)]] == means
    order = [["ok", "incomplete", "diverged", "failed"].index(trial.status) for trial in trials]
    assert order == sorted(order)
    for trial in trials:
        if trial.status == "ok":
            assert trial.mean == statistics.fmean(score for score in trial.scores if score is not None)
        elif trial.status != "incomplete":
            assert trial.mean is None
    shuffled = list(results)
    random.Random(seed).shuffle(shuffled)
    assert trials_of(candidates, shuffled, n_folds) == trials


def test_table_has_the_columns_of_scikit_learn() -> None:
    candidates = [*grid({"hidden_units": [[32, 16]], "dropout": [0.0, 0.5]}), Candidate({"dropout": 0.1})]
    results = [*ok(candidates[0], 0.5, 0.6), *ok(candidates[1], 0.7, 0.8), failed(candidates[2], 0)]
    table = made_run(trials_of(candidates, results, n_folds=2)).to_frame()
    assert list(table) == [
        "rank_test_score", "mean_test_score", "std_test_score", "standard_error_test_score", "split0_test_score",
        "split1_test_score", "mean_train_score", "generalization_gap", "mean_fit_time", "std_fit_time", "param_dropout",
        "param_hidden_units", "params", "n_parameters", "status", "diagnosis", "candidate", "error",
    ]  # fmt: skip
    assert list(table["rank_test_score"]) == [1, 2, 3]
    assert list(table["mean_test_score"])[:2] == pytest.approx([0.75, 0.55])
    assert math.isnan(table["mean_test_score"][2])
    assert table["param_hidden_units"][0] == (32, 16)
    assert json.loads(table["params"][0]) == {"dropout": 0.5, "hidden_units": [32, 16]}
    assert list(table["status"]) == ["ok", "ok", "failed"]


def test_equal_means_share_a_rank_as_in_scikit_learn() -> None:
    candidates = [Candidate({"epochs": number}) for number in range(1, 7)]
    means = (0.5, 0.7, 0.7, 0.6, None, None)
    results = [fit_result(c, 0, mean) for c, mean in zip(candidates, means, strict=True) if mean is not None]
    trials = trials_of(candidates, results, n_folds=1)
    assert [trial.rank for trial in trials] == [1, 2, 3, 4, 5, 6]
    assert list(made_run(trials).to_frame()["rank_test_score"]) == [1, 1, 3, 4, 5, 5]


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_higher_is_better_in_every_table(metric: str) -> None:
    results = [fit_result(candidate, 0, score, metric=metric) for candidate, score in ((A, 1.0), (B, 2.0))]
    table = made_run(rank_trials([A, B], results, metric=metric, n_folds=1), metric=metric).to_frame()
    assert list(table["mean_test_score"]) == ([2.0, 1.0] if metric_named(metric).greater_is_better else [-1.0, -2.0])
    assert list(table["split0_test_score"]) == list(table["mean_test_score"])
    assert table["mean_train_score"][0] > table["mean_train_score"][1]


def test_winner_is_the_best_with_a_score() -> None:
    trials = trials_of([A, B], [*ok(A, 0.5, 0.5, 0.5), *ok(B, 0.6, 0.6, 0.6)])
    assert winner(trials) == trials[0]
    assert winner(trials_of([A, B], [diverged(A, 0)])) is None
    assert winner([]) is None


def test_table_of_nothing() -> None:
    assert len(made_run([]).to_frame()) == 0
