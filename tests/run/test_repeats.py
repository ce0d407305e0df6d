"""Repeats: new shuffles of the folds and new seeds, and what more of them later leave as it was."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.plans import counted, dataset, plan_of, space
from support.searches import finished, run, score
from support.trials import fit_result, made_run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.folds import make_folds
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.reports.text.listing import check_lines
from kerasgrid.run.planning import make_plan
from kerasgrid.run.tally import Tally

A, B, C = (Candidate({"x": name}) for name in "abc")


@pytest.mark.parametrize("how", [{"cv": 3, "validation_split": None}, {"cv": None, "validation_split": 0.3}])
def test_more_repeats_leave_the_folds_of_the_first_as_they_are(how: dict[str, Any]) -> None:
    data = dataset()
    prints = [[f.fingerprint for f in make_folds(data, **how, seed=4, repeats=n)] for n in (1, 2, 5)]
    n_folds = len(prints[0])
    assert [len(each) for each in prints] == [n_folds, 2 * n_folds, 5 * n_folds]
    assert prints[1][:n_folds] == prints[0]
    assert prints[2][: 2 * n_folds] == prints[1]
    assert len(set(prints[2])) == 5 * n_folds
    other = [fold.fingerprint for fold in make_folds(data, **how, seed=5, repeats=5)]
    assert not set(other) & set(prints[2])


def test_every_repeat_holds_out_every_sample_once() -> None:
    folds = make_folds(dataset(), cv=3, validation_split=None, seed=0, repeats=4)
    for start in range(0, 12, 3):
        held_out = np.concatenate([fold.held_out for fold in folds[start : start + 3]])
        assert sorted(held_out) == list(range(len(dataset().y_train)))
        for fold in folds[start : start + 3]:
            assert np.ptp(np.bincount(dataset().y_train[fold.held_out])) <= 1


def test_fits_are_candidates_times_folds_times_repeats_repeat_by_repeat() -> None:
    one, three = plan_of(), plan_of(space(repeats=3))
    assert len(three.fits) == 3 * len(one.fits) == 3 * 3 * 2
    assert list(three.fits.items())[:6] == list(one.fits.items())
    assert [fit.repeat for fit in three.fits.values()] == [0] * 6 + [1] * 6 + [2] * 6
    assert (three.n_folds, three.n_repeats, one.n_repeats) == (2, 3, 1)


def test_keys_are_those_of_before_there_were_repeats() -> None:
    keys = ["efa72024e606385039a262f270087865", "2acd47ce5ca55883a66d062e5a6a2380"]
    assert list(plan_of().fits)[:2] == list(plan_of(space(repeats=2)).fits)[:2] == keys


def test_repeats_of_a_hold_out_split_have_other_splits() -> None:
    plan, folds = make_plan(space(cv=None, validation_split=0.2, repeats=3), dataset())
    assert (plan.n_folds, plan.n_repeats, len(plan.fits), len(folds)) == (1, 3, 9, 3)
    assert len({fold.fingerprint for fold in folds}) == 3


def test_raising_repeats_trains_only_what_is_new(tmp_path: Path) -> None:
    run(tmp_path, FakeFitter(score))
    before = finished(plan_of(), tmp_path)
    fitter = FakeFitter(score)
    plan = plan_of(space(repeats=2))
    outcome, lines = run(tmp_path, fitter, plan)
    assert lines[:2] == ["reusing 6 of 12 fits", "training 6 fits"]
    assert {fit.repeat for fit in fitter.trained} == {1}
    assert finished(plan_of(), tmp_path) == before
    run_now, best = outcome.run, outcome.run.trials[0]
    assert (run_now.n_folds, run_now.n_repeats, run_now.n_fits_asked, len(best.scores)) == (2, 2, 12, 4)
    assert "(mean ± standard error of 2 folds × 2 repeats" in (tmp_path / "summary.md").read_text()
    # Back to one repeat: the same numbers as ever.
    again, lines = run(tmp_path, FakeFitter(score))
    assert lines == ["reusing 6 of 6 fits"]
    assert len(again.run.trials[0].scores) == 2


def test_a_check_counts_repeats() -> None:
    plan = plan_of(space(repeats=4))
    assert "candidates  3 × 2 folds × 4 repeats = 24 fits, compared by accuracy" in check_lines(plan, counted(plan))


# Ranking with repeats


def results(candidate: Candidate, *repeats: tuple[float, ...]) -> list[FitResult]:
    return [
        fit_result(candidate, fold, value, repeat=repeat)
        for repeat, scores in enumerate(repeats)
        for fold, value in enumerate(scores)
    ]


def test_a_trial_amid_its_repeats_is_ranked_by_the_whole_ones() -> None:
    done = [
        *results(A, (0.8, 0.8), (0.6, 0.6)),
        *results(B, (0.75, 0.77), (0.99,)),
        *results(C, (0.99,)),
    ]
    trials = rank_trials([A, B, C], done, metric="accuracy", n_folds=2, n_repeats=2)
    assert [(trial.candidate["x"], trial.status, trial.mean) for trial in trials] == [
        ("b", "incomplete", pytest.approx(0.76)),
        ("a", "ok", pytest.approx(0.7)),
        ("c", "incomplete", None),
    ]
    assert trials[0].scores == (0.75, 0.77, 0.99, None)
    table = made_run(trials).to_frame()
    assert math.isnan(table["split3_test_score"][0])


def test_confirmed_trials_come_first_and_share_no_rank_with_others() -> None:
    done = [*results(A, (0.8, 0.8), (0.6, 0.6)), *results(B, (0.7, 0.7)), *results(C, (0.6, 0.6))]
    trials = rank_trials([A, B, C], done, metric="accuracy", n_folds=2, confirmed={A: 2})
    assert [trial.candidate["x"] for trial in trials] == ["a", "b", "c"]
    assert [len(trial.scores) for trial in trials] == [4, 2, 2]
    table = made_run(trials).to_frame()
    assert list(table["mean_test_score"]) == pytest.approx([0.7, 0.7, 0.6])
    assert list(table["rank_test_score"]) == [1, 2, 3]
    assert math.isnan(table["split2_test_score"][1])


def test_the_best_so_far_is_by_whole_repeats() -> None:
    tally = Tally(8, 2, "accuracy")
    for candidate, fold, repeat, value, best in (
        (A, 0, 0, 0.9, None),
        (A, 1, 0, 0.7, 0.8),
        (B, 0, 0, 0.7, 0.8),
        (B, 1, 0, 0.7, 0.8),
        (A, 0, 1, 0.5, 0.8),
        (B, 0, 1, 0.7, 0.8),
        # The best one falls behind.
        (A, 1, 1, 0.5, 0.7),
        (B, 1, 1, 0.9, 0.75),
    ):
        tally.add(FitResult(Fit(candidate, fold, repeat), "ok", {"val_accuracy": [value]}))
        assert tally.best == (None if best is None else pytest.approx(best))
