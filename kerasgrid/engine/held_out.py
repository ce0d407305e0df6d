"""What the model makes of held-out samples, noted inside the graph for metrics that need every prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.training import Training
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

    def begin(self, training: Training, data: ResidentData) -> None:
        """Get ready for walks over the held-out samples of a fit."""
        n = len(training.held_out)
        # A graph that XLA compiled wants the same room for all folds.
        room = n if training.compiled_for is None else len(data.dataset.x_train)
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

    def metrics(self, names: Sequence[str], training: Training, data: ResidentData) -> dict[str, float]:
        """Return metrics of the outputs by their names in curves, ``val_<name>``; nothing where nothing is held out."""
        index = training.held_out
        if not len(index) or not names:
            return {}
        outputs = self.noted() if data.scaled is None else self.noted() * data.scaled.std + data.scaled.mean
        y = data.dataset.y_train[index]
        predictions = Predictions.of(outputs, y, training.params, data.task, data.n_outputs)
        return {f"val_{name}": value for name, value in metrics_of(names, predictions).items()}
