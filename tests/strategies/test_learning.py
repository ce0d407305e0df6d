"""Strategies that learn: an even start, better candidates than chance finds, and functions of results alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest
from support.scored import space_of
from support.strategy_contract import TASK, driven, trials_by
from support.trials import fit_result, noise, trials_of

from kerasgrid.axes.axis import Choices, Distribution
from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import SpaceError
from kerasgrid.space.spec import space_from_dict
from kerasgrid.strategies.bayes import Bayes, _noise_of
from kerasgrid.strategies.learning import Known, _by_value
from kerasgrid.strategies.moves import evenly, near, near_value
from kerasgrid.strategies.points import Cube
from kerasgrid.strategies.strategy import Strategy

AXES: dict[str, Any] = {
    "learning_rate": {"log_uniform": {"low": 1e-5, "high": 1.0}},
    "dropout": {"uniform": {"low": 0.0, "high": 0.8}},
    "hidden_units": [[16], [64], [256], [16, 16], [64, 64], [256, 256]],
    "activation": ["relu", "tanh", "sigmoid"],
    "batch_size": [16, 64, 256, 1024],
}


def strategy(name: str = "bayes", params: Any = AXES, **keys: Any) -> Strategy:
    return space_of(params, strategy=name, **keys).tried


def quality(candidate: Candidate) -> float:
    """A smooth hill with a ridge between learning rate and batch size, and two bad choices."""
    rate, size = math.log10(float(candidate["learning_rate"])), math.log2(int(candidate["batch_size"]))  # type: ignore[arg-type]
    score = 0.95 - 0.1 * (rate + 2.5 - 0.2 * (size - 7)) ** 2
    score -= 0.5 * (float(candidate["dropout"]) - 0.2) ** 2 + 0.05 * (candidate["activation"] == "sigmoid")  # type: ignore[arg-type]
    return score - 0.02 * (len(candidate["hidden_units"]) == 1)  # type: ignore[arg-type]


def found(name: str, trials: int, seed: int) -> float:
    """The true quality of the winner of a search whose fits are noisy."""
    tried = strategy(name, trials=trials, seed=seed, **({} if name == "random" else {"per_round": 6}))
    batches: list[tuple[Candidate, ...]] = []
    while True:
        round_of = {candidate: number for number, batch in enumerate(batches, start=1) for candidate in batch}
        results = [
            fit_result(one, fold, quality(one) + 0.01 * (noise(one.id, fold) - 0.5) + 0.02 * noise("fold", fold))
            for one in round_of
            for fold in range(3)
        ]
        trials_ = [replace(t, round=round_of[t.candidate]) for t in trials_of(list(round_of), results)]
        batch = tried.next(trials_, TASK)
        if not batch:
            return quality(trials_[0].candidate)
        batches.append(batch)


@pytest.mark.parametrize("name", ["bayes", "tpe"])
def test_fewer_trials_find_what_chance_finds_with_more(name: str) -> None:
    learnt, drawn = ([found(kind, n, seed) for seed in range(3)] for kind, n in ((name, 40), ("random", 80)))
    assert median(learnt) >= median(drawn)


def test_harmonies_get_better() -> None:
    batches = driven(strategy("harmony", trials=60, start=10, memory_size=6), quality)
    means = [float(np.mean([quality(one) for one in part])) for part in (batches[0], sum(batches[-5:], ()))]
    assert means[1] > means[0] + 0.1


def test_harmonies_of_few_trials_remember_them_all() -> None:
    few = space_of(AXES, strategy="harmony", trials=5, start=2, per_round=2)
    assert [len(batch) for batch in driven(few.tried, quality)] == [2, 2, 1]
    # As a run keeps it, and as an option changes it.
    assert space_from_dict(few.to_dict()) == few
    fewer = few.changed(trials=3)
    assert [len(batch) for batch in driven(fewer.tried, quality)] == [2, 1]
    usual, told = (strategy("harmony", trials=20, start=12, **more) for more in ({}, {"memory_size": 10}))
    assert driven(usual, quality) == driven(told, quality)


def test_the_start_is_even() -> None:
    params = {
        "learning_rate": {"log_uniform": {"low": 1e-4, "high": 1.0}},
        "dropout": {"uniform": {"low": 0, "high": 0.5}},
    }
    blocks = strategy(params=params).blocks
    drawn = evenly(blocks, 64, seed=3)
    points = np.array([[math.log10(c["learning_rate"]) / 4 + 1, c["dropout"] / 0.5] for c in drawn])  # type: ignore[arg-type, operator]
    counts = np.histogram2d(*points.T, bins=4, range=[[0, 1], [0, 1]])[0]
    # 64 numbers drawn at random would leave 0 to 10 in such a sixteenth.
    assert counts.min() >= 2
    assert counts.max() <= 6
    assert evenly(blocks, 20, seed=3) == drawn[:20]
    assert evenly(blocks, 20, seed=4) != drawn[:20]
    assert set(evenly(strategy(params={"activation": ["relu", "tanh"]}).blocks, 10, 0)) == {
        Candidate({"model": "mlp", "activation": name}) for name in ("relu", "tanh")
    }


def test_the_start_may_be_given() -> None:
    start = [{"learning_rate": 0.01, "activation": "tanh"}, {}]
    first = strategy(start=start).next((), TASK)
    usual = {"batch_size": 16, "dropout": 0.4, "hidden_units": (16,), "model": "mlp"}
    assert [dict(candidate) for candidate in first] == [
        {**usual, "activation": "tanh", "learning_rate": 0.01},
        {**usual, "activation": "relu", "learning_rate": 0.00316228},
    ]
    assert strategy(start=start).batch_sizes[:2] == (2, 4)


def test_the_middle_of_depth_and_width_is_that_of_both() -> None:
    sizes = {"layers": {"int_uniform": {"low": 1, "high": 5}}, "units": {"int_uniform": {"low": 10, "high": 30}}}
    assert strategy(params={"hidden_units": sizes}, start=[{}]).next((), TASK)[0]["hidden_units"] == (20, 20, 20)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([{"epochs": 3}], "start[0]: must have axes of the space alone, got epochs (params says which there are)"),
        ([{}, {"dropout": [0.1, 0.2]}], "start[1].dropout: must be one value, got 2 of them"),
        ([{"dropuot": 1}], "start[0].dropuot: there is no such parameter (did you mean dropout?)"),
        (
            [{"model": "cnn"}],
            "start[0]: must have axes of the space alone, got model cnn (params says which there are)",
        ),
    ],
)
def test_a_wrong_start_is_told(start: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        strategy(start=start)


def test_points_are_scaled_and_tell_what_is_alike() -> None:
    tried = evenly(strategy().blocks, 30, 0)
    points = Cube(strategy().blocks, tried).points(tried)
    assert points.shape == (30, 1 + 1 + 3 + 3 + 1)
    assert points.min() >= 0
    assert points.max() <= 1

    def at(**changes: Any) -> Any:
        usual = {"learning_rate": 1e-5, "dropout": 0.0, "hidden_units": (16,), "activation": "relu", "batch_size": 16}
        return Cube(strategy().blocks, tried).points([Candidate({"model": "mlp", **usual, **changes})])[0]

    def far(**changes: Any) -> float:
        return float(np.linalg.norm(at(**changes) - at()))

    assert far(learning_rate=1.0) == pytest.approx(1) == far(batch_size=1024) == far(activation="tanh")
    assert far(learning_rate=10**-2.5) == pytest.approx(0.5)
    assert far(hidden_units=(64,)) < far(hidden_units=(256,)) < far(hidden_units=(256, 256))


def test_steps_are_small_and_stay_inside() -> None:
    rng = Random(0)
    rate = Distribution("log_uniform", 1e-4, 1.0, as_float=True)
    steps = [abs(math.log10(near_value(rate, 0.01, rng, 0.05) / 0.01)) for _ in range(300)]  # type: ignore[operator]
    assert 0.1 < median(steps) < 0.2
    assert all(1e-4 <= near_value(rate, 1e-4, rng, 0.5) <= 1 for _ in range(100))  # type: ignore[operator]
    assert {near_value(Choices((1, 2, 3, 4)), 2, rng, 0.1) for _ in range(50)} == {1, 3}
    assert {near_value(Choices(("a", "b", "c")), "a", rng, 0.1) for _ in range(50)} == {"b", "c"}
    start = evenly(strategy().blocks, 1, 0)[0]
    moved = [near(start, strategy().blocks, rng, 0.1) for _ in range(50)]
    assert all(one is not None and one != start and one.keys() == start.keys() for one in moved)
    assert near(Candidate({"model": "cnn"}), strategy().blocks, rng, 0.1) is None


def test_the_direction_is_that_of_the_ranks() -> None:
    ranked = trials_by([list(evenly(strategy().blocks, 3, 0))])
    best, middling, lost = ranked[0], ranked[1], replace(ranked[2], mean=None)
    accuracies = [replace(best, mean=0.9), lost, replace(middling, mean=0.7)]
    assert _by_value(accuracies)[1] == (0.9, 0.7, 0.7)
    losses = [replace(best, mean=0.1), lost, replace(middling, mean=0.3)]
    assert _by_value(losses)[1] == (-0.1, -0.3, -0.3)
    assert _by_value(losses)[0][2] is lost


def test_what_a_fold_is_worth_to_all_is_no_noise() -> None:
    tried = list(evenly(strategy().blocks, 20, 0))

    def known(spread: float) -> Known:
        scores = {(c, f): 0.8 + 0.1 * f + spread * (noise(c.id, f) - 0.5) for c in tried for f in range(3)}
        trials = trials_of(tried, [fit_result(c, f, s) for (c, f), s in scores.items()])
        return Known(*_by_value(trials), 2, 4, TASK)

    assert _noise_of(known(0.0)) == pytest.approx(np.zeros(20), abs=1e-12)
    # A uniform number of width 0.12 has a variance of 0.0012, the mean of three a third of it.
    assert float(_noise_of(known(0.12)).mean()) == pytest.approx(0.0004, rel=0.3)


def test_with_one_fold_the_process_finds_the_noise_itself() -> None:
    batches = driven(strategy(trials=16, start=8), quality)
    assert [len(batch) for batch in batches] == [8, 4, 4]


def test_only_bayes_is_remembered_of_our_own() -> None:
    assert Bayes.is_remembered
    assert not type(strategy("harmony")).is_remembered


def test_tpe_without_optuna_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[..., Any] = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name == "optuna" else find(name, *rest))
    message = "strategy: the strategy tpe needs Optuna (pip install 'kerasgrid[optuna]', or the strategy bayes)"
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        strategy("tpe")
