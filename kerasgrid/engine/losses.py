"""Losses, one value a sample, by the names of the space file."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

SampleLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def make_sample_loss(loss: str, n_outputs: int, task: str) -> SampleLoss:
    """Return a function from (targets, outputs) to one loss a sample, of shape (batch,).

    Classification targets are class indices of shape (batch,), turned one-hot where the loss wants that;
    others have the shape (batch,) or (batch, n_outputs).
    """
    function = getattr(keras.losses, loss)
    if task != "classification":
        return lambda targets, outputs: function(tf.reshape(targets, [-1, n_outputs]), outputs)
    if loss == "sparse_categorical_crossentropy":
        return lambda targets, outputs: function(targets, outputs)
    return lambda targets, outputs: function(tf.one_hot(targets, n_outputs), outputs)
