"""The pieces that every model is made of: seeded initial weights, L2 penalties, named dropout and batch norm layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np


def dropout_parameter(layer_name: str) -> str | None:
    """Return which hyperparameter sets the rate of the dropout layer of this name; None if it is not ours.

    The engine changes rates without rebuilding the model, so it must know whose rate a layer carries.
    """
    stem = layer_name.rsplit("_", 1)[0]
    return stem if stem in ("dropout", "input_dropout") else None


class Parts:
    """Makes the layers of one model, each kernel with a seed of its own.

    Args:
        params: Hyperparameters with their defaults filled in.
        seed: Seed of the initial weights; None draws them anew each time.
    """

    def __init__(self, params: Mapping[str, Any], seed: int | None) -> None:
        self._params = params
        self._seeds: Iterator[int | None] = _kernel_seeds(seed)
        self._n_dropouts = 0

    def dense(self, units: int, **options: Any) -> keras.layers.Layer:
        """Return a fully connected layer of this many ``units``."""
        return keras.layers.Dense(units, **options, **self.kernel())

    def conv(self, filters: int, **options: Any) -> keras.layers.Layer:
        """Return a 2-D convolution of stride 1."""
        size, padding = self._params["kernel_size"], self._params["padding"]
        return keras.layers.Conv2D(filters, size, padding=padding, **options, **self.kernel())

    def weighted(self, x: Any, make: Callable[..., keras.layers.Layer], size: int, index: int, kind: str) -> Any:
        """Apply layer ``make(size)``, batch norm if asked for, and the activation."""
        if not self._params["batch_norm"]:
            return make(size, activation=self._params["activation"], name=f"{kind}_{index}")(x)
        # Batch norm takes any bias out again and adds its own.
        x = make(size, use_bias=False, name=f"{kind}_{index}")(x)
        x = keras.layers.BatchNormalization(name=f"batch_norm_{kind}_{index}")(x)
        return keras.layers.Activation(self._params["activation"], name=f"activation_{kind}_{index}")(x)

    def dropout(self, x: Any, parameter: str = "dropout") -> Any:
        """Apply dropout at the rate that ``parameter`` gives, or nothing where the rate is 0."""
        rate = self._params[parameter]
        if not rate:
            return x
        self._n_dropouts += 1
        return keras.layers.Dropout(rate, name=f"{parameter}_{self._n_dropouts}")(x)

    def head(self, x: Any, n_outputs: int) -> Any:
        """Apply the fully connected hidden layers and the output layer."""
        for index, units in enumerate(self._params["hidden_units"], start=1):
            x = self.dropout(self.weighted(x, self.dense, units, index, "hidden"))
        return self.dense(n_outputs, activation=self._params["output_activation"], name="output")(x)

    def kernel(self) -> dict[str, Any]:
        """Return the options of the next layer's kernel: initializer, with a seed of its own, and regularizer."""
        seed, stddev, l2 = next(self._seeds), self._params["init_stddev"], self._params["l2"]
        if stddev is not None:
            initializer = keras.initializers.RandomNormal(stddev=stddev, seed=seed)
        else:
            initializer = keras.initializers.get(self._params["kernel_initializer"])
            if hasattr(initializer, "seed"):
                initializer = type(initializer).from_config({**initializer.get_config(), "seed": seed})
        return {
            "kernel_initializer": initializer,
            "kernel_regularizer": keras.regularizers.L2(l2) if l2 else None,
        }


def _kernel_seeds(seed: int | None) -> Iterator[int | None]:
    if seed is None:
        while True:
            yield None
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))
