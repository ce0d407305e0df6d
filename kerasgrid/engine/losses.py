"""Losses of a program, one value a sample, by the names of the space file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.axes.losses import LOSSES, Loss, has_one_output

SampleLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def make_sample_loss(
    params: Mapping[str, Any],
    n_outputs: int,
    task: str,
    *,
    options: Mapping[str, Any] | None = None,
    smoothing: tf.Variable | None = None,
) -> SampleLoss:
    """Return a function from (targets, outputs) to one loss a sample, of shape (batch,).

    Classification targets are class indices of shape (batch,), turned into what the loss wants; others have the shape
    (batch,) or (batch, n_outputs).

    Args:
        params: Resolved hyperparameters.
        n_outputs: Number of classes, labels or targets.
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        options: What stands for the hyperparameters that the loss reads, by their names; None for their values.
        smoothing: The share by which labels are smoothed; None for as they are.
    """
    row = LOSSES[str(params["loss"])]
    if smoothing is not None and row.smoothed_by:
        row = LOSSES[row.smoothed_by]
    function = _function(row, params if options is None else options)
    given = _targets(row, n_outputs, task, is_single=has_one_output(params, task))
    if smoothing is None:
        return lambda targets, outputs: function(given(targets), outputs)
    # Keras's own argument must be a number, not a variable. Of one output the two classes are 0 and 1.
    n_classes = 2 if row.has_one_output else n_outputs
    return lambda targets, outputs: function(given(targets) * (1.0 - smoothing) + smoothing / n_classes, outputs)


def compiled_loss(params: Mapping[str, Any], task: str) -> Any:
    """Return what Keras compiles a saved model with: a name, an object with options, or None where Keras has no such.

    Args:
        params: Resolved hyperparameters.
        task: As for :func:`make_sample_loss`.
    """
    row = LOSSES[str(params["loss"])]
    if not row.keras_class:
        return None
    options = {argument: params[name] for argument, name in row.options.items()}
    # Keras smooths no indices; the saved model's loss is then the plain one.
    if params.get("label_smoothing") and row.smooths and not row.smoothed_by:
        options["label_smoothing"] = params["label_smoothing"]
    return getattr(keras.losses, row.keras_class)(**options) if options else row.name


def _function(row: Loss, values: Mapping[str, Any]) -> SampleLoss:
    options = {argument: values[name] for argument, name in row.options.items()}
    function = getattr(keras.losses, row.name) if row.function is None else partial(row.function, keras.ops)
    return partial(function, **options) if options else function


def _targets(row: Loss, n_outputs: int, task: str, *, is_single: bool) -> Callable[[tf.Tensor], tf.Tensor]:
    if task != "classification":
        return lambda targets: tf.reshape(targets, [-1, n_outputs])
    if is_single:
        return lambda targets: tf.cast(tf.reshape(targets, [-1, 1]), tf.float32)
    if row.targets == "index":
        return lambda targets: targets
    if row.targets == "signs":
        return lambda targets: tf.one_hot(targets, n_outputs, on_value=1.0, off_value=-1.0)
    return lambda targets: tf.one_hot(targets, n_outputs)
