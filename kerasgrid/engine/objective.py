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


class Objective:
    """The number that a training step lowers.

    Args:
        params: Resolved hyperparameters.
        shapes: Those of the data.
        model: The model that is trained.
        l2: The variable of the L2 factor.
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
        l2: tf.Variable,
        compiled: Compiled,
        form: TargetForm,
    ) -> None:
        if compiled.loss is None:
            self.sample_loss = make_sample_loss(params["loss"], shapes.n_outputs, shapes.task)
        else:
            self.sample_loss = keras_sample_loss(compiled.loss, form)
        self._model, self._l2 = model, l2
        # A model of the user's own is trained as it is: its penalties are not ours to take out.
        self._is_own = is_own(params["model"])
        self._penalised = kernels_of(model) if params["l2"] and not self._is_own else []

    def of(self, losses: tf.Tensor) -> tf.Tensor:
        """Return the number to lower, of the losses of a batch's samples; after the model was called, in a graph."""
        objective = tf.reduce_mean(losses)
        if self._is_own and self._model.losses:
            objective += tf.add_n(self._model.losses)
        if self._penalised:
            objective += 2.0 * self._l2 * tf.add_n([tf.nn.l2_loss(kernel.value) for kernel in self._penalised])
        return objective
