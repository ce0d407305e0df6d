"""Strategies that learn from a given start, which may be beyond the axes."""

from __future__ import annotations

from typing import Any

import pytest
from support.scored import space_of
from support.strategy_contract import TASK, driven, trials_by

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import frozen
from kerasgrid.strategies.strategy import Strategy

LEARNING = ("bayes", "harmony", "tpe")

AXES: dict[str, Any] = {
    "learning_rate": {"log_uniform": {"low": 1e-4, "high": 1e-2}},
    "weight_decay": {"log_uniform": {"low": 1e-4, "high": 1e-2}},
    "optimizer": "AdamW",
    "clipnorm": {"uniform": {"low": 1.0, "high": 5.0}},
    "batch_size": [16, 32, 64],
    "hidden_units": {"layers": [1, 2], "units": {"int_uniform": {"low": 8, "high": 16}}},
}


def strategy(name: str, params: Any = AXES, **keys: Any) -> Strategy:
    return space_of(params, strategy=name, **{"trials": 10, **keys}).tried


def score_of(candidate: Candidate, *_: Any) -> float:
    return float(candidate["learning_rate"])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.parametrize(
    "beyond",
    [
        {"learning_rate": 0.5},
        {"batch_size": 48},
        {"weight_decay": 0.0},
        {"clipnorm": None},
        {"hidden_units": [99, 7]},
        {"optimizer": "SGD"},
    ],
)
def test_a_start_may_be_beyond_the_axes(name: str, beyond: dict[str, Any]) -> None:
    seeded = {"start": [beyond], "per_round": 3}
    batches = driven(strategy(name, **seeded), score_of)
    assert [len(batch) for batch in batches] == [1, 3, 3, 3]
    (key, value), *_ = beyond.items()
    assert batches[0][0][key] == frozen(value)


def test_after_the_axes_shrank_tpe_goes_on_without_what_is_beyond_them() -> None:
    wide = driven(strategy("tpe", start=8), score_of)
    narrow = {**AXES, "learning_rate": {"log_uniform": {"low": 1e-4, "high": 2e-4}}, "batch_size": [16, 32]}
    named = strategy("tpe", narrow, start=8, trials=14).next(trials_by(wide, score_of), TASK)
    assert len(named) == 4
    assert all(candidate["learning_rate"] <= 2e-4 for candidate in named)  # type: ignore[operator]


@pytest.mark.parametrize("name", LEARNING)
def test_a_start_that_is_longer_than_all_trials_is_noted(name: str) -> None:
    start = [{"learning_rate": rate} for rate in (0.001, 0.002, 0.002, 0.003)]
    cut = strategy(name, start=start, trials=2)
    assert cut.note == "start has 3 candidates, trials is 2: the others are not tried"
    assert [len(batch) for batch in driven(cut, score_of)] == [2]
    assert strategy(name, start=start, trials=3).note == ""
    assert strategy(name, start=20, trials=3).note == ""
    assert strategy("random").note == ""
