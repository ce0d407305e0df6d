"""What is measured of every fit, the loss and the task's metrics, as sums over batches that add up in the graph."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from kerasgrid.fits.metric import METRICS, Terms, metrics_for


class Measures:
    """The loss and the metrics of a task, as the table of metrics has them when this is made.

    The loss is the first of the sums. Metrics that share their terms (mse and r2) share the sums of them, too.

    Args:
        n_outputs: Number of classes, or of targets.
        task: One of :data:`kerasgrid.axes.names.TASKS`.

    Attributes:
        names: Of what is measured, ``loss`` first.
        width: Number of sums.
    """

    def __init__(self, n_outputs: int, task: str) -> None:
        self._n_outputs, self._task = n_outputs, task
        self._metrics = [METRICS[name] for name in metrics_for(task)]
        self.names = tuple(metric.name for metric in self._metrics)
        terms = dict.fromkeys(metric.terms for metric in self._metrics if metric.terms is not None)
        shapes = {of: self._shape(of) for of in terms}
        # What is one number a sample comes first, beside the loss.
        self._single = [of for of, shape in shapes.items() if not shape]
        self._wide = [of for of, shape in shapes.items() if shape]
        self._columns: dict[Terms | None, slice] = {None: slice(0, 1)}
        self.width = 1
        for of in (*self._single, *self._wide):
            start, self.width = self.width, self.width + (shapes[of][0] if shapes[of] else 1)
            self._columns[of] = slice(start, self.width)

    def sums(self, targets: tf.Tensor, outputs: tf.Tensor, losses: tf.Tensor) -> tf.Tensor:
        """Return the sums over a batch, shape (width,).

        Args:
            targets: Class indices, int32, shape (batch,); or float32, shape (batch,) or (batch, n_outputs).
            outputs: What the model makes of the samples, float32, shape (batch, n_outputs).
            losses: The loss of each sample, shape (batch,).
        """
        if self._task != "classification":
            targets = tf.reshape(targets, [-1, self._n_outputs])
        single = [losses, *(self._terms(of, targets, outputs) for of in self._single)]
        sums = tf.stack([tf.reduce_sum(values) for values in single])
        wide = [tf.reduce_sum(self._terms(of, targets, outputs), axis=0) for of in self._wide]
        return tf.concat([sums, *wide], axis=0) if wide else sums

    def named(self, means: np.ndarray, variance: np.ndarray | None) -> dict[str, float]:
        """Turn sums divided by the number of samples into the loss and the metrics by name.

        Args:
            means: Shape (width,).
            variance: Variance of each target over the same samples; None for classes, or without samples.
        """
        return {metric.name: metric.finish(means[self._columns[metric.terms]], variance) for metric in self._metrics}

    def _shape(self, of: Terms) -> tuple[int, ...]:
        """Return the shape of a sample's terms: () or (width,)."""
        outputs = tf.zeros([1, self._n_outputs])
        targets = tf.zeros([1], tf.int32) if self._task == "classification" else outputs
        return tuple(self._terms(of, targets, outputs).shape[1:])

    @staticmethod
    def _terms(of: Terms, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        return tf.cast(of(tf, targets, outputs), tf.float32)
