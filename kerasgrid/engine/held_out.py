"""What the model makes of held-out samples, noted inside the graph for metrics that need every prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.resident import ResidentData
from kerasgrid.fits.predictions import Predictions, metrics_of


class HeldOutOutputs:
    """The outputs of a walk over the held-out samples, the last one that was made.

    Noting them costs a copy in memory, and no second walk.

    Args:
        width: Outputs of the model.
    """

    def __init__(self, width: int) -> None:
        self._outputs = tf.Variable(tf.zeros([0, width]), shape=[None, width], trainable=False)
        self._place = tf.Variable(0, trainable=False)
        self._n = tf.Variable(0, trainable=False)

    def begin(self, n: int, room: int) -> None:
        """Get ready for walks over so many samples.

        Args:
            n: How many samples a walk is over.
            room: For how many to have room, at least that: a graph that XLA compiled wants the same for all folds.
        """
        if int(tf.shape(self._outputs)[0]) != room:
            self._outputs.assign(tf.zeros([room, self._outputs.shape[1]]))
        self._place.assign(0)
        self._n.assign(max(1, n))

    def add(self, outputs: tf.Tensor) -> None:
        """Note the outputs of the next samples of a walk, shape (batch, width); inside a graph."""
        n = tf.shape(outputs)[0]
        place = self._place.read_value()
        self._outputs.scatter_nd_update((place + tf.range(n))[:, None], outputs)
        # The next walk begins anew.
        self._place.assign((place + n) % self._n)

    def noted(self) -> np.ndarray:
        """Return the outputs in the order of the walk, shape (samples, width)."""
        return np.asarray(self._outputs.numpy()[: int(self._n.numpy())])


def held_out_metrics(
    names: Sequence[str], outputs: np.ndarray, data: ResidentData, index: np.ndarray, params: Mapping[str, Any]
) -> dict[str, float]:
    """Return metrics of the outputs for some samples, by their names in curves: ``val_<name>``.

    Args:
        names: Of the metrics.
        outputs: As :meth:`HeldOutOutputs.noted` has them.
        data: The data set as the model saw it.
        index: The places of the samples.
        params: Resolved hyperparameters.
    """
    own = outputs if data.scaled is None else outputs * data.scaled.std + data.scaled.mean
    predictions = Predictions.of(own, data.dataset.y_train[index], params, data.task, data.n_outputs)
    return {f"val_{name}": value for name, value in metrics_of(names, predictions).items()}
