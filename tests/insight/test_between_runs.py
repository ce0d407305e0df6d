"""Runs held against each other: who is told apart, and who is not."""

from __future__ import annotations

import numpy as np
import pytest

from kerasgrid.insight.between_runs import Compared, on_other_folds, on_the_same_folds

Table = list[list[float | None]]


def table(*means: float, n: int = 5, seed: int = 0, block: float = 0.0, noise: float = 0.01) -> Table:
    rng = np.random.default_rng(seed)
    blocks = block * np.random.default_rng(99).standard_normal(n)
    return [list((mean + blocks + noise * rng.standard_normal(n)).tolist()) for mean in means]


def test_a_run_that_is_clearly_better_is_ahead() -> None:
    good, bad = table(0.9, 0.8, block=0.05), table(0.7, 0.6, seed=1, block=0.05)
    assert on_the_same_folds([good, bad], 0.2) == Compared(("ahead", "behind"))
    assert on_the_same_folds([bad, good], 0.2) == Compared(("behind", "ahead"))
    assert on_other_folds([good, bad], [0.2, 0.2]) == Compared(("ahead", "behind"))


def test_the_same_candidate_is_as_good_as_itself() -> None:
    one = table(0.9, 0.85)
    assert on_the_same_folds([one, one[:1]], 0.2).standings == ("tied", "tied")
    assert on_other_folds([one, one], [0.2, 0.2]).standings == ("tied", "tied")


def test_two_of_three_may_be_best() -> None:
    one, two, three = table(0.9, seed=1), table(0.9, seed=2), table(0.5, seed=3)
    assert on_the_same_folds([one, two, three], 0.2).standings == ("tied", "tied", "behind")
    assert on_other_folds([one, two, three], [0.2] * 3).standings == ("tied", "tied", "behind")


def test_other_folds_tell_less_than_the_same() -> None:
    good, bad = table(0.9, seed=1, block=0.05), table(0.85, seed=2, block=0.05)
    assert on_the_same_folds([good, bad], 0.2).standings == ("ahead", "behind")
    assert on_other_folds([good, bad], [0.2, 0.2]).standings == ("tied", "tied")


def test_one_score_a_trial_tells_nothing() -> None:
    one, two = table(0.9, n=1), table(0.1, n=1)
    assert on_the_same_folds([one, two], 0.2) == Compared(("tied", "tied"), "each trial has one score only")
    assert on_other_folds([one, two], [0.2, 0.2]) == Compared(("tied", "tied"), "a run has one score a trial only")


def test_what_is_missing_is_left_out() -> None:
    good, bad = table(0.9, 0.8), table(0.5, 0.4, seed=1)
    good[1][2] = None
    assert on_the_same_folds([good, bad], 0.2).standings == ("ahead", "behind")
    assert on_other_folds([good, bad], [0.2, 0.2]).standings == ("ahead", "behind")


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("sizes", [(1, 1), (1, 30), (8, 8)])
def test_runs_that_do_not_differ_are_hardly_ever_told_apart(sizes: tuple[int, int], same: bool) -> None:
    rng, apart, n = np.random.default_rng(7), 0, 120
    for _ in range(n):
        blocks = rng.standard_normal((2, 5))
        tables = []
        for run, size in enumerate(sizes):
            # Fits of one candidate share most of their samples.
            own = np.sqrt(0.2) * rng.standard_normal((size, 1))
            noise = np.sqrt(0.8) * rng.standard_normal((size, 5))
            tables.append((own + noise + blocks[0 if same else run]).tolist())
        found = on_the_same_folds(tables, 0.2) if same else on_other_folds(tables, [0.2, 0.2])
        apart += "ahead" in found.standings
    # 5%, and two standard errors of so few pairs.
    assert apart / n <= 0.05 + 2 * (0.05 * 0.95 / n) ** 0.5
