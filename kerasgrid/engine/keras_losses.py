"""Losses and targets for Keras's own losses and metrics, and for functions of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.engine.losses import SampleLoss
from kerasgrid.errors import SpaceError
from kerasgrid.models.compiled import copied


@dataclass(frozen=True)
class TargetForm:
    """What the targets of a task and the outputs of a model look like.

    Attributes:
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        n_outputs: Number of classes, or of targets.
        width: How many numbers the model gives for a sample: one for two classes, or ``n_outputs``.
        one_hot: Whether losses and metrics of the user's own get a row for each class, with a 1 for the right one.
    """

    task: str
    n_outputs: int
    width: int
    one_hot: bool = False

    def reader(self, of: Any) -> Callable[[tf.Tensor], tf.Tensor]:
        """Return what turns the engine's targets into those that this loss or metric takes, in a graph."""
        if self.task != "classification":
            return lambda targets: tf.reshape(targets, [-1, self.n_outputs])
        if self.width == 1:
            return lambda targets: tf.cast(tf.reshape(targets, [-1, 1]), tf.float32)
        is_kerass = _module_of(of).partition(".")[0] == "keras"
        if "sparse" in _name_of(of).lower() or not (is_kerass or self.one_hot):
            return lambda targets: tf.reshape(targets, [-1, 1])
        return lambda targets: tf.one_hot(targets, self.n_outputs)


def keras_sample_loss(loss: Any, form: TargetForm) -> SampleLoss:
    """Return a function from (targets, outputs) to one loss a sample, shape (batch,), whose mean is Keras's loss.

    Args:
        loss: The name of a loss, a loss or its class, or a function of (targets, outputs).
        form: What targets and outputs look like.

    Raises:
        SpaceError: if there is no such loss, or it does not say how the samples' are put together.
    """
    found = _found(loss)
    is_loss = isinstance(found, keras.losses.Loss)
    function = copied(found)
    reduction = function.reduction if is_loss else "sum_over_batch_size"
    if reduction in (None, "none"):
        raise SpaceError("a loss must be put together to one number", where="loss", got="reduction=None")
    if is_loss:
        function.reduction = "none"
    read, is_sum = form.reader(found), reduction == "sum"
    called = function if is_loss else _with_targets_of_any_type(function)

    def losses(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        values = tf.convert_to_tensor(called(read(targets), outputs))
        n = tf.shape(outputs)[0]
        if values.shape.rank == 0:
            # A function that takes the mean itself: the same for each sample.
            return tf.fill([n], values)
        rest = list(range(1, values.shape.rank))
        if is_sum:
            # The mean over the batch, which is taken of these, is then the sum.
            return tf.reduce_sum(values, axis=rest) * tf.cast(n, values.dtype)
        return tf.reduce_mean(values, axis=rest) if rest else values

    return losses


def _with_targets_of_any_type(function: Callable[[Any, Any], Any]) -> Callable[[tf.Tensor, tf.Tensor], Any]:
    """Return a function of classes that gets their indices, or as Keras has it the same as floats if it needs them."""

    def called(targets: tf.Tensor, outputs: tf.Tensor) -> Any:
        if not targets.dtype.is_integer:
            return function(targets, outputs)
        try:
            return function(targets, outputs)
        except (TypeError, ValueError, tf.errors.InvalidArgumentError):
            return function(tf.cast(targets, outputs.dtype), outputs)

    return called


def _found(loss: Any) -> Any:
    try:
        found = keras.losses.get(loss) if isinstance(loss, str | dict) else loss
    except ValueError as error:
        raise SpaceError("Keras has no such loss", where="loss", got=repr(loss)[:80]) from error
    return found() if inspect.isclass(found) else found


def _module_of(thing: Any) -> str:
    return str(getattr(thing, "__module__", None) or type(thing).__module__)


def _name_of(thing: Any) -> str:
    return str(getattr(thing, "__name__", None) or type(thing).__name__)
