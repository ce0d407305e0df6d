"""What a recipe is: how one layer of Keras stands in a small model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from .made import N_OUTPUTS, SHAPES, Kind, Task

Body = Callable[[Any], Any]
"""From what comes before a layer to what the layer makes of it."""

LAST = {"classification": "softmax", "multilabel": "sigmoid", "regression": "softplus"}
"""Positive everywhere: some losses of numbers take logarithms."""


@dataclass(frozen=True)
class Recipe:
    """How one layer stands in a small model of float outputs.

    Attributes:
        kind: Of the samples.
        body: Makes the layer and calls it.
        label: Which of several recipes of a layer it is.
        first: Whether the layer comes first, before all weights: it has no gradient, or is made for samples. A small
            trainable layer stands before all others, so that their gradient counts, too.
    """

    kind: Kind
    body: Body
    label: str = ""
    first: bool = False

    def model(self, task: Task = "classification") -> keras.Model:
        """Return a new model."""
        shape = SHAPES[self.kind]
        inputs = keras.Input(shape, dtype="int32" if self.kind == "ints" else "float32")
        x = inputs
        if not self.first and self.kind != "ints":
            # Without a bias: before a normalisation it has no gradient but rounding.
            x = keras.layers.Dense(shape[-1], activation="tanh", use_bias=False)(x)
        x = self.body(x)
        if keras.backend.standardize_dtype(x.dtype) != "float32":
            x = keras.ops.cast(x, "float32")
        if len(x.shape) > 2:
            x = keras.layers.Flatten()(x)
        return keras.Model(inputs, keras.layers.Dense(N_OUTPUTS, activation=LAST[task])(x))
