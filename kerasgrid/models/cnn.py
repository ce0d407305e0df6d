"""The convolutional network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kerasgrid.models.parts import Parts

_POOLING = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}

_LAST = {
    "none": lambda: keras.layers.Flatten(name="flatten"),
    "average": lambda: keras.layers.GlobalAveragePooling2D(name="global_pooling"),
    "max": lambda: keras.layers.GlobalMaxPooling2D(name="global_pooling"),
}
"""What stands between the maps and the dense layers."""


def cnn(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None) -> keras.Model:
    """Return a CNN: blocks of convolution and pooling, then fully connected layers.

    A block is Conv2D → batch norm, or layer norm over the channels of each pixel (as in ConvNeXt, Liu et al. 2022), on
    its pre-activations → activation, ``convs_per_block`` times (VGG, Simonyan and Zisserman 2015), → pooling.
    ``spatial_dropout`` of whole maps (Tompson et al. 2015) and ``dropout`` follow each pooling, ``dropout`` or
    ``dense_dropout`` each hidden layer. ``global_pooling`` stands in place of flattening (Lin et al. 2014). Grey images
    (height, width) get a channel axis.
    """
    parts = Parts(params, seed)
    inputs = keras.Input(input_shape, name="input")
    x = inputs if len(input_shape) == 3 else keras.layers.Reshape((*input_shape, 1), name="channel")(inputs)
    pool_size, per_block = params["pool_size"], params["convs_per_block"]
    for index, n_filters in enumerate(params["conv_filters"], start=1):
        for number in range(1, per_block + 1):
            x = parts.weighted(x, parts.conv, n_filters, f"conv_{index}" + f"_{number}" * (per_block > 1))
        if pool_size > 1:
            x = _POOLING[params["pooling"]](pool_size, name=f"pool_{index}")(x)
        x = parts.dropout(parts.dropout(x, "spatial_dropout"))
    x = _LAST[params["global_pooling"]]()(x)
    return keras.Model(inputs, parts.head(x, n_outputs), name="cnn")
