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

from kerasgrid.axes.families import FEW_FILTERS, LARGE_KERNEL
from kerasgrid.engine.batch_last import Rows, carried_by, images_of, rows_of, taken
from kerasgrid.engine.conv_rows import convolved
from kerasgrid.engine.devices import is_on_cpu
from kerasgrid.engine.pool_rows import pooled
from kerasgrid.engine.whole_conv import WholeConv2D
from kerasgrid.models.layers import Subsampling2D, TableConv2D

Plain = Callable[[Any], Any]
"""From inputs to outputs, as Keras computes them."""

Call = Callable[[Any, tf.Tensor, Plain], Any]
"""From a layer, its inputs and its own way to its outputs; None where its own way is better."""

_BEFORE = "_kerasgrid_before"
"""The attribute under which what a ReLU made carries what it was made of."""

_ELEMENTWISE = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "linear", "mish", "relu", "relu6"),
    *("selu", "sigmoid", "silu", "softplus", "softsign", "tanh"),
)
"""Activations of each number by itself, for which the order of the numbers does not matter."""


def quicken(model: keras.Model) -> None:
    """Let the layers of a model, and of models in it, compute what they compute in less time where there is such a way.

    Nothing changes on a GPU, whose convolutions are fast.
    """
    if not is_on_cpu():
        return
    for layer in model._flatten_layers(include_self=False):
        quick = _QUICK.get(type(layer))
        if quick is not None and layer.compute_dtype == layer.variable_dtype == "float32":
            layer.call = partial(_call, layer, quick, layer.call)


def _call(layer: Any, quick: Call, plain: Plain, inputs: Any) -> Any:
    is_known = isinstance(inputs, tf.Tensor) and inputs.shape.rank == 4 and None not in inputs.shape[1:]
    outputs = (
        quick(layer, inputs, plain) if is_known and getattr(layer, "data_format", None) != "channels_first" else None
    )
    return plain(inputs) if outputs is None else outputs


def _conv(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    is_simple = layer.groups == 1 and set(layer.dilation_rate) == {1}
    if is_simple and _is_quick(inputs, layer.kernel_size, layer.filters):
        rows = rows_of(inputs)
        if layer.padding == "same":
            rows = Rows(rows.values, _padded_as_same(rows.places, layer.kernel_size, layer.strides))
        bias = tf.convert_to_tensor(layer.bias) if layer.use_bias else None
        made = images_of(convolved(rows, tf.convert_to_tensor(layer.kernel), layer.strides, bias))
    elif layer.activation is keras.activations.relu:
        made = layer.convolution_op(inputs, layer.kernel)
        if layer.use_bias:
            made = keras.ops.add(made, keras.ops.reshape(layer.bias, (1, 1, 1, layer.filters)))
    else:
        return None
    return _activated(made, layer.activation)


def _table_conv(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    if not _is_quick(inputs, (layer.kernel_size, layer.kernel_size), len(layer.table)):
        return None
    rows = convolved(rows_of(inputs), layer.dense_kernel(), (1, 1), tf.convert_to_tensor(layer.bias))
    return _activated(images_of(rows), layer.activation)


def _is_quick(inputs: tf.Tensor, kernel_size: tuple[int, int], n_filters: int) -> bool:
    """Whether a convolution takes less time with the batch last than TensorFlow's; measured on one AVX-512 core."""
    n_channels = inputs.shape[3]
    if min(kernel_size) < LARGE_KERNEL:
        return False
    if n_channels == 1:
        return n_filters <= FEW_FILTERS
    # After another one, there is nothing to transpose.
    return carried_by(inputs) is not None and n_channels <= FEW_FILTERS and n_filters <= 16


def _whole_conv(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    rows = carried_by(inputs)
    if rows is None:
        return None
    flat = taken(rows.values, rows.places.reshape(-1))
    kernel = tf.reshape(tf.convert_to_tensor(layer.kernel), [-1, layer.filters])
    made = tf.matmul(flat, kernel, transpose_a=True)
    if layer.use_bias:
        made += tf.convert_to_tensor(layer.bias)
    return layer.activation(tf.reshape(made, [-1, 1, 1, layer.filters]))


def _pool(kind: str, layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    before = getattr(inputs, _BEFORE, None) if kind == "max" else None
    if before is not None:
        # The ReLU of the greatest is the greatest ReLU, its gradient included, and there are fewer to take.
        return _activated(_pooled(kind, layer, before, plain), keras.activations.relu)
    return _pooled(kind, layer, inputs, plain) if carried_by(inputs) is not None else None


def _pooled(kind: str, layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor:
    rows, size = carried_by(inputs), layer.pool_size
    sides = zip(inputs.shape[1:3], size, strict=True)
    fits = layer.padding == "valid" or all(side % length == 0 for side, length in sides)
    if rows is None or not fits or tuple(layer.strides) != tuple(size) or not _has_no_padding(rows):
        return plain(inputs)
    return images_of(pooled(rows, size, kind))


def _subsampling(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    rows = carried_by(inputs)
    if rows is None or not _has_no_padding(rows):
        return None
    means = pooled(rows, (2, 2), "average")
    maps = np.empty(means.values.shape[0], np.int64)
    maps[means.places] = np.arange(means.places.shape[2])
    factor, shift = (taken(tf.convert_to_tensor(one)[:, None], maps) for one in (layer.weight, layer.bias))
    scaled = Rows(means.values * (4.0 * factor) + shift, means.places)
    return _activated(images_of(scaled), layer.activation)


def _padding(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor | None:
    if carried_by(inputs) is None and inputs.shape[3] > 1:
        return None
    rows = rows_of(inputs)
    return images_of(Rows(rows.values, np.pad(rows.places, [*layer.padding, (0, 0)], constant_values=-1)))


def _activation(layer: Any, inputs: tf.Tensor, plain: Plain) -> tf.Tensor:
    return _activated(inputs, layer.activation)


def _activated(images: tf.Tensor, activation: Any) -> tf.Tensor:
    """Return what an activation makes of images, and of the rows that they carry."""
    rows, name = carried_by(images), getattr(activation, "__name__", "")
    is_keras = getattr(keras.activations, name, None) is activation
    if rows is None or not is_keras or name not in _ELEMENTWISE or not _has_no_padding(rows):
        made = activation(images)
    else:
        made = images_of(Rows(activation(rows.values), rows.places))
    if activation is keras.activations.relu:
        setattr(made, _BEFORE, images)
    return made


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
