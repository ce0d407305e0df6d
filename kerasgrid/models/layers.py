"""Own layers: what LeNet-5 has and Keras has not. A saved model that holds one loads once kerasgrid is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

PACKAGE = "kerasgrid"
"""Under which Keras knows these layers in its files."""


@keras.saving.register_keras_serializable(package=PACKAGE)
class TableConv2D(keras.layers.Layer):  # type: ignore[misc]
    """A 2-D convolution of stride 1, without padding, whose maps see only some of the maps before (LeCun et al. 1998).

    Its weights are the kernels of the connections that there are, (kernel_size, kernel_size, connections) in the
    table's order, and one bias a map. Each step puts them into a kernel with zeros elsewhere, for one dense
    convolution is faster than many small ones; so what is not connected is no weight, is not counted, and nothing can
    make it other than zero.

    Initial kernels are those that a full connection has at the same places, so the initializer's fan-in is all maps.

    Args:
        table: For each map of the output, the maps of the input that it sees, from 0.
        kernel_size: Side of the square kernels, in pixels.
        activation: Of the output.
        kernel_initializer: As for ``keras.layers.Conv2D``.
        kernel_regularizer: Of the kernels, as for ``keras.layers.Conv2D``.
    """

    def __init__(
        self,
        table: Sequence[Sequence[int]],
        kernel_size: int,
        *,
        activation: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.table = tuple(tuple(int(index) for index in inputs) for inputs in table)
        self.kernel_size = int(kernel_size)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of shape (batch, height, width, maps)."""
        size, n_in, n_out = self.kernel_size, int(input_shape[-1] or 0), len(self.table)
        # Where each connection lies in the flattened (maps in, maps out) of the dense kernel.
        places = [index * n_out + output for output, inputs in enumerate(self.table) for index in inputs]
        self._dense_shape = (size, size, n_in, n_out)
        self._places = np.zeros((len(places), n_in * n_out), np.float32)
        self._places[np.arange(len(places)), places] = 1.0

        def initial(shape: tuple[int, ...], dtype: Any = None) -> Any:
            dense = self.kernel_initializer(self._dense_shape, dtype=dtype)
            return ops.take(ops.reshape(dense, (size, size, n_in * n_out)), places, axis=-1)

        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, size, len(places)),
            initializer=initial,
            regularizer=self.kernel_regularizer,
        )
        self.bias = self.add_weight(name="bias", shape=(n_out,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Return (batch, height − kernel_size + 1, width − kernel_size + 1, maps)."""
        made = ops.conv(inputs, self.dense_kernel(), strides=1, padding="valid")
        return self.activation(made + self.bias)

    def dense_kernel(self) -> Any:
        """Return the kernel with zeros where nothing is connected, (kernel_size, kernel_size, maps before, maps)."""
        return ops.reshape(ops.matmul(self.kernel, self._places), self._dense_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for inputs of this shape."""
        batch, height, width, _ = input_shape
        lost = self.kernel_size - 1
        sides = (None if side is None else side - lost for side in (height, width))
        return (batch, *sides, len(self.table))

    def get_config(self) -> dict[str, Any]:
        """Return what makes this layer again."""
        return {
            **super().get_config(),
            "table": [list(inputs) for inputs in self.table],
            "kernel_size": self.kernel_size,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


@keras.saving.register_keras_serializable(package=PACKAGE)
class Subsampling2D(keras.layers.Layer):  # type: ignore[misc]
    """Trainable subsampling (LeCun et al. 1998): sum of each 2×2 window × weight + bias of its map, then activation.

    A weight and a bias a map. The weights begin at 1/4, with which the layer is an average pooling.

    Args:
        activation: Of the output.
    """

    def __init__(self, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of shape (batch, height, width, maps)."""
        n_maps = input_shape[-1]
        self.weight = self.add_weight(name="weight", shape=(n_maps,), initializer=keras.initializers.Constant(0.25))
        self.bias = self.add_weight(name="bias", shape=(n_maps,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Return (batch, height // 2, width // 2, maps)."""
        means = ops.average_pool(inputs, 2, strides=2, padding="valid")
        return self.activation(means * (4.0 * self.weight) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for inputs of this shape."""
        batch, height, width, n_maps = input_shape
        return (batch, *(None if side is None else side // 2 for side in (height, width)), n_maps)

    def get_config(self) -> dict[str, Any]:
        """Return what makes this layer again."""
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}
