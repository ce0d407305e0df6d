"""Pooling of images whose batch comes last: sums and comparisons of whole blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.batch_last import Rows, taken


def pooled(rows: Rows, size: tuple[int, int], kind: str) -> Rows:
    """Return the ``average`` or ``max`` of windows side by side, without those that do not fit in.

    Args:
        rows: The images, without padding.
        size: Height and width of a window.
        kind: A key of :data:`KINDS`.
    """
    height, width, n_channels = rows.places.shape
    n_down, n_right = height // size[0], width // size[1]
    kept = rows.places[: n_down * size[0], : n_right * size[1]]
    windows = kept.reshape(n_down, size[0], n_right, size[1], n_channels)
    members = np.stack([windows[:, y, :, x].reshape(-1) for y, x in product(*map(range, size))])
    # In the order of the rows that are there: after a convolution in tiles, the members are then blocks of them.
    order = np.argsort(members[0])
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    blocks = tf.reshape(taken(rows.values, members[:, order].reshape(-1)), [len(members), -1])
    values = tf.reshape(KINDS[kind](blocks), [len(order), -1])
    return Rows(values, places.reshape(n_down, n_right, n_channels))


def _average(blocks: tf.Tensor) -> tf.Tensor:
    n = blocks.shape[0]

    def mean(blocks: tf.Tensor) -> Any:
        return tf.add_n(tf.unstack(blocks)) * (1 / n), lambda grad: tf.stack([grad * (1 / n)] * n)

    return tf.custom_gradient(mean)(blocks)


def _max(blocks: tf.Tensor) -> tf.Tensor:
    # As a pooling of one long image: of several that are the greatest the first has the gradient, as in TensorFlow's.
    n = blocks.shape[0]
    return tf.nn.max_pool2d(tf.reshape(blocks, [1, n, 1, -1]), [n, 1], [n, 1], "VALID")


KINDS: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {"average": _average, "max": _max}
"""By the name of the pooling: from the members of all windows, (members, windows), to a number a window."""
