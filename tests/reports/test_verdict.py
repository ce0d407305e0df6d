"""The verdict at the top of a page: which trial to take, in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.trials import failed, fit_result, grid, made_run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.reports.text.verdict import verdict

BEST = (0.90, 0.91, 0.92, 0.93, 0.94)
NEAR = (0.91, 0.90, 0.93, 0.92, 0.93)
FAR = (0.50, 0.51, 0.52, 0.53, 0.54)


def ranked(*rows: tuple[float, ...], wide: bool = False) -> list[Trial]:
    more = {f"axis_{n}": n for n in range(6)} if wide else {}
    candidates = [Candidate({"x": n, **{name: value + n for name, value in more.items()}}) for n in range(len(rows))]
    results = [
        fit_result(candidate, fold, score)
        for candidate, row in zip(candidates, rows, strict=True)
        for fold, score in enumerate(row)
    ]
    trials = rank_trials(candidates, results, metric="accuracy", n_folds=5)
    return [replace(trial, mean_seconds=1.5) for trial in trials]


def said(trials: list[Trial], **changes: object) -> str:
    return verdict(made_run(trials, n_folds=5, **changes))


def test_a_winner_beyond_noise() -> None:
    assert said(ranked(BEST, FAR)) == "x 0 is better than the other, with 95% confidence."
    assert said(ranked(BEST, FAR, FAR)) == "x 0 is better than the 2 others, with 95% confidence."


def test_others_that_may_be_as_good() -> None:
    assert said(ranked(BEST, NEAR)) == (
        "x 0 is best, but the other cannot be told from it, with 95% confidence. It is not cheaper."
    )
    assert said(ranked(BEST, NEAR, NEAR, FAR)) == (
        "x 0 is best, but 2 of the 3 others cannot be told from it, with 95% confidence. None of them is cheaper."
    )
    assert said(ranked(BEST, NEAR, NEAR)) == (
        "x 0 is best, but none of the 2 others can be told from it, with 95% confidence. None of them is cheaper."
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"n_parameters": 330}, "x 1, which has 33% of its size (330 parameters)."),
        ({"n_parameters": 998}, "x 1, which is a little smaller (998 parameters)."),
        ({"mean_seconds": 0.3}, "x 1, which takes 20% of its time."),
    ],
)
def test_a_cheaper_one_is_named(changes: dict[str, float], told: str) -> None:
    one, two = ranked(BEST, NEAR)
    trials = [one, replace(two, **changes)]  # type: ignore[arg-type]
    assert said(trials).endswith(f"with 95% confidence. As good, for all that is known: {told}")


def test_many_parameters_are_left_to_the_table() -> None:
    one, two = ranked(BEST, NEAR, wide=True)
    assert said([one, replace(two, n_parameters=10)]) == (
        "The other cannot be told from the best trial, with 95% confidence. As good, for all that is known: rank 2, "
        "which has 1% of its size (10 parameters)."
    )
    assert said(ranked(BEST, FAR, wide=True)).startswith("The best trial is better than the other")


def test_who_left_a_race_is_not_counted() -> None:
    trials = ranked(BEST, NEAR, FAR)
    trials[2] = replace(trials[2], dropped=Dropped(2, 5, 0.4, 0.01))
    assert "but the other that stayed in the race cannot be told from it" in said(trials)


def test_runs_that_tell_nothing() -> None:
    assert said(ranked(BEST)) == "It is the only trial with a score."
    candidates = grid({"x": [1, 2]})
    lost = rank_trials(candidates, [failed(one, 0) for one in candidates], metric="accuracy", n_folds=5)
    assert said(lost) == "No trial has a score."
    single = rank_trials(candidates, [fit_result(one, 0, 0.5) for one in candidates], metric="accuracy", n_folds=1)
    assert verdict(made_run(single, n_folds=1, held_out_share=0.2)).startswith("Too few fits to tell which trial is")
