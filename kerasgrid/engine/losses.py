"""Losses and metrics as sums over a batch, so that whole epochs add up in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

SampleLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def make_sample_loss(loss: str, n_outputs: int, task: str) -> SampleLoss:
    """Return a function from (targets, outputs) to one loss a sample, of shape (batch,).

    Classification targets are class indices of shape (batch,), turned one-hot where the loss wants that;
    regression targets have the shape (batch,) or (batch, n_outputs).
    """
    function = getattr(keras.losses, loss)
    if task == "regression":
        return lambda targets, outputs: function(tf.reshape(targets, [-1, n_outputs]), outputs)
    if loss == "sparse_categorical_crossentropy":
        return lambda targets, outputs: function(targets, outputs)
    return lambda targets, outputs: function(tf.one_hot(targets, n_outputs), outputs)


def batch_sums(targets: tf.Tensor, outputs: tf.Tensor, losses: tf.Tensor, n_outputs: int, task: str) -> tf.Tensor:
    """Return what :func:`metrics_from_means` needs, summed over the batch.

    Classification: the loss and the number of right answers. Regression: the loss, the absolute error (mean over the
    outputs) and the squared error of each output.
    """
    if task == "classification":
        right = tf.equal(tf.argmax(outputs, axis=-1, output_type=targets.dtype), targets)
        return tf.stack([tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.float32))])
    errors = outputs - tf.reshape(targets, [-1, n_outputs])
    sums = [tf.reduce_sum(losses), tf.reduce_sum(tf.reduce_mean(tf.abs(errors), axis=-1))]
    return tf.concat([tf.stack(sums), tf.reduce_sum(tf.square(errors), axis=0)], axis=0)


def n_sums(n_outputs: int, task: str) -> int:
    """Return the length of :func:`batch_sums`."""
    return 2 if task == "classification" else 2 + n_outputs


def metrics_from_means(means: np.ndarray, variance: np.ndarray | None, task: str) -> Mapping[str, float]:
    """Turn sums divided by the number of samples into the task's metrics by name.

    Args:
        means: One row of means, in the order of :func:`batch_sums`.
        variance: Variance of each target over the same samples, for r2 (averaged over the outputs, as scikit-learn's
            ``r2_score`` does); None for classification or without samples.
        task: ``classification`` or ``regression``.
    """
    if task == "classification":
        return {"loss": float(means[0]), "accuracy": float(means[1])}
    squared = means[2:]
    if variance is None:
        variance = np.zeros_like(squared)
    # A constant target has no variance to explain: r2_score's convention, 1 for a perfect fit and 0 otherwise.
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(variance > 0, 1.0 - squared / variance, np.where(squared > 0, 0.0, 1.0))
    return {
        "loss": float(means[0]),
        "mse": float(squared.mean()),
        "mae": float(means[1]),
        "r2": float(r2.mean()),
    }
