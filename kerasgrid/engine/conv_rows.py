"""A convolution of images whose batch comes last, by one matrix product in each direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.batch_last import Rows, gathered, given_back
from kerasgrid.engine.tiles import Conv, Tiling, best_tiling


def convolved(
    rows: Rows, weights: tf.Tensor, kernel: np.ndarray, strides: tuple[int, int], bias: tf.Tensor | None = None
) -> Rows:
    """Return a convolution without padding, and its bias added.

    Args:
        rows: The images; padding is part of them.
        weights: The numbers of the kernel, (n,).
        kernel: Which of them stands where, int, (height, width, channels, filters); −1 for a zero.
        strides: (down, right).
        bias: A number a filter, (filters,).
    """
    height, width, _, n_filters = kernel.shape
    tiling = best_tiling(Conv(rows.places.shape, (height, width), strides, n_filters))  # type: ignore[arg-type]
    n_weights, patches, tile = int(weights.shape[0]), tiling.patches(rows.places), tiling.kernel(kernel)
    has_bias = bias is not None
    if has_bias:
        # As one more weight, of a patch's value that is always 1, it and its gradient cost nothing.
        weights = tf.concat([weights, bias], 0)
        biases = np.tile(np.arange(n_weights, n_weights + n_filters), len(tiling.pixels))
        tile = np.concatenate([tile, biases[:, None]], 1)
    make = _product(tiling, patches, tile, int(rows.values.shape[0]), has_bias=has_bias)
    return Rows(make(rows.values, weights), tiling.places())


def _product(tiling: Tiling, patches: np.ndarray, tile: np.ndarray, n_in: int, *, has_bias: bool) -> Any:
    """Return a function of the rows (n_in, batch) and the weights to rows (tiling.n_rows × tiling.n_tiles, batch)."""
    n_rows, n_inner, n_tiles = tiling.n_rows, tiling.n_inner, tiling.n_tiles
    index = np.append(patches.reshape(-1), np.full(n_tiles if has_bias else 0, n_in))
    has_zeros, uses = bool((index < 0).any()), _uses(tile)
    index = np.where(index < 0, n_in + has_bias, index).astype(np.int32)

    @tf.custom_gradient
    def make(values: tf.Tensor, weights: tf.Tensor) -> Any:
        n_columns = n_tiles * tf.shape(values)[1]
        first = values[:1]
        more = [tf.ones_like(first)] * has_bias + [tf.zeros_like(first)] * has_zeros
        table = tf.concat([values, *more], 0) if more else values
        columns = tf.reshape(tf.gather(table, index), [n_inner + has_bias, n_columns])
        matrix = tf.reshape(gathered(weights[:, None], tile.reshape(-1)), tile.shape)
        made = tf.reshape(tf.matmul(matrix, columns), [n_rows * n_tiles, -1])

        def gradients(grad: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            grad = tf.reshape(grad, [n_rows, n_columns])
            of_tile = tf.reshape(tf.matmul(grad, columns, transpose_b=True), [-1])
            of_weights = tf.reduce_sum(tf.gather(of_tile, uses), 0)
            of_columns = tf.matmul(matrix[:, :n_inner], grad, transpose_a=True)
            of_rows = given_back(tf.reshape(of_columns, [n_inner * n_tiles, -1]), patches.reshape(-1), n_in)
            return of_rows, of_weights

        return made, gradients

    return make


def _uses(tile: np.ndarray) -> np.ndarray:
    """Return where each weight stands in a tile's kernel, int32, (times, weights); each stands there equally often."""
    flat = tile.reshape(-1)
    order = np.argsort(flat, kind="stable")
    order = order[flat[order] >= 0]
    return order.reshape(int(flat.max()) + 1, -1).T.astype(np.int32)
