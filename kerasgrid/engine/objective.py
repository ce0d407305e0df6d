"""What training lowers: the loss of a batch, with what the model and the parameters add to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.names import is_own
from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.resident import Shapes
from kerasgrid.engine.twin import kernels_of, number


class Objective:
    """The number that a training step lowers.

    Args:
        params: Resolved hyperparameters.
        shapes: Those of the data.
        model: The model that is trained.
        l2: The variable of the L2 factor.

    Attributes:
        sample_loss: From (targets, outputs) to the loss of each sample, shape (batch,), which curves show: labels are
            not smoothed and samples not weighted in it, so that candidates that differ in either compare.
    """

    def __init__(self, params: Mapping[str, Any], shapes: Shapes, model: keras.Model, l2: tf.Variable) -> None:
        options = {name: number() for name in LOSSES[str(params["loss"])].options.values()}
        smoothing = number() if params.get("label_smoothing") else None
        kinds: dict[str, Any] = {"n_outputs": shapes.n_outputs, "task": shapes.task, "options": options}
        self.sample_loss = make_sample_loss(params, **kinds)
        self._smoothed = None if smoothing is None else make_sample_loss(params, **kinds, smoothing=smoothing)
        self._numbers = options if smoothing is None else {**options, "label_smoothing": smoothing}
        self._model, self._l2 = model, l2
        # A model of the user's own is trained as it is: its penalties are not ours to take out.
        self._is_own = is_own(params["model"])
        self._penalised = kernels_of(model) if params["l2"] and not self._is_own else []

    def reset(self, params: Mapping[str, Any]) -> None:
        """Take the numbers of a fit.

        Args:
            params: Its resolved hyperparameters.
        """
        for name, variable in self._numbers.items():
            variable.assign(params[name])

    def of(self, losses: tf.Tensor, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """Return the number to lower of a batch; after the model was called, in a graph.

        Args:
            losses: What :attr:`sample_loss` says of its samples.
            targets: Their targets.
            outputs: What the model made of them.
        """
        objective = tf.reduce_mean(losses if self._smoothed is None else self._smoothed(targets, outputs))
        if self._is_own and self._model.losses:
            objective += tf.add_n(self._model.losses)
        if self._penalised:
            objective += 2.0 * self._l2 * tf.add_n([tf.nn.l2_loss(kernel.value) for kernel in self._penalised])
        return objective
