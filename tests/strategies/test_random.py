"""The rounds of a random search: from coarse to fine, each by the results of those before."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

import pytest
from support.scored import space_of
from support.strategy_contract import TASK, driven, lost, trials_by

from kerasgrid.axes.candidate import Candidate
from kerasgrid.strategies.strategy import Strategy

BEST = 3e-3
RATES = {"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1.0}}, "activation": ["relu", "tanh"]}


def rounds(trials: int = 24, n: int = 3, **changes: object) -> Strategy:
    return space_of(changes.pop("params", RATES), strategy="random", trials=trials, rounds=n, **changes).tried


def distance(candidate: Candidate) -> float:
    return abs(math.log10(float(str(candidate["learning_rate"])) / BEST))


def near(candidate: Candidate) -> float:
    return -distance(candidate)


def test_each_round_is_nearer_to_the_best() -> None:
    far = [median(map(distance, batch)) for batch in driven(rounds(), near)]
    assert far[0] > 1.5 * far[1] > 1.5 * far[2]


def test_rounds_are_as_equal_as_can_be() -> None:
    assert rounds(10).batch_sizes == (4, 3, 3)
    assert [len(batch) for batch in driven(rounds(10), near)] == [4, 3, 3]


def test_without_any_score_later_rounds_draw_from_the_whole_space() -> None:
    assert [len(batch) for batch in driven(rounds(), lost)] == [8, 8, 8]


def test_more_trials_begin_with_those_of_fewer() -> None:
    assert driven(rounds(24), near)[0][:4] == driven(rounds(12), near)[0]


def test_results_decide_and_nothing_else() -> None:
    first = rounds().next((), TASK)
    one, other = (rounds().next(trials_by([first], score), TASK) for score in (near, lambda c: distance(c)))
    assert set(one).isdisjoint(other)
    assert rounds(seed=1).next((), TASK) != first


def test_trials_must_say_their_round() -> None:
    trials = [replace(trial, round=None) for trial in trials_by([rounds().next((), TASK)])]
    with pytest.raises(ValueError, match=r"^the trials of a search in rounds must say of which round they are$"):
        rounds().next(trials, TASK)


def test_a_narrower_space_has_the_next_seed() -> None:
    assert [rounds(seed=seed).narrowed_seed for seed in (0, 2**32 - 1)] == [1, 0]
