"""What training lowers: the loss of a batch, with what the model and the parameters add to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.names import is_own
from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.resident import ResidentData, Shapes
from kerasgrid.engine.twin import kernels_of, number
from kerasgrid.fits.weights import class_weights


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
        # Programs without weights have no trace of them.
        n_weights = shapes.n_outputs if params.get("class_weight") else 0
        self._class_weights = tf.Variable(tf.ones([n_weights]), trainable=False) if n_weights else None
        self._weights = tf.Variable(tf.zeros([0]), shape=[None], trainable=False) if shapes.has_weights else None
        self._model, self._l2 = model, l2
        # A model of the user's own is trained as it is: its penalties are not ours to take out.
        self._is_own = is_own(params["model"])
        self._penalised = kernels_of(model) if params["l2"] and not self._is_own else []

    def reset(self, params: Mapping[str, Any], data: ResidentData, train: np.ndarray) -> None:
        """Take the numbers of a fit.

        Args:
            params: Its resolved hyperparameters.
            data: What it is trained on.
            train: The places of its training samples there.
        """
        if self._class_weights is not None:
            dataset = data.dataset
            weights = class_weights(params["class_weight"], dataset.classes or (), dataset.y_train[train])
            self._class_weights.assign(weights)
        if self._weights is not None:
            self._weights.assign(data.dataset.weights)
        for name, variable in self._numbers.items():
            variable.assign(params[name])

    def of(self, losses: tf.Tensor, targets: tf.Tensor, outputs: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """Return the number to lower of a batch; after the model was called, in a graph.

        Args:
            losses: What :attr:`sample_loss` says of its samples.
            targets: Their targets.
            outputs: What the model made of them.
            index: Their places in the data set.
        """
        if self._smoothed is not None:
            losses = self._smoothed(targets, outputs)
        if self._class_weights is not None:
            # As Keras's: divided by the number of samples, not by the sum of their weights.
            losses *= tf.gather(self._class_weights, targets)
        if self._weights is not None:
            losses *= tf.gather(self._weights, index)
        objective = tf.reduce_mean(losses)
        if self._is_own and self._model.losses:
            objective += tf.add_n(self._model.losses)
        if self._penalised:
            objective += 2.0 * self._l2 * tf.add_n([tf.nn.l2_loss(kernel.value) for kernel in self._penalised])
        return objective
