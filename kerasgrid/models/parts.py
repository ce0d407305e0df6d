"""The pieces that every model is made of: seeded initial weights, penalties, named dropouts and normalisations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np

RATES = ("dropout", "input_dropout", "spatial_dropout", "dense_dropout")
"""The hyperparameters that are the rate of dropout layers, which are named after them."""

PENALTIES = ("l1", "l2")
"""The hyperparameters that are factors of penalties on the kernels."""

_NORMS: Mapping[str, Callable[..., keras.layers.Layer]] = {
    "batch_norm": keras.layers.BatchNormalization,
    "layer_norm": keras.layers.LayerNormalization,
}


def dropout_parameter(layer_name: str) -> str | None:
    """Return which hyperparameter sets the rate of the dropout layer of this name; None if it is not ours.

    The engine changes rates without rebuilding the model, so it must know whose rate a layer carries.
    """
    stem = layer_name.rsplit("_", 1)[0]
    return stem if stem in RATES else None


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

    def weighted(self, x: Any, make: Callable[..., keras.layers.Layer], size: int, name: str) -> Any:
        """Apply layer ``make(size)``, a normalisation if asked for, and the activation."""
        norm = next((norm for norm in _NORMS if self._params[norm]), None)
        if norm is None:
            return make(size, activation=self._params["activation"], name=name)(x)
        # Batch norm takes any bias out again; both add their own, as in their papers.
        x = make(size, use_bias=False, name=name)(x)
        x = _NORMS[norm](name=f"{norm}_{name}")(x)
        return keras.layers.Activation(self._params["activation"], name=f"activation_{name}")(x)

    def dropout(self, x: Any, parameter: str = "dropout") -> Any:
        """Apply dropout at the rate that ``parameter`` gives, or nothing where the rate is 0."""
        rate = self._params[parameter]
        if not rate:
            return x
        self._n_dropouts += 1
        layer = keras.layers.SpatialDropout2D if parameter == "spatial_dropout" else keras.layers.Dropout
        return layer(rate, name=f"{parameter}_{self._n_dropouts}")(x)

    def head(self, x: Any, n_outputs: int) -> Any:
        """Apply the fully connected hidden layers and the output layer."""
        rate = "dropout" if self._params.get("dense_dropout") is None else "dense_dropout"
        for index, units in enumerate(self._params["hidden_units"], start=1):
            hidden = self.dropout(self.weighted(x, self.dense, units, f"hidden_{index}"), rate)
            x = self._added(x, hidden, index) if self._params["residual"] else hidden
        return self.dense(n_outputs, activation=self._params["output_activation"], name="output")(x)

    def kernel(self) -> dict[str, Any]:
        """Return the options of the next layer's kernel: initializer, with a seed of its own, and regularizer."""
        seed, stddev = next(self._seeds), self._params["init_stddev"]
        if stddev is not None:
            initializer = keras.initializers.RandomNormal(stddev=stddev, seed=seed)
        else:
            initializer = keras.initializers.get(self._params["kernel_initializer"])
            if hasattr(initializer, "seed"):
                initializer = type(initializer).from_config({**initializer.get_config(), "seed": seed})
        return {
            "kernel_initializer": initializer,
            "kernel_regularizer": _penalty(*(self._params[name] for name in PENALTIES)),
        }

    def _added(self, x: Any, hidden: Any, index: int) -> Any:
        """Return what a hidden layer made of ``x``, added to that or, if its width is another, to its projection."""
        units = hidden.shape[-1]
        skip = x if x.shape[-1] == units else self.dense(units, use_bias=False, name=f"projection_{index}")(x)
        return keras.layers.Add(name=f"add_{index}")([skip, hidden])


def _penalty(l1: float, l2: float) -> keras.regularizers.Regularizer | None:
    if l1 and l2:
        return keras.regularizers.L1L2(l1, l2)
    if l1:
        return keras.regularizers.L1(l1)
    return keras.regularizers.L2(l2) if l2 else None


def _kernel_seeds(seed: int | None) -> Iterator[int | None]:
    if seed is None:
        while True:
            yield None
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))
