"""The multilayer perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kerasgrid.models.parts import Parts


def mlp(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None) -> keras.Model:
    """Return an MLP: flatten, input batch norm, input dropout, hidden layers, output layer.

    Each hidden layer is Dense → batch norm (Ioffe and Szegedy 2015) or layer norm (Ba et al. 2016) on its
    pre-activations → activation → dropout (Srivastava et al. 2014), each only where asked for. With ``residual``, its
    output is added to its input, or to a linear projection of that where widths differ (He et al. 2016); nothing
    follows the sum, so that the skips are a straight way through the network.
    """
    parts = Parts(params, seed)
    inputs = keras.Input(input_shape, name="input")
    x = keras.layers.Flatten(name="flatten")(inputs) if len(input_shape) > 1 else inputs
    if params["input_batch_norm"]:
        x = keras.layers.BatchNormalization(name="input_batch_norm")(x)
    x = parts.dropout(x, "input_dropout")
    return keras.Model(inputs, parts.head(x, n_outputs), name="mlp")
