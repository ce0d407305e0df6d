"""What a step of a model costs."""

from __future__ import annotations

from typing import Any

import pytest

from kerasgrid.axes.parameters import resolve
from kerasgrid.models.costs import Cost, cost_of


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
