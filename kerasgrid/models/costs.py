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
    layers, projections = _dense_layers(params, math.prod(input_shape), n_outputs)
    per_hidden_layer = 1 + params["batch_norm"] + params["layer_norm"] + bool(params["dropout"])
    n_parts = len(params["hidden_units"]) * per_hidden_layer + 1 + len(projections)
    n_parts += params["input_batch_norm"] + bool(params["input_dropout"])
    return Cost(sum(layers) + sum(projections), n_parts)


def products_of(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> int | None:
    """Return the multiplications and additions that one sample takes forwards; None for a model of the user's own.

    Training takes three times as many: those of the gradients by inputs and by weights are as many each.
    """
    family = FAMILIES.get(str(params["model"]))
    return None if family is None else family.products(params, input_shape, n_outputs)


def mlp_products(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> int:
    """Return those of an MLP: each weight is multiplied once."""
    return sum(map(sum, _dense_layers(params, math.prod(input_shape), n_outputs)))


def cnn_products(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> int:
    """Return those of a CNN: each weight of a convolution is multiplied once a pixel that it makes."""
    height, width = input_shape[:2]
    n_maps = input_shape[2] if len(input_shape) == 3 else 1
    kernel, products = params["kernel_size"], 0
    for n_filters in params["conv_filters"]:
        for _ in range(params["convs_per_block"]):
            if params["padding"] == "valid":
                height, width = height - kernel + 1, width - kernel + 1
            products += height * width * kernel**2 * n_maps * n_filters
            n_maps = n_filters
        height, width = height // params["pool_size"], width // params["pool_size"]
    n_features = n_maps if params["global_pooling"] != "none" else height * width * n_maps
    return products + sum(map(sum, _dense_layers(params, n_features, n_outputs)))


def lenet5_products(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> int:
    """Return those of LeNet-5, whose images and maps are of the paper's sizes whatever comes in."""
    n_connections = 16 * 6 if params["connections"] == "full" else 60
    maps = 28**2 * 25 * 6 + 10**2 * 25 * n_connections + 25 * 16 * 120
    return maps + 120 * 84 + 84 * n_outputs


def _dense_layers(params: Mapping[str, Any], n_features: int, n_outputs: int) -> tuple[list[int], list[int]]:
    """Return the weights of each dense layer of a head, and of each projection of what goes past one."""
    widths = [n_features, *params["hidden_units"], n_outputs]
    layers = [n_in * n_out for n_in, n_out in pairwise(widths)]
    past = pairwise(widths[:-1]) if params["residual"] else ()
    return layers, [n_in * n_out for n_in, n_out in past if n_in != n_out]
