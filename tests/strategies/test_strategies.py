"""Every strategy of the table keeps what a search relies on."""

from __future__ import annotations

from typing import ClassVar

from support.strategy_contract import StrategyContract

from kerasgrid.strategies.table import STRATEGIES

AXES = {"learning_rate": [0.001, 0.01, 0.1], "activation": ["relu", "tanh"]}
RATES = {"learning_rate": {"log_uniform": {"low": 1e-5, "high": 1.0}}, "activation": ["relu", "tanh"]}

START = "must be a whole number of at least 1, or a list of objects of one value for each parameter"


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


class TestBayes(StrategyContract):
    document: ClassVar = {"strategy": "bayes", "trials": 14, "per_round": 3, "start": 6, "params": RATES}
    wrong: ClassVar = {
        "trials": (0, "trials: must be at least 1, got 0"),
        "per_round": (0, "per_round: must be at least 1, got 0"),
        "start": ("all", f'start: {START}, got "all"'),
    }


class TestBayesOfSeveralModels(StrategyContract):
    document: ClassVar = {
        "strategy": "bayes",
        "trials": 12,
        "per_round": 5,
        "start": [{"learning_rate": 0.01}, {"model": "cnn", "learning_rate": 0.1}],
        "model": ["mlp", "cnn"],
        "params": [RATES, AXES],
    }
    wrong: ClassVar = TestBayes.wrong | {"start": ([3], f"start: {START}, got [3]")}


class TestBayesOfASmallSpace(StrategyContract):
    document: ClassVar = {"strategy": "bayes", "trials": 40, "per_round": 2, "start": 2, "params": AXES}
    wrong: ClassVar = TestBayes.wrong | {"start": (0, f"start: {START}, got 0")}


class TestTPE(StrategyContract):
    document: ClassVar = {"strategy": "tpe", "trials": 14, "per_round": 3, "start": 6, "params": RATES}
    wrong: ClassVar = TestBayes.wrong


class TestTPEOfSeveralModels(TestBayesOfSeveralModels):
    document: ClassVar = {**TestBayesOfSeveralModels.document, "strategy": "tpe"}


class TestHarmony(StrategyContract):
    document: ClassVar = {
        "strategy": "harmony",
        "trials": 17,
        "per_round": 3,
        "start": 6,
        "memory_size": 4,
        "memory_rate": 0.8,
        "pitch_rate": 0.5,
        "bandwidth": 0.2,
        "params": RATES,
    }
    wrong: ClassVar = TestBayes.wrong | {
        "memory_size": (18, "memory_size: must be at most the number of trials, 17, got 18"),
        "memory_rate": (1.5, "memory_rate: must be at most 1, got 1.5"),
        "pitch_rate": (-0.5, "pitch_rate: must be at least 0, got -0.5"),
        "bandwidth": (0, "bandwidth: must be above 0, got 0"),
    }


class TestHarmonyOfASmallSpace(StrategyContract):
    document: ClassVar = {**TestHarmony.document, "params": AXES}
    wrong: ClassVar = TestHarmony.wrong


def test_every_strategy_is_tried_here() -> None:
    cases = [case for case in globals().values() if isinstance(case, type) and issubclass(case, StrategyContract)]
    assert {case.document["strategy"] for case in cases if case is not StrategyContract} == set(STRATEGIES)
