"""A dropout layer whose rate is a variable, so that fits of different rates share a program."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_LEVELS = 2**16
_ROW = 32
"""Numbers a row of the pool: 64 bytes, so that TensorFlow takes a window of whole rows without copying it."""
_POOL_ROWS = 2**19


class VariableDropout(keras.layers.Layer):  # type: ignore[misc]
    """Inverted dropout (Srivastava et al. 2014) as ``keras.layers.Dropout``, with a variable rate and cheap masks.

    On one core, drawing a random number for every element costs more than the matrix product that follows. So a mask
    is a window, at a random place, of a fixed pool of 2²⁴ random 16-bit numbers, compared with the rate; rates are
    rounded to a multiple of 1/65536. Larger layers than the pool draw their own numbers.

    Args:
        rate: Scalar float variable, 0 ≤ rate < 1.
        key: Integer variable of shape (2,): the fit's dropout seed and the step. Whoever trains advances it.
        index: Number of this layer in its model, so that no two layers share a mask.
        drops_maps: Whether whole maps of images are dropped (Tompson et al. 2015), as by
            ``keras.layers.SpatialDropout2D``.
    """

    def __init__(
        self, rate: tf.Variable, key: tf.Variable, index: int, *, drops_maps: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._drops_maps = drops_maps
        # Variables of TensorFlow, not of Keras, which therefore does not take them for weights of the model.
        self._program = (rate, key, index)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Zero a random share of ``inputs`` and scale the rest up while training; else return them as they are."""
        if not training:
            return inputs
        rate, key, index = self._program
        # One number a map then.
        masked = inputs[:, :1, :1] if self._drops_maps else inputs
        numbers = _numbers(masked, key + tf.constant([index * 7919, 0], key.dtype))
        kept = numbers >= tf.cast(tf.cast(tf.round(rate * _LEVELS), tf.int32), tf.uint16)
        return inputs * (tf.cast(kept, inputs.dtype) * (1.0 / (1.0 - rate)))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return ``input_shape``: dropout keeps it."""
        return input_shape


def _numbers(inputs: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Return random uint16 numbers of the shape of ``inputs``, the same for the same key."""
    if inputs.shape.is_fully_defined():
        size = inputs.shape.num_elements()
        rows = -(-size // _ROW)
        # XLA would compile a slice anew for every place it begins at.
        numbers = tf.gather(_pool(), _start(rows, key) + tf.range(rows)) if rows <= _POOL_ROWS else _drawn(rows, key)
    else:
        size = tf.size(inputs)
        rows = (size + _ROW - 1) // _ROW
        numbers = tf.cond(
            rows <= _POOL_ROWS,
            lambda: tf.slice(_pool().read_value(), [_start(rows, key), 0], [rows, _ROW]),
            lambda: _drawn(rows, key),
        )
    return tf.reshape(tf.reshape(numbers, [-1])[:size], tf.shape(inputs))


def _start(rows: int | tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Return the first row of a window of so many rows of the pool."""
    return tf.random.stateless_uniform([], key, minval=0, maxval=_POOL_ROWS - rows + 1, dtype=tf.int32)


def _drawn(rows: int | tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    words = tf.random.stateless_uniform([rows, _ROW // 4], key, minval=None, maxval=None, dtype=tf.uint64)
    return tf.reshape(tf.bitcast(words, tf.uint16), [rows, _ROW])


@functools.cache
def _pool() -> tf.Variable:
    # The same in every process, or fits would depend on the worker that trains them.
    with tf.init_scope():
        numbers = np.random.default_rng(0).integers(_LEVELS, size=(_POOL_ROWS, _ROW), dtype=np.uint16)
        # As a constant, it would be a part of what XLA compiles, for seconds.
        return tf.Variable(numbers, trainable=False)
