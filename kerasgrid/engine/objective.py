"""What training lowers: the loss of a batch, with what the model and the parameters add to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.names import is_own
from kerasgrid.engine.keras_losses import TargetForm, keras_sample_loss
from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.resident import ResidentData, Shapes
from kerasgrid.engine.twin import kernels_of, number
from kerasgrid.errors import SpaceError
from kerasgrid.fits.weights import class_weights
from kerasgrid.models.compiled import Compiled
from kerasgrid.models.parts import PENALTIES

_PENALTIES: Mapping[str, tuple[float, Callable[[tf.Tensor], tf.Tensor]]] = {
    "l1": (1.0, lambda kernel: tf.reduce_sum(tf.abs(kernel))),
    "l2": (2.0, tf.nn.l2_loss),  # which is half of the sum of squares
}
"""The penalty of a kernel by the name of its factor, and what it is multiplied by."""


class Objective:
    """The number that a training step lowers.

    Args:
        params: Resolved hyperparameters.
        shapes: Those of the data.
        model: The model that is trained.
        numbers: The variables of the factors of penalties, by the name of their hyperparameter.
        compiled: What a compiled model or an estimator says beside the parameters.
        form: What targets and outputs look like.

    Attributes:
        sample_loss: From (targets, outputs) to the loss of each sample, shape (batch,), which curves show: labels are
            not smoothed and samples not weighted in it, so that candidates that differ in either compare.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        shapes: Shapes,
        model: keras.Model,
        numbers: Mapping[str, tf.Variable],
        compiled: Compiled,
        form: TargetForm,
    ) -> None:
        options = {name: number() for name in LOSSES[str(params["loss"])].options.values()}
        smoothing = number() if params.get("label_smoothing") else None
        kinds: dict[str, Any] = {"n_outputs": shapes.n_outputs, "task": shapes.task, "options": options}
        self._smoothed = None if smoothing is None else make_sample_loss(params, **kinds, smoothing=smoothing)
        if compiled.loss is None:
            self.sample_loss = make_sample_loss(params, **kinds)
        else:
            self.sample_loss = keras_sample_loss(compiled.loss, form)
            if smoothing is not None:
                rule = "labels are smoothed with a loss that is given by its name"
                raise SpaceError(rule, where="label_smoothing", got=repr(compiled.loss)[:80])
        self._numbers = options if smoothing is None else {**options, "label_smoothing": smoothing}
        # Programs without weights have no trace of them.
        n_weights = shapes.n_outputs if params.get("class_weight") else 0
        self._class_weights = tf.Variable(tf.ones([n_weights]), trainable=False) if n_weights else None
        self._weights = tf.Variable(tf.zeros([0]), shape=[None], trainable=False) if shapes.has_weights else None
        self._model = model
        # A model of the user's own is trained as it is: its penalties are not ours to take out.
        self._is_own = is_own(params["model"])
        self._factors = {} if self._is_own else {name: numbers[name] for name in PENALTIES if params[name]}
        self._kernels = kernels_of(model) if self._factors else []

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

    def lowered(self, losses: tf.Tensor, targets: tf.Tensor, outputs: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """Return what is lowered of the samples of a batch, (batch,): their losses, smoothed and weighted; in a graph.

        As Keras's they are divided by the number of samples then, not by the sum of their weights.

        Args:
            losses: What :attr:`sample_loss` says of them.
            targets: Their targets.
            outputs: What the model made of them.
            index: Their places in the data set.
        """
        if self._smoothed is not None:
            losses = self._smoothed(targets, outputs)
        if self._class_weights is not None:
            losses *= tf.gather(self._class_weights, targets)
        if self._weights is not None:
            losses *= tf.gather(self._weights, index)
        return losses

    def of(self, losses: tf.Tensor) -> tf.Tensor:
        """Return the number to lower, of the losses of a batch's samples; after the model was called, in a graph."""
        objective = tf.reduce_mean(losses)
        if self._is_own and self._model.losses:
            objective += tf.add_n([_scalar(loss) for loss in self._model.losses])
        for name, factor in self._factors.items():
            scale, of_kernel = _PENALTIES[name]
            objective += scale * factor * tf.add_n([of_kernel(kernel.value) for kernel in self._kernels])
        return objective


def masked(losses: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """Return the losses of a batch's samples, (batch,), as Keras weighs them by the mask of its model's outputs.

    A ``Masking`` layer masks whole samples where these have one axis. Their losses are left out of the mean.
    """
    mask = getattr(outputs, "_keras_mask", None)
    if mask is None:
        return losses
    weights = tf.cast(tf.reshape(mask, tf.shape(losses)), losses.dtype)
    return losses * weights * tf.math.divide_no_nan(tf.cast(tf.size(losses), losses.dtype), tf.reduce_sum(weights))


def _scalar(loss: tf.Tensor) -> tf.Tensor:
    """Return what ``add_loss`` was given, of any shape and type, as Keras adds it."""
    loss = tf.cast(loss, tf.float32)
    return loss if loss.shape.rank == 0 else tf.reduce_sum(loss)
