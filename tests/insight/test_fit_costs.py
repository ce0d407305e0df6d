"""What fits take, told from a few of them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from kerasgrid.insight.costs import design, predicted_seconds

GRID = [
    {"epochs": epochs, "batch_size": size, "hidden_units": units, "optimizer": optimizer, "learning_rate": rate}
    for epochs, size, units, optimizer, rate in itertools.product(
        (5, 20), (32, 128), ((32,), (128, 64)), ("SGD", "Adam"), (0.001, 0.01)
    )
]


def law(params: dict[str, Any], n: int) -> float:
    """What a step takes whatever its size, and its products."""
    products = sum(a * b for a, b in itertools.pairwise((64, *params["hidden_units"], 10)))
    step = 3e-4 * (1.3 if params["optimizer"] == "Adam" else 1.0) + params["batch_size"] * products * 1e-10
    return float(params["epochs"] * math.ceil(n / params["batch_size"]) * step)


def test_one_fit_tells_the_level_and_epochs_are_proportional() -> None:
    table = design(GRID, [1000] * len(GRID))
    seconds = predicted_seconds(table, [0], [law(GRID[0], 1000)])
    assert seconds[0] == pytest.approx(law(GRID[0], 1000), rel=0.05)
    assert GRID[len(GRID) // 2] == {**GRID[0], "epochs": 20}
    assert seconds[len(GRID) // 2] == pytest.approx(4 * seconds[0])


def test_a_few_fits_tell_the_rest() -> None:
    rng = np.random.default_rng(0)
    true = np.array([law(one, 1000) for one in GRID])
    table, off = design(GRID, [1000] * len(GRID)), []
    for _ in range(200):
        measured = rng.choice(len(GRID), 4, replace=False)
        seconds = true[measured] * np.exp(rng.normal(0, 0.1, len(measured)))
        told = predicted_seconds(table, measured.tolist(), seconds.tolist())
        off.append(abs(math.log(told.sum() / true.sum())))
    assert np.median(off) < math.log(1.15)
    assert np.quantile(off, 0.9) < math.log(1.5)


def test_in_the_end_each_is_told_as_it_is() -> None:
    true = [law(one, 1000) for one in GRID]
    told = predicted_seconds(design(GRID, [1000] * len(GRID)), list(range(len(GRID))) * 3, true * 3)
    assert np.allclose(np.log(told / np.array(true)), 0.0, atol=0.15)


def test_fits_of_other_data_of_the_same_shape_count_by_their_samples() -> None:
    table = design([GRID[0], GRID[0]], [1000, 4000])
    assert predicted_seconds(table, [0], [2.0])[1] == pytest.approx(8.0)


def test_values_of_every_kind_have_a_place() -> None:
    rows = [
        {"epochs": 1, "a": None, "b": (), "c": True, "d": 0.0, "e": "x", "f": ("same", 1)},
        {"epochs": 1, "a": 0.5, "b": (3,), "c": False, "d": 1.5, "e": "y", "f": None},
        {"epochs": 1, "a": 2, "b": (3, 4), "c": True, "d": -2.0, "g": 1},
    ]
    seconds = predicted_seconds(design(rows, [10] * 3), [0, 1], [1.0, 2.0])
    assert np.isfinite(seconds).all()
    assert (seconds > 0).all()
