"""Pooling of images whose batch comes last: sums and comparisons of whole blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.batch_last import Rows, gathered, given_back


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
    members = [windows[:, y, :, x].reshape(-1) for y, x in product(*map(range, size))]
    # In the order of the rows that are there: often the members of all windows are then blocks of them.
    order = np.argsort(members[0])
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    values = KINDS[kind](rows.values, [member[order] for member in members])
    return Rows(values, places.reshape(n_down, n_right, n_channels))


def _average(values: tf.Tensor, members: Sequence[np.ndarray]) -> tf.Tensor:
    @tf.custom_gradient
    def average(values: tf.Tensor) -> Any:
        share = 1 / len(members)
        made = tf.add_n(_parts(values, members)) * share

        def gradient(grad: tf.Tensor) -> tf.Tensor:
            return _spread([grad * share] * len(members), members, values.shape[0])

        return made, gradient

    return average(values)


def _max(values: tf.Tensor, members: Sequence[np.ndarray]) -> tf.Tensor:
    @tf.custom_gradient
    def greatest(values: tf.Tensor) -> Any:
        parts = _parts(values, members)
        made = parts[0]
        for part in parts[1:]:
            made = tf.maximum(made, part)

        def gradient(grad: tf.Tensor) -> tf.Tensor:
            # Of several that are the greatest the first has the gradient, as TensorFlow's. What is left of it for the
            # next is a ReluGrad, which takes a tenth of the time of a comparison and a choice.
            left, shares = grad, []
            for part in parts[:-1]:
                rest = tf.raw_ops.ReluGrad(gradients=left, features=made - part)
                shares.append(left - rest)
                left = rest
            return _spread([*shares, left], members, values.shape[0])

        return made, gradient

    return greatest(values)


KINDS: Mapping[str, Callable[[tf.Tensor, Sequence[np.ndarray]], tf.Tensor]] = {"average": _average, "max": _max}
"""By the name of the pooling: from values and the rows of each member of a window to the rows of what is pooled."""


def _parts(values: tf.Tensor, members: Sequence[np.ndarray]) -> list[tf.Tensor]:
    """Return the rows of each member of the windows; without a copy where they are the rows in their order."""
    n, size = values.shape[0], len(members[0])
    if np.array_equal(np.concatenate(members), np.arange(n)):
        return list(tf.unstack(tf.reshape(values, [len(members), size, -1])))
    return [gathered(values, member) for member in members]


def _spread(shares: Sequence[tf.Tensor], members: Sequence[np.ndarray], n: int) -> tf.Tensor:
    """Return the gradient of ``n`` rows from that of the members of the windows."""
    return given_back(tf.concat(shares, 0), np.concatenate(members), n)
