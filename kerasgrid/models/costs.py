"""How large a model is, found without building it. Imports no Keras."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from kerasgrid.axes.families import FAMILIES, Cost


def cost_of(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> Cost | None:
    """Return the cost of the model of these resolved ``params``; None for one that is never compiled by XLA."""
    family = FAMILIES.get(str(params["model"]))
    # XLA cannot transform images.
    return None if family is None or params.get("augmentation") else family.cost(params, input_shape, n_outputs)


def mlp_cost(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> Cost | None:
    """Return the cost of an MLP of these resolved ``params``; None if XLA would be slower."""
    if params["activation"] == "sparsemax":  # XLA sorts slowly
        return None
    widths = [math.prod(input_shape), *params["hidden_units"], n_outputs]
    n_weights = sum(n_in * n_out for n_in, n_out in pairwise(widths))
    per_hidden_layer = 1 + params["batch_norm"] + params["layer_norm"] + bool(params["dropout"])
    n_parts = len(params["hidden_units"]) * per_hidden_layer + 1
    if params["residual"]:
        projections = [n_in * n_out for n_in, n_out in pairwise(widths[:-1]) if n_in != n_out]
        n_weights, n_parts = n_weights + sum(projections), n_parts + len(projections)
    return Cost(n_weights, n_parts + params["input_batch_norm"] + bool(params["input_dropout"]))
