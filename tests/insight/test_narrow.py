"""A narrower space: valid whatever was searched, around the best trials, and within what parameters allow."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scored import scored, space_of
from support.strategies import space_documents
from support.trials import diverged, fit_result, trials_of

from kerasgrid.axes.axis import Distribution
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.errors import RunError
from kerasgrid.insight.noise import fit_variance
from kerasgrid.insight.ranges import ends, misfit, top_trials, varies
from kerasgrid.insight.ranking import rank_trials
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.spec import Space, space_from_dict


def narrow(params: Any, best: dict[str, Any], *, top: int = 1, trials: int = 60, **changes: Any) -> Any:
    """Narrow a space around one spot: the nearer to it, the better a trial."""
    strategy = changes.pop("strategy", "random")
    extra = {"trials": trials} if strategy == "random" else {}
    space = space_of(params, strategy=strategy, **extra, **changes)

    def score(candidate) -> float:  # type: ignore[no-untyped-def]
        distance = 0.0
        for name, value in best.items():
            here = candidate.get(name)
            if isinstance(value, float):
                distance += abs(math.log((here + 1e-12) / value))
            else:
                distance += here != value
        return -distance

    return space.narrowed(scored(space, score), top).params


def test_a_distribution_is_narrowed_in_the_logarithm() -> None:
    low_high = narrow({"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1e-1}}}, {"learning_rate": 1e-3}, top=5)
    bounds = low_high["learning_rate"]["log_uniform"]
    assert 1e-4 < bounds["low"] < 1e-3 < bounds["high"] < 1e-2
    assert math.log(bounds["high"] / 1e-3) == pytest.approx(math.log(1e-3 / bounds["low"]), rel=0.6)


def test_an_end_at_which_the_best_sits_is_widened() -> None:
    rates = {"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1e-2}}}
    bounds = narrow(rates, {"learning_rate": 0.5}, top=5, trials=200)["learning_rate"]["log_uniform"]
    assert 0.02 < bounds["high"] < 0.05
    bounds = narrow(rates, {"learning_rate": 1e-9}, top=5, trials=200)["learning_rate"]["log_uniform"]
    assert 2e-7 < bounds["low"] < 5e-7


def test_an_end_is_widened_only_as_far_as_the_parameter_goes() -> None:
    rates = {"dropout": {"uniform": {"low": 0.05, "high": 0.98}}}
    assert narrow(rates, {"dropout": 0.99}, trials=300)["dropout"]["uniform"]["high"] == pytest.approx(0.99)
    assert narrow(rates, {"dropout": 0.0001}, trials=300)["dropout"]["uniform"]["low"] == 0.0
    assert narrow({"dropout": [0.0, 0.1, 0.9]}, {"dropout": 0.9}, strategy="grid")["dropout"] == [0.5, 0.9, 0.95]
    assert narrow({"kernel_size": [2, 3, 5]}, {"kernel_size": 5}, strategy="grid", model="cnn")["kernel_size"] == [4, 5]
    sizes = {"kernel_size": {"int_uniform": {"low": 2, "high": 5}}}
    assert narrow(sizes, {"kernel_size": 5}, model="cnn")["kernel_size"]["int_uniform"]["high"] == 5


@pytest.mark.parametrize(
    ("choices", "best", "expected"),
    [
        ([0.001, 0.01, 0.1], 0.01, [0.0032, 0.01, 0.032]),
        ([0.001, 0.01, 0.1], 0.1, [0.032, 0.1, 1.0]),
        ([0.1, 0.01, 0.001], 0.001, [0.0001, 0.001, 0.0032]),
        ([0.2, 0.3, 0.4], 0.3, [0.25, 0.3, 0.35]),
    ],
)
def test_choices_of_numbers(choices: list[float], best: float, expected: list[float]) -> None:
    params = narrow({"learning_rate": choices}, {"learning_rate": best}, strategy="grid")
    assert params["learning_rate"] == pytest.approx(expected)


def test_a_step_beyond_what_numbers_hold_is_not_made() -> None:
    narrower = narrow({"weight_decay": [5e-324, 1.0]}, {"weight_decay": 1.0}, strategy="grid")
    assert narrower["weight_decay"] == [2.2e-162, 1.0]
    rates = {"learning_rate": [5e-324, 0.001, 0.1]}
    assert narrow(rates, {"learning_rate": 1e-300}, strategy="grid")["learning_rate"] == 5e-324


def test_choices_of_whole_numbers_stay_whole() -> None:
    assert narrow({"batch_size": [16, 64, 256]}, {"batch_size": 64}, strategy="grid")["batch_size"] == [32, 64, 128]
    assert narrow({"batch_size": [16, 32, 64]}, {"batch_size": 32}, strategy="grid")["batch_size"] == 32
    assert narrow({"epochs": [10, 11, 12]}, {"epochs": 11}, strategy="grid")["epochs"] == 11
    assert narrow({"epochs": [5, 10, 15]}, {"epochs": 15}, strategy="grid")["epochs"] == [12, 15, 20]
    bounds = narrow({"epochs": {"int_log_uniform": {"low": 1, "high": 100}}}, {"epochs": 10.0}, top=3)["epochs"]
    assert set(map(type, bounds["int_log_uniform"].values())) == {int}


@pytest.mark.parametrize("layers", [[0, 1], [0, 1, 2], [0, 2, 4]])
@pytest.mark.parametrize("best", [(), (16,), (16, 16), (32,) * 4])
def test_none_is_no_power_of_two(layers: list[int], best: tuple[int, ...]) -> None:
    sizes = {"layers": layers, "units": [16, 32]}
    found = narrow({"hidden_units": sizes}, {"hidden_units": best}, strategy="grid")["hidden_units"]["layers"]
    assert set(layers) & set(found if isinstance(found, list) else [found])
    names = {"one_hot_max": [0, 1, 8]}
    assert narrow(names, {"one_hot_max": 1}, strategy="grid")["one_hot_max"] == [1, 4]


def test_categories_stay_when_one_of_the_best_has_them_or_is_tied() -> None:
    space = space_of({"activation": ["relu", "tanh", "selu"], "hidden_units": [[8], [16, 8]], "batch_norm": True})

    def score(candidate) -> float:  # type: ignore[no-untyped-def]
        return {"relu": 0.9, "tanh": 0.9, "selu": 0.5}[candidate["activation"]] - 0.1 * len(candidate["hidden_units"])

    found = space.narrowed(scored(space, score), 1)
    assert found.name == "made_narrow"
    assert found.params == {"activation": ["relu", "tanh"], "hidden_units": [[8]], "batch_norm": True}
    kept = []
    for seed in range(6):
        noisy = scored(space, score, n_folds=3, noise=0.2, seed=seed)
        variance = fit_variance(noisy)
        assert variance is not None
        least = noisy[0].mean - math.sqrt(2 * variance / 3)  # type: ignore[operator]
        tied = {trial.candidate["activation"] for trial in noisy if trial.mean >= least}
        kept.append(space.narrowed(noisy, 1).params["activation"])
        assert set(kept[-1]) == tied
    assert {len(names) for names in kept} >= {1, 2}


def test_objects_and_models_without_one_of_the_best_go() -> None:
    params = [
        {"learning_rate": [0.001, 0.01], "kernel_size": [3, 5]},
        {"model": "mlp", "learning_rate": [0.1, 0.2, 0.3], "dropout": 0.5},
    ]
    space = space_of(params, model=["mlp", "cnn"])
    best = space.narrowed(scored(space, lambda c: c["learning_rate"]), 3)
    assert best.params == [{"model": "mlp", "learning_rate": [0.1, 0.2, 0.3], "dropout": 0.5}]
    cnn = space.narrowed(
        scored(space, lambda c: 9.0 * (c["model"] == "cnn") + c["learning_rate"] - c.get("kernel_size", 0)), 1
    )
    assert cnn.params == [{"model": "cnn", "learning_rate": [0.01, 0.1], "kernel_size": [3, 4]}]
    mlp = space.narrowed(scored(space, lambda c: 1.0 * ("kernel_size" not in c) - c["learning_rate"]), 1)
    assert mlp.params == [{"model": "mlp", "learning_rate": [0.0001, 0.001]}]


def test_of_few_trials_the_better_half_counts() -> None:
    space = space_of({"hidden_units": [[16], [32]], "learning_rate": [0.001, 0.01]})
    assert space.narrowed(scored(space, lambda c: c["learning_rate"])).params["learning_rate"] == [0.01, 0.1]
    rates = {"learning_rate": {"log_uniform": {"low": 1e-6, "high": 1.0}}}
    drawn = space_of(rates, strategy="random", trials=4)
    trials = scored(drawn, lambda c: -abs(math.log10(c["learning_rate"]) + 3))
    bounds = drawn.narrowed(trials).params["learning_rate"]["log_uniform"]
    left_out = [trial.candidate["learning_rate"] for trial in trials[2:]]
    assert not any(bounds["low"] <= rate <= bounds["high"] for rate in left_out)


def test_towards_a_value_that_always_diverged_nothing_is_added() -> None:
    rates = [0.001, 0.01, 1e3, 1e6]
    space = space_of({"learning_rate": rates, "activation": ["relu", "tanh"]})
    tried = candidates(space)
    results = [
        diverged(c, 0) if c["learning_rate"] > 1 else fit_result(c, 0, 0.5 + 10 * c["learning_rate"]) for c in tried
    ]
    assert space.narrowed(trials_of(tried, results, 1), 1).params["learning_rate"] == [0.0032, 0.01]
    # One good trial there makes it a neighbour again.
    results[2] = fit_result(tried[2], 0, 0.1)
    assert tried[2].get("learning_rate") == 1e3
    assert space.narrowed(trials_of(tried, results, 1), 1).params["learning_rate"] == [0.0032, 0.01, 3.2]
    only = [fit_result(c, 0, 0.5) if c["learning_rate"] == 0.001 else diverged(c, 0) for c in tried]
    assert space.narrowed(trials_of(tried, only, 1), 1).params["learning_rate"] == [0.0001, 0.001]


def test_of_a_confirmed_trial_and_another_each_has_its_own_error() -> None:
    space = space_of({"activation": ["relu", "tanh", "selu"]})
    tried = candidates(space)
    scores = {"relu": (0.90, 0.92, 0.94), "tanh": (0.885, 0.915, 0.943), "selu": (0.50, 0.54, 0.52)}
    results = [fit_result(c, fold, scores[c["activation"]][fold]) for c in tried for fold in range(3)]
    assert space.narrowed(trials_of(tried, results), 1).params["activation"] == ["relu", "tanh"]
    more = [fit_result(tried[0], fold, scores["relu"][fold], repeat=n) for fold in range(3) for n in range(1, 9)]
    ranked = rank_trials(tried, [*results, *more], metric="accuracy", n_folds=3, confirmed={tried[0]: 9})
    variance = fit_variance(ranked)
    assert variance is not None
    assert math.sqrt(2 * variance / 27) < 0.92 - 2.743 / 3 < math.sqrt(variance / 27 + variance / 3)
    assert space.narrowed(ranked, 1).params["activation"] == ["relu", "tanh"]


def test_the_rest_of_the_space_stays() -> None:
    space = space_of({"learning_rate": [0.1, 0.2]}, seed=3, cv=4, metric="loss", description="d")
    found = space.narrowed(scored(space, lambda c: c["learning_rate"])).to_dict()
    assert {**found, "name": "made", "params": space.params} == space.to_dict()


def test_a_long_name_stays_within_its_limit() -> None:
    space = space_of({"learning_rate": [0.1, 0.2]}).changed(name="x" * 100)
    assert space.narrowed(scored(space, lambda c: 1.0)).name == "x" * 93 + "_narrow"


def test_without_any_score_there_is_nothing_to_narrow_to() -> None:
    space = space_of({"learning_rate": [0.1, 0.2]})
    message = r"^made: no trial has a score \(there is nothing to narrow the space to\)$"
    with pytest.raises(RunError, match=message):
        space.narrowed(trials_of(candidates(space), [diverged(candidates(space)[0], 0)]))


@given(st.data(), st.sampled_from(["grid", "random"]), st.integers(1, 6))
def test_every_space_narrows_to_a_valid_one_around_its_best(data: st.DataObject, strategy: str, top: int) -> None:
    space = space_from_dict(data.draw(space_documents(strategy)))
    if strategy == "grid" and (grid_size(space) or 0) > 60:
        space = space.changed(strategy="random", trials=20)
    tried = candidates(space)
    drawn = data.draw(st.lists(st.integers(0, 5), min_size=len(tried), max_size=len(tried)))
    values = dict(zip(tried, drawn, strict=True))
    trials = scored(tried, lambda c: float(values[c]))
    found = space.narrowed(trials, top)
    assert space_from_dict(json.loads(found.to_json())) == found
    assert candidates(found)
    if space.strategy == "grid":
        assert grid_size(found) <= grid_size(space)  # type: ignore[operator]
    for trial in top_trials(trials, top):
        assert any(_covers(found, space, block, trial) for block in found.blocks)


def _covers(found: Space, space: Space, block: Any, trial: Any) -> bool:
    """Whether a block's ranges and categories hold a trial; numbers between choices may have been left out."""
    candidate = trial.candidate
    if candidate.get("model", "mlp") != block.model or set(candidate) != {*block.axes, "model"}:
        return False
    for name, axis in block.axes.items():
        value = candidate[name]
        parameter = PARAMETERS[name]
        if isinstance(axis, Distribution) or varies(axis):
            low, high = ends(axis)
            if not low <= value <= high:
                return False
            assert parameter.normalise(low, name) == low
            assert parameter.normalise(high, name) == high
        elif value not in axis.values:
            return False
    return misfit(candidate, block) == 0
