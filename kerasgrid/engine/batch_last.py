"""Images with the samples of the batch side by side: one row of them for each value of an image.

TensorFlow has images as (batch, height, width, channels). With few channels, what belongs together lies there in
pieces of a few numbers, and taking a window, shifting, padding or adding such pieces costs more than the arithmetic.
With the batch last, a piece is a whole row, any window of any image is a choice of rows, and so is any other order of
them: where a value lies is known before a graph runs.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

_CARRIED = "_kerasgrid_rows"
"""The attribute under which a tensor of images carries what it was made of."""


class Rows(NamedTuple):
    """Images whose batch comes last.

    Attributes:
        values: Float32, (rows, batch); the number of rows is known.
        places: The row of each value of an image, int, (height, width, channels); −1 where it is 0, as padding is.
            Some rows may have no place.
    """

    values: tf.Tensor
    places: np.ndarray


def carried_by(images: Any) -> Rows | None:
    """Return the rows that images were made of, if :func:`images_of` made them."""
    return getattr(images, _CARRIED, None)


def rows_of(images: tf.Tensor) -> Rows:
    """Return images, (batch, height, width, channels), as rows: those that they were made of, if they were.

    But for the batch the shape is known.
    """
    rows = carried_by(images)
    if rows is not None:
        return rows
    shape = images.shape[1:]
    n = math.prod(shape)
    return Rows(tf.transpose(tf.reshape(images, [-1, n])), np.arange(n).reshape(shape))


def images_of(rows: Rows) -> tf.Tensor:
    """Return rows as images, (batch, height, width, channels), which carry them.

    Where only the rows are used afterwards, a graph is rid of the images.
    """
    flat = tf.transpose(taken(rows.values, rows.places.reshape(-1)))
    images = tf.reshape(flat, [-1, *rows.places.shape])
    setattr(images, _CARRIED, rows)
    return images


def taken(values: tf.Tensor, index: np.ndarray) -> tf.Tensor:
    """Return the rows of an index, (len(index), …), of values (rows, …); −1 for a row of zeros.

    ``tf.gather`` computes the same, but its gradient adds up rows in the order of the index, three times as slow.
    """
    n = values.shape[0]
    if np.array_equal(index, np.arange(n)):
        return values

    def take(values: tf.Tensor) -> Any:
        return gathered(values, index), lambda grad: given_back(grad, index, n)

    return tf.custom_gradient(take)(values)


def gathered(values: tf.Tensor, index: np.ndarray) -> tf.Tensor:
    """Return as :func:`taken`; a slice where that is enough. Its gradient is TensorFlow's."""
    n, first = values.shape[0], int(index[0]) if len(index) else 0
    if first >= 0 and np.array_equal(index, np.arange(first, first + len(index))):
        return values[first : first + len(index)]
    if (index < 0).any():
        values, index = tf.concat([values, tf.zeros_like(values[:1])], 0), np.where(index < 0, n, index)
    return tf.gather(values, index.astype(np.int32))


def given_back(grad: tf.Tensor, index: np.ndarray, n: int) -> tf.Tensor:
    """Return the gradient of ``n`` rows from that of those which :func:`taken` took: each is the sum of its copies."""
    order = np.argsort(index, kind="stable")
    order = order[index[order] >= 0]
    taken_rows = index[order]
    if len(np.unique(taken_rows)) == len(taken_rows):
        back = np.full(n, -1)
        back[taken_rows] = order
        return gathered(grad, back)
    summed = tf.math.segment_sum(gathered(grad, order), taken_rows.astype(np.int32))
    missing = n - 1 - int(taken_rows[-1])
    return tf.pad(summed, [[0, missing], [0, 0]]) if missing else summed
