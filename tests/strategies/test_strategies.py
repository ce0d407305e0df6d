"""Every strategy of the table keeps what a search relies on."""

from __future__ import annotations

from typing import ClassVar

from support.strategy_contract import StrategyContract

from kerasgrid.strategies.table import STRATEGIES

AXES = {"learning_rate": [0.001, 0.01, 0.1], "activation": ["relu", "tanh"]}
RATES = {"learning_rate": {"log_uniform": {"low": 1e-5, "high": 1.0}}, "activation": ["relu", "tanh"]}


class TestGrid(StrategyContract):
    document: ClassVar = {"strategy": "grid", "params": AXES}


class TestGridOfObjectsThatOverlap(StrategyContract):
    document: ClassVar = {
        "strategy": "grid",
        "model": ["mlp", "cnn"],
        "params": [AXES, {"model": "mlp", "learning_rate": 0.01}],
    }


class TestGridWithWrittenDefaults(StrategyContract):
    document: ClassVar = {"strategy": "grid", "params": [{}, {"optimizer": ["Adam", "SGD"]}]}


class TestRandom(StrategyContract):
    document: ClassVar = {"strategy": "random", "trials": 9, "rounds": 1, "params": RATES}
    wrong: ClassVar = {
        "trials": (0, "trials: must be at least 1, got 0"),
        "rounds": (10, "rounds: must be at most the number of trials, 9, got 10"),
    }


class TestRandomInRounds(StrategyContract):
    document: ClassVar = {"strategy": "random", "trials": 17, "rounds": 4, "params": RATES}
    wrong: ClassVar = {
        "trials": ("many", 'trials: must be a whole number, got "many"'),
        "rounds": (0, "rounds: must be at least 1, got 0"),
    }


class TestRandomOfASmallSpace(StrategyContract):
    document: ClassVar = {"strategy": "random", "trials": 40, "rounds": 5, "params": AXES}
    wrong: ClassVar = TestRandom.wrong | {"rounds": (41, "rounds: must be at most the number of trials, 40, got 41")}


class TestRandomOfSeveralModels(StrategyContract):
    document: ClassVar = {
        "strategy": "random",
        "trials": 12,
        "rounds": 3,
        "model": ["mlp", "cnn"],
        "params": [RATES, AXES],
    }
    wrong: ClassVar = TestRandomInRounds.wrong


class TestOneFactor(StrategyContract):
    document: ClassVar = {"strategy": "one_factor", "baseline": {"learning_rate": 0.01}, "params": AXES}
    wrong: ClassVar = {"baseline": ({"epoch": 3}, "baseline.epoch: there is no such parameter (did you mean epochs?)")}


class TestList(StrategyContract):
    document: ClassVar = {
        "strategy": "list",
        "candidates": [{"name": "a", "note": "as it was"}, {"name": "b", "params": {"optimizer": "SGD"}}],
        "params": {"epochs": 3},
    }
    wrong: ClassVar = {"candidates": ([], "candidates: must have at least one candidate, got []")}


def test_every_strategy_is_tried_here() -> None:
    cases = [case for case in globals().values() if isinstance(case, type) and issubclass(case, StrategyContract)]
    assert {case.document["strategy"] for case in cases if case is not StrategyContract} == set(STRATEGIES)
