"""Means of trials that left a race: adjusted for the splits that they lack, and ranked after the others."""

from __future__ import annotations

import math
import statistics

import pytest
from support.trials import diverged, fit_result

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.adjusted import with_dropped
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.insight.ties import tie_set
from kerasgrid.run.trial_texts import dropped_text, status_text

A, B, C, D, E = (Candidate({"learning_rate": rate}) for rate in (0.1, 0.2, 0.3, 0.4, 0.5))
SCORES = {A: [0.9, 0.8, 0.7], B: [0.88, 0.8, 0.72], C: [0.6, 0.56], D: [0.7, 0.62]}
OUT = {C: Dropped(2, 3, "folds", 0.27, 0.01), D: Dropped(2, 3, "folds", 0.19, 0.01)}


def trials(metric: str = "accuracy", scores: dict[Candidate, list[float]] = SCORES) -> list[Trial]:
    results = [
        fit_result(candidate, fold, score, metric=metric)
        for candidate, row in scores.items()
        for fold, score in enumerate(row)
    ]
    return rank_trials([*scores, E], [*results, diverged(E, 0)], metric=metric, n_folds=3)


def test_a_mean_is_that_of_a_table_with_missing_cells() -> None:
    found = {trial.candidate: trial for trial in with_dropped(trials(), OUT, "accuracy")}
    # Folds reach 0.89, 0.80 and 0.71 with those that have all, so 0.80 in all and 0.845 without the last.
    assert found[C].mean == pytest.approx(0.58 + 0.80 - 0.845)
    assert found[D].mean == pytest.approx(0.66 + 0.80 - 0.845)
    assert found[C].std == pytest.approx(statistics.pstdev([0.6, 0.56]))
    assert found[C].standard_error == pytest.approx(statistics.stdev([0.6, 0.56]) / math.sqrt(2))
    assert (found[C].status, found[C].dropped) == ("dropped", OUT[C])
    assert found[A] == trials()[0]


def test_they_rank_after_what_has_all_and_before_what_has_no_mean() -> None:
    found = with_dropped(trials(), OUT, "accuracy")
    assert [trial.candidate for trial in found] == [A, B, D, C, E]
    assert [trial.rank for trial in found] == [1, 2, 3, 4, 5]
    # Even one whose few scores are the best of all.
    lucky = {**SCORES, D: [0.99, 0.99]}
    found = with_dropped(trials(scores=lucky), OUT, "accuracy")
    assert [trial.candidate for trial in found] == [A, B, D, C, E]


def test_of_losses_the_least_is_first() -> None:
    found = with_dropped(
        trials("loss", {A: [0.1, 0.2, 0.3], B: [0.2, 0.2, 0.2], C: [0.9, 0.9], D: [0.8, 0.7]}), OUT, "loss"
    )
    assert [trial.candidate for trial in found][2:] == [D, C, E]


def test_with_nothing_to_adjust_by_a_mean_is_that_of_its_scores() -> None:
    found = with_dropped(trials(scores={C: [0.6, 0.56], D: [0.7, 0.62]}), OUT, "accuracy")
    assert [trial.mean for trial in found] == [pytest.approx(0.66), pytest.approx(0.58), None]


def test_what_has_all_its_scores_stays_as_it_is() -> None:
    whole = trials(scores={**SCORES, C: [0.6, 0.56, 0.5]})
    found = with_dropped(whole, {C: OUT[C]}, "accuracy")
    assert found == whole
    assert with_dropped(whole, {}, "accuracy") == whole


def test_they_are_in_no_tie_set() -> None:
    found = tie_set(with_dropped(trials(), OUT, "accuracy"), "accuracy", 1 / 3)
    assert found.n_compared == 2
    assert {trial.candidate for trial in found.trials} == {A, B}


def test_what_is_said_of_them() -> None:
    assert dropped_text(Dropped(2, 5, "folds", 0.031, 0.006)) == "out after 2 of 5 folds, behind by 0.0310 ± 0.0060"
    assert dropped_text(Dropped(3, 15, "fits", 0.5)) == "out after 3 of 15 fits, behind by 0.5000"
    assert dropped_text(Dropped(1, 3)) == "out after 1 of 3 folds"
    texts = [status_text(trial) for trial in with_dropped(trials(), OUT, "accuracy")]
    assert texts[1:4] == ["ok", "out after 2 of 3 folds, behind by 0.1900 ± 0.0100",
                          "out after 2 of 3 folds, behind by 0.2700 ± 0.0100"]  # fmt: skip
