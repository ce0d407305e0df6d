"""What training lowers: the loss of a batch, with what the model and the parameters add to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.axes.names import is_own
from kerasgrid.engine.keras_losses import TargetForm, keras_sample_loss
from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.resident import Shapes
from kerasgrid.engine.twin import kernels_of
from kerasgrid.models.compiled import Compiled
from kerasgrid.models.parts import PENALTIES


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
        sample_loss: From (targets, outputs) to the loss of each sample, shape (batch,), which curves show.
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
        if compiled.loss is None:
            self.sample_loss = make_sample_loss(params["loss"], shapes.n_outputs, shapes.task)
        else:
            self.sample_loss = keras_sample_loss(compiled.loss, form)
        self._model = model
        # A model of the user's own is trained as it is: its penalties are not ours to take out.
        self._is_own = is_own(params["model"])
        self._factors = {} if self._is_own else {name: numbers[name] for name in PENALTIES if params[name]}
        self._kernels = kernels_of(model) if self._factors else []

    def of(self, losses: tf.Tensor) -> tf.Tensor:
        """Return the number to lower, of the losses of a batch's samples; after the model was called, in a graph."""
        objective = tf.reduce_mean(losses)
        if self._is_own and self._model.losses:
            objective += tf.add_n([_scalar(loss) for loss in self._model.losses])
        if "l1" in self._factors:
            objective += self._factors["l1"] * tf.add_n(
                [tf.reduce_sum(tf.abs(kernel.value)) for kernel in self._kernels]
            )
        if "l2" in self._factors:
            objective += 2.0 * self._factors["l2"] * tf.add_n([tf.nn.l2_loss(k.value) for k in self._kernels])
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
