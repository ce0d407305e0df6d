import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid
from support.strategies import space_documents

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import takes
from kerasgrid.errors import SpaceError
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.spec import space_from_dict


def space(params, **changes):
    return space_from_dict({"name": "mine", "dataset": "digits", "params": params, **changes})


def test_the_order_is_that_of_parameter_grid():
    axes = {"optimizer": ["SGD", "Adam"], "hidden_units": [[4], [8]], "epochs": [2, 1], "batch_norm": [True, False]}
    grid = ParameterGrid({name: [tuple(v) if isinstance(v, list) else v for v in axes[name]] for name in axes})
    assert [{**c} for c in candidates(space(axes))] == [{**params, "model": "mlp"} for params in grid]


def test_objects_come_one_after_the_other_and_repeat_nothing():
    tried = candidates(space([{"epochs": [1, 2]}, {"epochs": [3, 2]}]))
    assert [c["epochs"] for c in tried] == [1, 2, 3]
    assert grid_size(space([{"epochs": [1, 2]}, {"epochs": [3, 2]}])) == 4


def test_a_parameter_applies_to_the_models_that_take_it():
    both = space({"kernel_size": [3, 5], "input_dropout": [0.1, 0.2, 0.3], "epochs": 1}, model=["mlp", "cnn"])
    tried = candidates(both)
    assert grid_size(both) == len(tried) == 5
    assert [c["model"] for c in tried] == ["mlp"] * 3 + ["cnn"] * 2
    assert set(tried[0]) == {"model", "input_dropout", "epochs"}
    assert set(tried[-1]) == {"model", "kernel_size", "epochs"}


def test_the_model_of_an_object_overrides_the_files():
    tried = candidates(space([{"model": "cnn", "kernel_size": 3}, {"epochs": 2}]))
    assert [dict(c) for c in tried] == [{"model": "cnn", "kernel_size": 3}, {"model": "mlp", "epochs": 2}]


def test_no_params_is_one_candidate():
    assert candidates(space({})) == (Candidate({"model": "mlp"}),)


def test_a_billion_is_counted_and_refused_at_once():
    huge = space({name: list(range(1, 1001)) for name in ("epochs", "batch_size", "l2")})
    start = time.process_time()
    assert grid_size(huge) == 10**9
    message = "params: the grid has 1,000,000,000 candidates, more than 100,000 "
    message += "(take fewer values, or the random strategy)"
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        candidates(huge)
    assert time.process_time() - start < 0.1


@given(space_documents())
def test_grids_are_stable_different_and_counted(raw):
    asked = space_from_dict(raw)
    tried = candidates(asked)
    assert tried == candidates(space_from_dict(raw))
    assert len(set(tried)) == len(tried) <= grid_size(asked)
    if isinstance(raw["params"], dict):
        assert len(tried) == grid_size(asked)
    for candidate in tried:
        assert all(takes(candidate["model"], name) for name in candidate if name != "model")


@given(st.permutations(["optimizer", "epochs", "dropout"]))
def test_the_order_of_keys_does_not_matter(order):
    axes = {"optimizer": ["SGD", "Adam"], "epochs": [1, 2], "dropout": [0.1, 0.2]}
    assert candidates(space({name: axes[name] for name in order})) == candidates(space(axes))
