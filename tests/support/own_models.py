"""Builders of models, as a user would write them."""

from __future__ import annotations

from typing import Any

import keras


class Scale(keras.layers.Layer):
    """A layer of the user's own: one factor for each input."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.factor = self.add_weight(shape=input_shape[-1:], initializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def build(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(input_shape),
            Scale(),
            keras.layers.Dense(
                params["units"], use_bias=False, kernel_regularizer=keras.regularizers.L2(params.get("penalty", 0.0))
            ),
            keras.layers.BatchNormalization(momentum=0.8),
            keras.layers.Activation(params["activation"]),
            keras.layers.Dropout(params.get("rate", 0.2)),
            keras.layers.Dense(n_outputs, activation="softmax"),
        ]
    )


class Subclassed(keras.Model):
    """A model without a graph of layers, built when it is first called."""

    def __init__(self, units: int, n_outputs: int) -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.out = keras.layers.Dense(n_outputs)

    def call(self, inputs: Any) -> Any:
        hidden = self.hidden(inputs)
        self.add_loss(0.01 * keras.ops.mean(hidden))
        return self.out(hidden)


def subclassed(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    return Subclassed(params["hidden_units"][0], n_outputs)


WIDTH = 4


def wide(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    """Reads a number of its module."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Dense(WIDTH, activation="relu"),
            keras.layers.Dense(n_outputs, activation="softmax"),
        ]
    )


ACTIVATION = "relu"


def hidden(units: int) -> keras.layers.Layer:
    return keras.layers.Dense(units, activation=ACTIVATION)


def helped(params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    """Has a layer of another function of its module."""
    return keras.Sequential([keras.Input(input_shape), hidden(6), keras.layers.Dense(n_outputs, activation="softmax")])
