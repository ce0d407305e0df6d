"""The strategies that name their candidates: one_factor and list."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kerasgrid.errors import SpaceError
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.spec import Space, space_from_dict

BASE: dict[str, Any] = {"name": "mine", "dataset": "digits"}


def one_factor(**changes: Any) -> Space:
    params = {"optimizer": ["SGD", "Adam"], "batch_size": [64, 16, 32], "epochs": 3}
    return space_from_dict({**BASE, "strategy": "one_factor", "params": params, **changes})


TRIALS = [
    {"name": "first", "note": "as it was", "params": {"hidden_units": [64], "batch_size": 16}},
    {"name": "second: batch 32", "params": {"hidden_units": [[64]], "batch_size": 32}},
]


def listed(trials: Any = TRIALS, **changes: Any) -> Space:
    return space_from_dict({**BASE, "strategy": "list", "candidates": trials, **changes})


def refuses(make: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        make()


def plain(space: Space) -> list[dict[str, Any]]:
    return [dict(candidate) for candidate in candidates(space)]


# one_factor


def test_the_first_values_are_the_baseline_and_each_axis_is_varied_alone() -> None:
    space = one_factor()
    base = {"model": "mlp", "optimizer": "SGD", "batch_size": 64, "epochs": 3}
    assert plain(space) == [
        base,
        {**base, "optimizer": "Adam"},
        {**base, "batch_size": 16},
        {**base, "batch_size": 32},
    ]
    assert grid_size(space) == 4
    assert [label.name for label in space.labels.values()] == [
        "baseline", "optimizer Adam", "batch_size 16", "batch_size 32",
    ]  # fmt: skip
    assert [label.axis for label in space.labels.values()] == ["", "optimizer", "batch_size", "batch_size"]


def test_a_baseline_names_other_values_than_the_first() -> None:
    space = one_factor(baseline={"batch_size": 32, "hidden_units": [8, 4]})
    assert plain(space)[0] == {
        "model": "mlp", "optimizer": "SGD", "batch_size": 32, "epochs": 3, "hidden_units": (8, 4),
    }  # fmt: skip
    assert [label.name for label in space.labels.values()] == [
        "baseline", "optimizer Adam", "batch_size 64", "batch_size 16",
    ]  # fmt: skip
    assert space_from_dict(space.to_dict()) == space
    assert "baseline" not in space.changed(strategy="grid").to_dict()


def test_what_stands_together_in_an_object_changes_together() -> None:
    space = one_factor(
        baseline={"optimizer": "SGD", "learning_rate": 0.01, "batch_size": 64},
        params=[{"optimizer": ["Adam", "RMSprop"], "learning_rate": 0.001}, {"batch_size": 16}],
    )
    base = {"model": "mlp", "optimizer": "SGD", "learning_rate": 0.01, "batch_size": 64}
    assert plain(space) == [
        base,
        {**base, "optimizer": "Adam", "learning_rate": 0.001},
        {**base, "optimizer": "RMSprop", "learning_rate": 0.001},
        {**base, "batch_size": 16},
    ]
    labels = list(space.labels.values())
    assert [(label.name, label.note) for label in labels[1:]] == [
        ("optimizer Adam", "with learning_rate 0.001"),
        ("optimizer RMSprop", "with learning_rate 0.001"),
        ("batch_size 16", ""),
    ]


RATES = {"log_uniform": {"low": 0.1, "high": 1.0}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ["mlp", "cnn"]}, 'model: one_factor varies one model, got ["mlp", "cnn"] '
         "(compare models with the strategy grid or list)"),
        ({"params": {"epochs": 3}}, "params: one_factor needs an axis with another value than the baseline's "
         "(give an axis a list of values)"),
        ({"params": {"model": "mlp", "epochs": [1, 2]}}, "params.model: one_factor has its model beside params"),
        ({"params": {"learning_rate": RATES}}, "params.learning_rate.log_uniform: one_factor takes lists, "
         "lin_space or log_space, no distribution (the random strategy draws from one)"),
        ({"baseline": {"epoch": 3}}, "baseline.epoch: there is no such parameter (did you mean epochs?)"),
        ({"baseline": {"epochs": [1, 2]}}, "baseline.epochs: must be one value, got 2 of them"),
        ({"baseline": {"epochs": RATES}}, "baseline.epochs: must be one value, got "
         '{"log_uniform": {"low": 0.1, "high": 1.0}} (axes go with the other strategies)'),
        ({"baseline": {"hidden_units": [[1], [2]]}}, "baseline.hidden_units: must be one value, got 2 of them"),
        ({"baseline": {"model": "cnn"}}, "baseline.model: stands beside params, not here"),
        ({"baseline": 3}, "baseline: must be an object, got 3"),
        ({"strategy": "grid", "baseline": {"epochs": 3}}, "baseline: goes with the strategy one_factor only"),
        ({"rounds": 3}, "rounds: goes with the random strategy only"),
        ({"baseline": {"epochs": 3}, "params": [{"batch_size": [1, 2], "epochs": [1, 2]}]},
         "params[0]: must have one axis, got batch_size, epochs (one object an axis; its single values change "
         "together with it)"),
        ({"params": [{"epochs": [1, 2]}]}, "params[0].epochs: must be in the baseline, too"),
        ({"baseline": {"optimizer": "SGD", "momentum": 0.5}},
         'params.momentum: only SGD, momentum and nesterov take it, got optimizer "Adam"'),
    ],
)  # fmt: skip
def test_what_one_factor_refuses(changes: dict[str, Any], message: str) -> None:
    refuses(lambda: one_factor(**changes), message)


# list


def test_candidates_come_in_order_with_names_and_notes() -> None:
    space = listed(params={"epochs": 5, "batch_size": 8})
    assert plain(space) == [
        {"model": "mlp", "hidden_units": (64,), "batch_size": 16, "epochs": 5},
        {"model": "mlp", "hidden_units": (64,), "batch_size": 32, "epochs": 5},
    ]
    assert [(label.name, label.note) for label in space.labels.values()] == [
        ("first", "as it was"), ("second: batch 32", ""),
    ]  # fmt: skip
    assert space_from_dict(space.to_dict()) == space
    assert space.to_dict()["candidates"][1] == {"name": "second: batch 32", "params": TRIALS[1]["params"]}


def test_a_candidate_may_have_its_own_model() -> None:
    trials = [{"name": "dense"}, {"name": "conv", "params": {"model": "cnn", "conv_filters": [4]}}]
    space = listed(trials, params={"input_dropout": 0.1, "kernel_size": 3})
    assert plain(space) == [
        {"model": "mlp", "input_dropout": 0.1},
        {"model": "cnn", "conv_filters": (4,), "kernel_size": 3},
    ]
    assert space.models == ("mlp", "cnn")


@pytest.mark.parametrize(
    ("trials", "changes", "message"),
    [
        (None, {}, "candidates: is missing (the strategy list tries these)"),
        ([], {}, "candidates: must have at least one candidate, got []"),
        (3, {}, "candidates: must be a list, got 3"),
        ([{"nme": "a"}], {}, "2 problems\n  candidates[0].name: is missing\n"
         "  candidates[0].nme: unknown key (did you mean name?)"),
        ([{"name": "a", "params": {"epoch": 1}}], {},
         "candidates[0].params.epoch: there is no such parameter (did you mean epochs?)"),
        ([{"name": "a", "params": {"epochs": [1, 2]}}], {},
         "candidates[0].params.epochs: must be one value, got 2 of them"),
        ([{"name": "a", "params": {"model": ["mlp", "cnn"]}}], {},
         'candidates[0].params.model: must be one model, got ["mlp", "cnn"]'),
        ([{"name": "a", "params": {"kernel_size": 3}}], {},
         "candidates[0].params.kernel_size: the model mlp does not take it (cnn does)"),
        ([{"name": "a"}, {"name": "a", "params": {"epochs": 1}}], {},
         'candidates[1].name: names must differ, got "a" twice'),
        ([{"name": "a"}, {"name": "b"}], {}, 'candidates[1]: must differ from "a", it has the same values'),
        ([{"name": "a", "params": {"momentum": 0.5}}], {},
         'candidates[0].momentum: only SGD, momentum and nesterov take it, got optimizer "Adam"'),
        (TRIALS, {"model": ["mlp", "cnn"]}, "model: the strategy list has one model, and a candidate may have its own, "
         'got ["mlp", "cnn"] (write model into a candidate\'s params)'),
        (TRIALS, {"params": [{"epochs": 3}]},
         'params: must be an object of what the candidates share, got [{"epochs": 3}]'),
        (TRIALS, {"strategy": "random", "params": {"epochs": 3}}, "candidates: goes with the strategy list only"),
    ],
)  # fmt: skip
def test_what_a_list_refuses(trials: Any, changes: dict[str, Any], message: str) -> None:
    refuses(lambda: listed(trials, **changes), message)


def test_candidates_must_differ_in_more_than_defaults() -> None:
    space = listed([{"name": "a"}, {"name": "b", "params": {"optimizer": "Adam"}}])
    refuses(
        lambda: space.check_task("classification"),
        'candidates: candidates must differ, with their defaults filled in "b" is "a"',
    )


def test_a_list_cannot_be_drawn_from() -> None:
    refuses(lambda: listed().changed(strategy="random"), "candidates: goes with the strategy list only")


def test_neither_strategy_changes_what_a_candidate_is() -> None:
    """The same values are the same candidate, whatever the strategy: finished fits are reused."""
    grid = space_from_dict({**BASE, "params": {"optimizer": ["SGD", "Adam"], "batch_size": 64, "epochs": 3}})
    assert set(candidates(grid)) <= set(candidates(one_factor()))
