"""The unit of standardised targets, inside a graph."""

from __future__ import annotations

import tensorflow as tf

from kerasgrid.models.statistics import TargetStatistics


class TargetUnit:
    """Turns standardised targets back into their own unit, by what a fit's training samples said of them."""

    def __init__(self, n_outputs: int) -> None:
        self._mean = tf.Variable(tf.zeros([n_outputs]), trainable=False)
        self._std = tf.Variable(tf.ones([n_outputs]), trainable=False)

    def assign(self, statistics: TargetStatistics) -> None:
        """Take what they said."""
        self._mean.assign(statistics.mean)
        self._std.assign(statistics.std)

    def of(self, values: tf.Tensor) -> tf.Tensor:
        """Return targets or outputs, (batch, n_outputs), in the targets' unit; inside a graph."""
        return values * self._std + self._mean
