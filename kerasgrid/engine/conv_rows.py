"""A convolution of images whose batch comes last, by one matrix product in each direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.batch_last import Rows, gathered, given_back
from kerasgrid.engine.tiles import Conv, Tiling, best_tiling


def convolved(rows: Rows, kernel: tf.Tensor, strides: tuple[int, int], bias: tf.Tensor | None = None) -> Rows:
    """Return a convolution without padding, and its bias added.

    Args:
        rows: The images; padding is part of them.
        kernel: (height, width, channels, filters).
        strides: (down, right).
        bias: A number a filter, (filters,).
    """
    height, width, n_channels, n_filters = kernel.shape
    tiling = best_tiling(Conv(rows.places.shape, (height, width), strides, n_filters))
    weights = tf.reshape(kernel, [height * width * n_channels, n_filters])
    if bias is not None:
        # As the weights of a value that is always 1, it and its gradient cost nothing.
        weights = tf.concat([weights, bias[None]], 0)
    make = _product(tiling, tiling.patches(rows.places), int(rows.values.shape[0]), has_bias=bias is not None)
    return Rows(make(rows.values, weights), tiling.places())


def _product(tiling: Tiling, patches: np.ndarray, n_in: int, *, has_bias: bool) -> Any:
    """Return a function of the rows (n_in, batch) and the weights to rows (tiling.n_made × tiling.n_tiles, batch)."""
    n_made, n_inner, n_tiles = tiling.n_made, tiling.n_inner, tiling.n_tiles
    index = np.append(patches.reshape(-1), np.full(n_tiles if has_bias else 0, n_in))
    has_zeros = bool((index < 0).any())
    index = np.where(index < 0, n_in + has_bias, index).astype(np.int32)
    tile = tiling.kernel(int(has_bias)).reshape(-1)
    uses = _uses(tile)

    def make(values: tf.Tensor, weights: tf.Tensor) -> Any:
        n_columns = n_tiles * tf.shape(values)[1]
        first = values[:1]
        more = [tf.ones_like(first)] * has_bias + [tf.zeros_like(first)] * has_zeros
        table = tf.concat([values, *more], 0) if more else values
        columns = tf.reshape(tf.gather(table, index), [n_inner + has_bias, n_columns])
        matrix = tf.reshape(gathered(weights, tile), [n_inner + has_bias, n_made])
        made = tf.reshape(tf.matmul(matrix, columns, transpose_a=True), [n_made * n_tiles, -1])

        def gradients(grad: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            grad = tf.reshape(grad, [n_made, n_columns])
            of_tile = tf.reshape(tf.matmul(columns, grad, transpose_b=True), [len(tile), -1])
            of_weights = tf.reduce_sum(tf.gather(of_tile, uses), 0)
            of_columns = tf.reshape(tf.matmul(matrix[:n_inner], grad), [n_inner * n_tiles, -1])
            return given_back(of_columns, patches.reshape(-1), n_in), of_weights

        return made, gradients

    return tf.custom_gradient(make)


def _uses(tile: np.ndarray) -> np.ndarray:
    """Return where each row of the weights stands in a tile's kernel, (times, rows): each equally often."""
    order = np.argsort(tile, kind="stable")
    order = order[tile[order] >= 0]
    return order.reshape(int(tile.max()) + 1, -1).T.astype(np.int32)
