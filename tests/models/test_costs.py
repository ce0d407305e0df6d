"""What a step of a model costs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from kerasgrid.axes.parameters import resolve
from kerasgrid.models.costs import Cost, cost_of, products_of
from kerasgrid.models.factory import build_model


@pytest.mark.parametrize(
    ("params", "cost"),
    [
        ({"hidden_units": (10, 5)}, Cost(6 * 10 + 10 * 5 + 5 * 3, 3)),
        ({"hidden_units": ()}, Cost(6 * 3, 1)),
        ({"hidden_units": (10, 5), "batch_norm": True, "dropout": 0.5}, Cost(125, 7)),
        ({"hidden_units": (10, 5), "input_batch_norm": True, "input_dropout": 0.5}, Cost(125, 5)),
        ({"activation": "sparsemax"}, None),
        ({"model": "cnn"}, None),
        ({"model": "lenet5"}, None),
    ],
)
def test_costs(params: dict[str, Any], cost: Cost | None) -> None:
    assert cost_of(resolve(params, "classification"), (2, 3), 3) == cost


def multiplied(params: dict[str, Any], shape: tuple[int, ...]) -> int:
    """Return what the layers of a model multiply: each kernel once a place of its outputs."""
    model, products = build_model(params, shape, 3), 0
    for layer in model.layers:
        kernels = [one for one in layer.weights if len(one.shape) > 1 and one.path.endswith("kernel")]
        places = math.prod(layer.output.shape[1:-1]) if len(layer.output.shape) == 4 else 1
        products += sum(places * math.prod(kernel.shape) for kernel in kernels)
    return products


@pytest.mark.parametrize(
    ("params", "shape"),
    [
        ({"hidden_units": (10, 5)}, (2, 3)),
        ({"hidden_units": (10, 5, 5), "residual": True}, (7,)),
        ({"activation": "sparsemax"}, (4,)),
        ({"model": "cnn"}, (28, 28)),
        ({"model": "cnn", "conv_filters": (4, 8), "padding": "same", "convs_per_block": 2}, (15, 12, 3)),
        ({"model": "cnn", "conv_filters": (4, 8), "pool_size": 1, "global_pooling": "max", "kernel_size": 5}, (20, 20)),
        ({"model": "lenet5", "connections": "full"}, (28, 28)),
    ],
)
def test_products(params: dict[str, Any], shape: tuple[int, ...]) -> None:
    resolved = resolve(params, "classification")
    assert products_of(resolved, shape, 3) == multiplied(resolved, shape)


def test_products_of_other_models() -> None:
    table, full = (resolve({"model": "lenet5", "connections": one}, "classification") for one in ("table", "full"))
    # 60 of 96 pairs of maps are connected.
    assert products_of(full, (28, 28), 3) - products_of(table, (28, 28), 3) == 36 * 100 * 25  # type: ignore[operator]
    assert products_of({"model": "my_module:mine"}, (4,), 3) is None
