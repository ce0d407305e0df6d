"""What a step of a model costs, in numbers by which to judge whether compiling it pays. Imports no Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Cost:
    """What a training step is made of.

    Attributes:
        n_weights: Weights that take part in a product for every sample.
        n_parts: Layers of weights, batch norms and dropouts.
    """

    n_weights: int
    n_parts: int


def mlp_cost(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> Cost | None:
    """Return the cost of the MLP of these resolved ``params``; None for one that XLA does not make faster."""
    if params["activation"] == "sparsemax":  # XLA sorts slowly
        return None
    widths = [math.prod(input_shape), *params["hidden_units"], n_outputs]
    parts_per_layer = 1 + params["batch_norm"] + bool(params["dropout"])
    n_parts = (len(widths) - 2) * parts_per_layer + 1 + params["input_batch_norm"] + bool(params["input_dropout"])
    return Cost(sum(a * b for a, b in pairwise(widths)), n_parts)


_COSTS: Mapping[str, Callable[[Mapping[str, Any], tuple[int, ...], int], Cost | None]] = {"mlp": mlp_cost}


def cost_of(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> Cost | None:
    """Return the cost of the model of these resolved ``params``; None for one that is not worth compiling."""
    cost = _COSTS.get(str(params["model"]))
    return None if cost is None else cost(params, input_shape, n_outputs)
