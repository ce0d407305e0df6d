"""The convolutional network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kerasgrid.models.parts import Parts

_POOLING = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}


def cnn(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None) -> keras.Model:
    """Return a CNN: blocks of convolution and pooling, then fully connected layers.

    A block is Conv2D → batch norm on its pre-activations → activation → pooling; ``dropout`` follows each pooling and
    each hidden layer. Grey images (height, width) get a channel axis.
    """
    parts = Parts(params, seed)
    inputs = keras.Input(input_shape, name="input")
    x = inputs if len(input_shape) == 3 else keras.layers.Reshape((*input_shape, 1), name="channel")(inputs)
    pool_size = params["pool_size"]
    for index, n_filters in enumerate(params["conv_filters"], start=1):
        x = parts.weighted(x, parts.conv, n_filters, index, "conv")
        if pool_size > 1:
            x = _POOLING[params["pooling"]](pool_size, name=f"pool_{index}")(x)
        x = parts.dropout(x)
    x = keras.layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, parts.head(x, n_outputs), name="cnn")
