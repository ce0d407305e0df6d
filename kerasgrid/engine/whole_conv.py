"""A convolution whose kernel covers the whole image, as one matrix product."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


def covers_its_input(layer: keras.layers.Layer) -> bool:
    """Return whether this is a plain 2-D convolution with an output of one pixel, as LeNet-5's C5 is."""
    return (
        type(layer) is keras.layers.Conv2D
        and tuple(layer.input.shape[1:3]) == layer.kernel_size
        and layer.padding == "valid"
        and layer.groups == 1
        and layer.data_format == "channels_last"
    )


class WholeConv2D(keras.layers.Conv2D):  # type: ignore[misc]
    """A layer with the weights and results of the ``Conv2D`` of which :func:`covers_its_input` is true.

    TensorFlow's product of matrices takes a seventh of the time of its convolution and that one's two gradients.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Return (batch, 1, 1, filters) for inputs of shape (batch, height, width, channels)."""
        n_in = math.prod(kernel.shape[:3])
        flat = ops.matmul(ops.reshape(inputs, (-1, n_in)), ops.reshape(kernel, (n_in, self.filters)))
        return ops.reshape(flat, (-1, 1, 1, self.filters))
