"""Functions and classes of modules that are changed between fits, as in a notebook, are looked at again."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

from kerasgrid import KerasClassifier, KerasRegressor

SOURCE = """
import keras

ALPHA = 1.0


def loss(y_true, y_pred):
    return ALPHA * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class Loss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return loss(y_true, y_pred)


def error(y_true, y_pred):
    return ALPHA * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class Error(keras.metrics.MeanMetricWrapper):
    def __init__(self, name="error", dtype=None):
        super().__init__(fn=error, name=name, dtype=dtype)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


class Slow(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient / ALPHA, variable, learning_rate)


def build(units):
    return keras.Sequential([keras.layers.Dense(units), keras.layers.Rescaling(ALPHA), keras.layers.Dense(1)])
"""


@pytest.fixture
def edited() -> Iterator[Any]:
    """A module that can be imported; its number is set, or its source is."""
    module = types.ModuleType("edited_by_hand")
    sys.modules[module.__name__] = module
    exec(compile(SOURCE, "edited_by_hand.py", "exec"), vars(module))
    yield module
    del sys.modules[module.__name__]


def history(**params: Any) -> dict[str, list[float]]:
    x = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    small = {"epochs": 2, "random_state": 0, "hidden_units": (4,)}
    if callable(params.get("model")):
        del small["hidden_units"]
    return KerasRegressor(**{**small, **params}).fit(x, x.sum(axis=1)).history_


USES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "a loss function": lambda module: {"loss": module.loss},
    "a loss's class": lambda module: {"loss": module.Loss},
    "a loss": lambda module: {"loss": module.Loss()},
    "a function as a metric": lambda module: {"metrics": [module.error]},
    "a metric": lambda module: {"metrics": [module.Error]},
    "an optimizer": lambda module: {"optimizer": module.Slow(0.1)},
    "a builder": lambda module: {"model": module.build, "units": 3},
    "part of a builder": lambda module: {"model": functools.partial(module.build, units=3)},
}


@pytest.mark.parametrize("use", USES)
def test_a_number_that_it_reads_is_looked_at_in_every_fit(edited: Any, use: str) -> None:
    first = history(**USES[use](edited))
    assert history(**USES[use](edited)) == first
    edited.ALPHA = 100.0
    changed = history(**USES[use](edited))
    assert changed != first
    edited.ALPHA = 1.0
    assert history(**USES[use](edited)) == first


def test_a_function_that_gets_other_code_is_another(edited: Any) -> None:
    first = history(loss=edited.loss)
    code = edited.loss.__code__
    exec(compile(SOURCE.replace("ops.square", "ops.abs"), "edited_by_hand.py", "exec"), other := {})
    edited.loss.__code__ = other["loss"].__code__  # as %autoreload does
    assert history(loss=edited.loss) != first
    edited.loss.__code__ = code
    assert history(loss=edited.loss) == first


def test_a_class_that_each_call_makes_anew_shares_its_program() -> None:
    from kerasgrid.estimators import programs

    def metric() -> keras.metrics.Metric:
        class Own(keras.metrics.SparseCategoricalAccuracy):
            pass

        return Own()

    x = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    estimators = [KerasClassifier(epochs=1, random_state=0, metrics=[metric()]) for _ in range(2)]
    before = set(programs._programs)
    for estimator in estimators:
        estimator.fit(x, np.arange(40) % 2)
    assert len(set(programs._programs) - before) == 1
