"""What the outputs of a model say of classes: one output for two of them, margins, and probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasgrid.axes.losses import LOSSES
from kerasgrid.data.dataset import Array


def outputs_of_classes(outputs: Array, task: str) -> Array:
    """Return outputs with a column for each class, of one output for two of them, too.

    Args:
        outputs: A model's, (n, its width).
        task: One of :data:`kerasgrid.axes.names.TASKS`; others than classification stay as they are.
    """
    if task == "classification" and outputs.shape[1] == 1:
        return np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def shown_outputs(outputs: Array, params: Mapping[str, Any], task: str) -> Array:
    """Return what people are shown of outputs: as :func:`outputs_of_classes`, and probabilities in place of margins."""
    outputs = outputs_of_classes(outputs, task)
    return _softmax(outputs) if task == "classification" and LOSSES[str(params["loss"])].gives_margins else outputs


def class_probabilities(outputs: Array, params: Mapping[str, Any]) -> Array:
    """Return the probability of each class, float64, (n, n_classes), rows adding up to 1.

    Outputs are scaled to a sum of 1, as Keras's cross-entropies do, and negative ones count as 0; of margins a softmax
    is taken.

    Args:
        outputs: A model's, (n, its width).
        params: Resolved hyperparameters, of which the loss counts.
    """
    outputs = outputs_of_classes(np.asarray(outputs, np.float64), "classification")
    if LOSSES[str(params["loss"])].gives_margins:
        return _softmax(outputs)
    positive = np.maximum(outputs, 0.0)
    sums = positive.sum(axis=1, keepdims=True)
    if (sums > 0).all():
        return np.asarray(positive / sums)
    # No output of a row is positive: keep their order.
    return np.where(sums > 0, positive / np.where(sums > 0, sums, 1.0), _softmax(outputs))


def _softmax(outputs: Array) -> Array:
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
