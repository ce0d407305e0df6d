"""Layers of images with few channels, computed with the batch last: the same numbers up to rounding, in less time.

A layer stays what it is, with its weights, and can be replaced in any model. What it computes is chosen when a graph is
traced, from the shapes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.engine.batch_last import Rows, carried_by, images_of, rows_of, taken
from kerasgrid.engine.conv_rows import convolved
from kerasgrid.engine.pool_rows import pooled
from kerasgrid.engine.whole_conv import WholeConv2D
from kerasgrid.models.layers import Subsampling2D, TableConv2D

Call = Callable[[Any, Any], Any]
"""From a layer and its inputs to its outputs; None where the layer's own way is better."""

_MOST_CHANNELS = 8
"""With more channels of its input, TensorFlow's convolution is faster."""

_ELEMENTWISE = frozenset(
    "elu exponential gelu hard_sigmoid hard_silu leaky_relu linear mish relu relu6 selu sigmoid silu softplus softsign "
    "tanh".split()
)
"""Activations of each number by itself, for which the order of the numbers does not matter."""


def quicken(model: keras.Model) -> None:
    """Let the layers of a model, and of models in it, compute what they compute in less time where there is such a way.

    Nothing changes on a GPU, whose convolutions are fast.
    """
    if tf.config.list_physical_devices("GPU"):
        return
    for layer in model._flatten_layers(include_self=False):
        quick = _QUICK.get(type(layer))
        if quick is not None and layer.compute_dtype == layer.variable_dtype == "float32":
            layer.call = partial(_call, layer, quick, layer.call)


def _call(layer: Any, quick: Call, plain: Callable[..., Any], inputs: Any) -> Any:
    is_known = isinstance(inputs, tf.Tensor) and inputs.shape.rank == 4 and None not in inputs.shape[1:]
    outputs = quick(layer, inputs) if is_known and getattr(layer, "data_format", None) != "channels_first" else None
    return plain(inputs) if outputs is None else outputs


def _conv(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    if inputs.shape[3] > _MOST_CHANNELS or layer.groups > 1 or set(layer.dilation_rate) != {1}:
        return None
    rows = rows_of(inputs)
    if layer.padding == "same":
        rows = Rows(rows.values, _padded_as_same(rows.places, layer.kernel_size, layer.strides))
    bias = tf.convert_to_tensor(layer.bias) if layer.use_bias else None
    made = convolved(rows, tf.convert_to_tensor(layer.kernel), layer.strides, bias)
    return _activated(made, layer.activation)


def _table_conv(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    if inputs.shape[3] > _MOST_CHANNELS:
        return None
    made = convolved(rows_of(inputs), layer.dense_kernel(), (1, 1), tf.convert_to_tensor(layer.bias))
    return _activated(made, layer.activation)


def _whole_conv(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    rows = carried_by(inputs)
    if rows is None:
        return None
    flat = taken(rows.values, rows.places.reshape(-1))
    kernel = tf.reshape(tf.convert_to_tensor(layer.kernel), [-1, layer.filters])
    made = tf.matmul(flat, kernel, transpose_a=True)
    if layer.use_bias:
        made += tf.convert_to_tensor(layer.bias)
    return layer.activation(tf.reshape(made, [-1, 1, 1, layer.filters]))


def _pool(kind: str, layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    rows, size = carried_by(inputs), layer.pool_size
    fits = layer.padding == "valid" or all(side % length == 0 for side, length in zip(inputs.shape[1:3], size, strict=True))
    if rows is None or tuple(layer.strides) != tuple(size) or not fits or not _has_no_padding(rows):
        return None
    return images_of(pooled(rows, size, kind))


def _subsampling(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    rows = carried_by(inputs)
    if rows is None or not _has_no_padding(rows):
        return None
    means = pooled(rows, (2, 2), "average")
    maps = np.empty(means.values.shape[0], np.int64)
    maps[means.places] = np.arange(means.places.shape[2])
    factor, shift = (taken(tf.convert_to_tensor(one)[:, None], maps) for one in (layer.weight, layer.bias))
    return _activated(Rows(means.values * (4.0 * factor) + shift, means.places), layer.activation)


def _padding(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    if carried_by(inputs) is None and inputs.shape[3] > _MOST_CHANNELS:
        return None
    rows = rows_of(inputs)
    return images_of(Rows(rows.values, np.pad(rows.places, [*layer.padding, (0, 0)], constant_values=-1)))


def _activation(layer: Any, inputs: tf.Tensor) -> tf.Tensor | None:
    rows = carried_by(inputs)
    return _activated(rows, layer.activation) if rows is not None and _has_no_padding(rows) else None


def _activated(rows: Rows, activation: Any) -> tf.Tensor:
    """Return what an activation makes of rows, as images; a row without a place costs what the others do."""
    if getattr(keras.activations, getattr(activation, "__name__", ""), None) is activation:
        if activation.__name__ in _ELEMENTWISE:
            return images_of(Rows(activation(rows.values), rows.places))
    return activation(images_of(rows))


def _has_no_padding(rows: Rows) -> bool:
    return bool((rows.places >= 0).all())


def _padded_as_same(places: np.ndarray, kernel: tuple[int, int], strides: tuple[int, int]) -> np.ndarray:
    """Return the places with as much padding as ``same`` gives them: what is left over comes last."""
    lost = [
        max(0, (-(-side // stride) - 1) * stride + size - side)
        for side, size, stride in zip(places.shape, kernel, strides, strict=False)
    ]
    return np.pad(places, [*((n // 2, n - n // 2) for n in lost), (0, 0)], constant_values=-1)


_QUICK: Mapping[type, Call] = {
    keras.layers.Conv2D: _conv,
    TableConv2D: _table_conv,
    WholeConv2D: _whole_conv,
    keras.layers.MaxPooling2D: partial(_pool, "max"),
    keras.layers.AveragePooling2D: partial(_pool, "average"),
    Subsampling2D: _subsampling,
    keras.layers.ZeroPadding2D: _padding,
    keras.layers.Activation: _activation,
}
"""By the class of the layer; a class that is derived from one of these may compute something else."""
