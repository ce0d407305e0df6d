"""A predictor: a model's outputs by a compiled function, for any weights of its shapes."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

_BATCH = 500
"""Samples a call: small enough for the activations to stay in the cache of one core."""


class Predictor:
    """Computes the outputs of one model; traced at the first call, which takes about a tenth of a second.

    Args:
        model: The model. Its weights are set at each call, unless they are the last call's.
        input_shape: Shape of one sample.
    """

    def __init__(self, model: keras.Model, input_shape: tuple[int, ...]) -> None:
        self._model = model
        self._held: Sequence[np.ndarray] | None = None
        self._outputs = tf.function(
            lambda inputs: tf.cast(model(inputs, training=False), tf.float32),
            autograph=False,
            input_signature=[tf.TensorSpec([None, *input_shape], tf.float32)],
        )

    def hold(self, weights: Sequence[np.ndarray]) -> None:
        """Know that the model has these weights."""
        self._held = weights

    def forget(self) -> None:
        """Know that the model's weights are about to change."""
        self._held = None

    def predict(self, weights: Sequence[np.ndarray], inputs: np.ndarray) -> np.ndarray:
        """Return the outputs, float32, shape (samples, n_outputs).

        Args:
            weights: In Keras's order. A list that was given before must not have been changed since.
            inputs: Float32, shape (samples, \\*input_shape).
        """
        if self._held is not weights:
            for variable, value in zip(self._model.weights, weights, strict=True):
                variable.assign(value)
            self._held = weights
        parts = [self._outputs(inputs[start : start + _BATCH]).numpy() for start in range(0, len(inputs), _BATCH)]
        return np.concatenate(parts)
