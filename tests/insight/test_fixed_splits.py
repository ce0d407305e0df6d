"""Repeats of splits that the data gives: they bring new seeds, and no new samples to any error bar."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import fit_result, made_run

from kerasgrid.axes.blocks import Label
from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.comparison import compare
from kerasgrid.insight.diagnosis import diagnosed
from kerasgrid.insight.effects import effects
from kerasgrid.insight.noise import fit_variance
from kerasgrid.insight.one_factor import one_factor_changes
from kerasgrid.insight.ranking import Trial, by_split, labelled, rank_trials
from kerasgrid.insight.ties import tie_set
from kerasgrid.reports.text.confirmed import shrinkage_line
from kerasgrid.reports.text.sentences import seeds_line

A, B, C = (Candidate({"x": name}) for name in "abc")
# Two repeats of three folds.
SCORES = {A: [[0.90, 0.80, 0.70], [0.92, 0.84, 0.70]], B: [[0.80, 0.72, 0.60], [0.82, 0.70, 0.64]],
          C: [[0.5, 0.45, 0.40], [0.5, 0.45, 0.42]]}  # fmt: skip


def ranked(scores=SCORES, *, fixed: bool = True, n_repeats: int = 2) -> list[Trial]:
    results = [
        fit_result(candidate, fold, score, repeat=repeat)
        for candidate, repeats in scores.items()
        for repeat, folds in enumerate(repeats)
        for fold, score in enumerate(folds)
    ]
    n_folds = len(next(iter(scores.values()))[0])
    return rank_trials(list(scores), results, metric="accuracy", n_folds=n_folds, n_repeats=n_repeats, fixed=fixed)


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=4))
def test_each_split_counts_once_with_the_mean_of_its_repeats(repeats):
    scores = [score for repeat in repeats for score in repeat]
    assert by_split(scores, 0) == by_split(scores, 1) == tuple(scores)
    assert by_split(scores, 3) == pytest.approx(np.mean(repeats, axis=0))
    assert len(repeats) > 1 or by_split(scores, 3) == tuple(scores)


def test_splits_without_a_score_have_none():
    assert by_split([None, 0.5, None, 0.7], 2) == (None, 0.6)
    assert by_split([], 3) == (None, None, None)


def test_the_standard_error_is_that_of_the_splits():
    best, loose = ranked()[0], ranked(fixed=False)[0]
    means = [0.91, 0.82, 0.70]
    assert best.mean == loose.mean == pytest.approx(statistics.fmean(means))
    assert best.std == loose.std
    assert best.standard_error == pytest.approx(statistics.stdev(means) / math.sqrt(3))
    assert loose.standard_error == pytest.approx(statistics.stdev([*SCORES[A][0], *SCORES[A][1]]) / math.sqrt(6))
    assert (best.n_fixed, loose.n_fixed) == (3, 0)
    assert best.split_scores == pytest.approx(means)


def test_repeats_that_bring_nothing_new_change_no_error_bar():
    once = ranked({candidate: repeats[:1] for candidate, repeats in SCORES.items()}, n_repeats=1)
    often = ranked({candidate: repeats[:1] * 4 for candidate, repeats in SCORES.items()}, n_repeats=4)
    for one, four in zip(once, often, strict=True):
        assert four.standard_error == pytest.approx(one.standard_error)
        assert four.split_scores == pytest.approx(one.split_scores)
    assert fit_variance(often) == pytest.approx(fit_variance(once))
    assert tie_set(often, "accuracy", 1 / 3).trials[0].candidate == A
    assert len(tie_set(often, "accuracy", 1 / 3).trials) == len(tie_set(once, "accuracy", 1 / 3).trials)
    assert effects(often).noise == pytest.approx(effects(once).noise)


def test_of_a_single_split_the_error_is_that_of_the_seeds():
    (trial,) = ranked({A: [[0.8], [0.9], [0.85]]}, n_repeats=3)
    assert trial.standard_error == pytest.approx(statistics.stdev([0.8, 0.9, 0.85]) / math.sqrt(3))
    assert trial.split_scores == (0.8, 0.9, 0.85)


def test_the_tie_set_compares_means_of_splits():
    trials = ranked()
    table = np.array([[0.91, 0.82, 0.70], [0.81, 0.71, 0.62], [0.5, 0.45, 0.41]])
    may_be_best = compare(table, 0.4).may_be_best
    assert [trial.candidate for trial in tie_set(trials, "accuracy", 0.4).trials] == [
        candidate for candidate, may_be in zip((A, B, C), may_be_best, strict=True) if may_be
    ]
    assert len(tie_set(trials, "accuracy", 0.4).trials) == 2


def test_changes_against_a_baseline_are_taken_split_by_split():
    labels = {A: Label("baseline"), B: Label("x b", "", "x"), C: Label("x c", "", "x")}
    trials = labelled(ranked(), [A, B, C], labels)
    change = one_factor_changes(trials, A, "accuracy", 0.25)[0]
    differences = [-0.10, -0.11, -0.08]
    assert change.difference == pytest.approx(statistics.fmean(differences))
    assert change.standard_error == pytest.approx(statistics.stdev(differences) * math.sqrt(1 / 3 + 1 / 3))
    assert change.mean == pytest.approx(ranked()[1].mean)


def test_whether_a_trial_learns_is_judged_by_its_splits():
    # Means of the two folds: 0.52 and 0.80. By its four fits it would be above 0.5; by two folds it need not be.
    scores = {A: [[0.52, 0.80]] * 6}
    results = [
        fit_result(A, fold, score, repeat=repeat)
        for repeat, folds in enumerate(scores[A])
        for fold, score in enumerate(folds)
    ]
    for fixed, words in ((True, ("not learning",)), (False, ())):
        trials = ranked(scores, fixed=fixed, n_repeats=6)
        options = {"metric": "accuracy", "task": "classification", "n_held_out": 1000, "n_folds": 2, "majority": 0.5}
        assert diagnosed(trials, results, **options)[0].diagnosis == words


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"has_fixed_splits": False, "n_repeats": 3}, ""),
        ({"has_fixed_splits": True, "n_repeats": 1}, ""),
        ({"has_fixed_splits": True, "n_repeats": 3},
         "The folds are the same in every repeat: error bars are over folds, each the mean of its repeats."),
        ({"has_fixed_splits": True, "n_repeats": 3, "n_folds": 1},
         "Every repeat is scored on the same samples: error bars are over seeds alone, not over other samples."),
    ],
)  # fmt: skip
def test_it_is_said_what_error_bars_mean(changes, line):
    assert seeds_line(made_run(ranked(), **changes)) == line


def test_new_repeats_of_the_same_splits_are_told_with_the_error_of_the_splits():
    trials = [replace(trial, scores=(*trial.scores, *trial.scores)) for trial in ranked()[:1]]
    run = made_run(trials, n_folds=3, n_repeats=4, n_new_repeats=2, n_confirmed=1, has_fixed_splits=True)
    error = statistics.stdev([0.91, 0.82, 0.70]) / math.sqrt(3)
    assert f"6 new fits of it gave 0.8100 ± {error:.4f}" in shrinkage_line(run)
