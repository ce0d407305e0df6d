"""Builders as tutorials, courses and forum answers write them."""

from __future__ import annotations

from typing import Any

import keras


def create_model(optimizer: Any = "adam", neurons: int = 6, activation: str = "relu") -> keras.Model:
    """Compiled, with named arguments."""
    model = keras.Sequential(
        [keras.layers.Dense(neurons, activation=activation), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def binary(optimizer: Any = "rmsprop", init: str = "glorot_uniform") -> keras.Model:
    """One sigmoid output for two classes."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6, kernel_initializer=init, activation="relu"),
            keras.layers.Dense(1, kernel_initializer=init, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def uncompiled(meta: dict[str, Any], hidden: int = 6) -> keras.Model:
    """What scikeras compiles by the estimator's parameters."""
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def by_meta(hidden: int, meta: dict[str, Any], compile_kwargs: dict[str, Any]) -> keras.Model:
    """What scikeras's documentation writes."""
    inputs = keras.Input(meta["X_shape_"][1:])
    x = keras.layers.Dense(hidden, activation="relu")(inputs)
    is_binary = meta["target_type_"] == "binary"
    n, activation = (1, "sigmoid") if is_binary else (meta["n_classes_"], "softmax")
    model = keras.Model(inputs, keras.layers.Dense(n, activation=activation)(x))
    loss = "binary_crossentropy" if is_binary else "sparse_categorical_crossentropy"
    model.compile(**{**compile_kwargs, "loss": compile_kwargs["loss"] or loss})
    return model


def baseline() -> keras.Model:
    """A regression."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, activation="relu"), keras.layers.Dense(1)])
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model
