"""The learning curve of single training steps, for those who ask for it: it costs a few microseconds a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasgrid.fits.fit import Curve


class StepLosses:
    """The training loss of every step of a fit, noted inside the graph."""

    def __init__(self) -> None:
        self._losses = tf.Variable(tf.zeros([0]), shape=[None], trainable=False)
        self._n = tf.Variable(0, trainable=False)

    def begin(self, n_steps: int) -> None:
        """Forget everything and make room for so many steps."""
        self._losses.assign(tf.zeros([n_steps]))
        self._n.assign(0)

    def go_on(self, losses: np.ndarray) -> None:
        """Go on after steps of these losses, for which there is room."""
        n = len(losses)
        self._losses.assign(tf.tensor_scatter_nd_update(self._losses, np.arange(n)[:, None], losses))
        self._n.assign(n)

    def add(self, losses: tf.Tensor) -> None:
        """Note the losses of a step's samples, shape (batch,), as their mean; inside a graph."""
        place = self._n.assign_add(1, read_value=True) - 1
        self._losses.scatter_nd_update([[place]], [tf.reduce_mean(losses)])

    def noted(self) -> np.ndarray:
        """Return the loss of each step that was noted since :meth:`begin`."""
        return np.asarray(self._losses.numpy()[: int(self._n.numpy())])


def step_curve(losses: Sequence[float] | np.ndarray, every: int) -> Curve:
    """Return what :attr:`kerasgrid.fits.fit.FitResult.steps` is, of the loss of every step.

    Args:
        losses: One a step.
        every: Steps a value, at least 1; the last value is of what is left.
    """
    losses = np.asarray(losses, np.float64)
    if not len(losses):
        return {"iteration": [], "loss": []}
    starts = np.arange(0, len(losses), every)
    ends = np.append(starts[1:], len(losses))
    means = np.add.reduceat(losses, starts) / (ends - starts)
    return {"iteration": ends.tolist(), "loss": means.tolist()}
