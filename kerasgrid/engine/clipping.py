"""Gradients with a bound, as Keras's optimizers have them; the bound is a variable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from kerasgrid.axes.names import CLIPPINGS
from kerasgrid.engine.graph_kind import is_for_xla

Gradient = Any
"""A tensor, slices of one (the gradient of an embedding), or None for a weight that has none."""


class Clipping:
    """Bounds gradients, if the hyperparameters say so.

    Of the gradient of an embedding, which has a row for each sample, the rows are bounded, as Keras does it.

    Args:
        params: Resolved hyperparameters; they say which bound, if any.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._name = next((name for name in CLIPPINGS if params[name] is not None), None)
        self._bound = tf.Variable(1.0, trainable=False)

    def reset(self, params: Mapping[str, Any]) -> None:
        """Take the bound of these resolved ``params``."""
        if self._name is not None:
            self._bound.assign(params[self._name])

    def of(self, gradients: Sequence[Gradient]) -> list[Gradient]:
        """Return bounded gradients; inside a graph."""
        there = [gradient for gradient in gradients if gradient is not None]
        if self._name is None or not there:
            return list(gradients)
        bound = self._bound.read_value()
        clipped = iter(_CLIPPED[self._name](there, bound))
        return [None if gradient is None else next(clipped) for gradient in gradients]


def _by_norm(gradients: list[Gradient], bound: tf.Tensor) -> list[Gradient]:
    # All norms in one go: a step of a small network takes hardly longer than its operations are many.
    factors = tf.unstack(_factor(tf.stack([_half_square(gradient) for gradient in gradients]), bound))
    return [_times(gradient, factor) for gradient, factor in zip(gradients, factors, strict=True)]


def _by_global_norm(gradients: list[Gradient], bound: tf.Tensor) -> list[Gradient]:
    factor = _factor(tf.add_n([_half_square(gradient) for gradient in gradients]), bound)
    return [_times(gradient, factor) for gradient in gradients]


def _by_value(gradients: list[Gradient], bound: tf.Tensor) -> list[Gradient]:
    return [tf.clip_by_value(gradient, -bound, bound) for gradient in gradients]


def _half_square(gradient: Gradient) -> tf.Tensor:
    values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
    if is_for_xla() and len(values.shape) > 1:
        # XLA adds the numbers of a tensor one after the other, those of columns side by side; and it would make one sum
        # of two, but for the product. (Of a step of 784-128-10 the one sum was a fifth.)
        columns = tf.reduce_sum(values * values, axis=list(range(len(values.shape) - 1)))[tf.newaxis]
        return tf.cast(0.5 * tf.matmul(columns, tf.ones_like(columns), transpose_b=True)[0, 0], tf.float32)
    return tf.cast(tf.nn.l2_loss(values), tf.float32)


def _factor(half_squares: tf.Tensor, bound: tf.Tensor) -> tf.Tensor:
    """Return by what gradients of such norms are multiplied: 1 up to the bound, of zeros, too."""
    return tf.minimum(1.0, bound * math.sqrt(0.5) * tf.math.rsqrt(half_squares))


def _times(gradient: Gradient, factor: tf.Tensor) -> Gradient:
    factor = tf.cast(factor, gradient.dtype)
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return gradient * factor


_CLIPPED: Mapping[str, Callable[[list[Gradient], tf.Tensor], list[Gradient]]] = {
    "clipnorm": _by_norm,
    "global_clipnorm": _by_global_norm,
    "clipvalue": _by_value,
}
