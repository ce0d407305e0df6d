"""Data sets of formulas: what they hold, and what they refuse."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from kerasgrid.data.formulas import FORMULAS
from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError, SpaceError
from kerasgrid.space.spec import space_from_dict

TRUTH = {"linear": lambda x: 3 * x + 4, "free_fall": lambda x: 9.8 * x**2, "sine": np.sin}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula(name: str) -> None:
    data = load_dataset(name=name, size=2000, noise=0.5)
    assert (data.task, data.classes, data.input_shape, data.n_outputs) == ("regression", None, (1,), 1)
    assert (data.x_train.shape, data.y_train.shape) == ((2000, 1), (2000,))
    assert data.x_test is not None
    assert (data.x_test.shape, data.x_train.dtype, data.y_train.dtype) == ((500, 1), np.float32, np.float32)
    residuals = data.y_train - TRUTH[name](data.x_train[:, 0])
    assert abs(residuals.mean()) < 0.05
    assert abs(residuals.std() - 0.5) < 0.05
    exact = load_dataset(name=name, noise=0)
    np.testing.assert_allclose(exact.y_train, TRUTH[name](exact.x_train[:, 0]), atol=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_seeds_and_defaults(name: str) -> None:
    usual = load_dataset(name=name)
    assert (len(usual.x_train), usual.name) == (1000, name)
    assert usual.fingerprint == load_dataset(name=name, size=1000, noise=0.1, seed=0).fingerprint
    other = load_dataset(name=name, seed=1)
    assert usual.fingerprint != other.fingerprint
    assert usual.test_fingerprint != other.test_fingerprint
    assert len(load_dataset(name=name, train_size=10).x_train) == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 1}, "size: must be a whole number of samples, at least 2, got 1"),
        ({"size": True}, "size: must be a whole number of samples, at least 2, got True"),
        ({"noise": -1.0}, "noise: must be a standard deviation of at least 0, got -1.0"),
        ({"noise": float("nan")}, "noise: must be a standard deviation of at least 0, got nan"),
    ],
)
def test_what_a_formula_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        load_dataset(name="sine", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "digits", "size": 3}, "size: goes with linear, free_fall, sine only, got 3"),
        ({"name": "digits", "noise": 0.0}, "noise: goes with linear, free_fall, sine only, got 0.0"),
        ({"name": "sine", "task": "classification"},
         "task: sine has numbers to predict, got 'classification' (leave task out)"),
    ],
)  # fmt: skip
def test_options_of_others(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        load_dataset(**options)


def test_a_space_gives_seed_size_and_noise() -> None:
    document = {"name": "a", "dataset": {"name": "sine", "seed": 3, "size": 50, "noise": 0.2}, "params": {"epochs": 1}}
    space = space_from_dict(document)
    assert space.to_dict()["dataset"] == document["dataset"]
    data = load_dataset(**space.dataset.model_dump())
    assert data.fingerprint == load_dataset(name="sine", size=50, noise=0.2, seed=3).fingerprint


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ({"name": "digits", "size": 50}, "dataset.size: goes with linear, free_fall, sine only "
         "(train_size takes a part of the other data sets)"),
        ({"path": "a.npz", "noise": 0.1}, "dataset.noise: goes with linear, free_fall, sine only"),
        ({"name": "sine", "size": 1}, "dataset.size: must be a whole number of at least 2, or "
         "a height and a width such as [64, 64], got 1"),
        ({"name": "sine", "noise": -1}, "dataset.noise: must be at least 0, got -1"),
    ],
)  # fmt: skip
def test_what_a_space_refuses(dataset: dict[str, Any], message: str) -> None:
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        space_from_dict({"name": "a", "dataset": dataset, "params": {"epochs": 1}})
