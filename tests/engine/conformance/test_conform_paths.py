"""Compiled by XLA, traced for any batch, and step by step in Python: a model is trained alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import pytest
import tensorflow as tf
from support.conformance.catalogue import RECIPES
from support.conformance.compare import Case, assert_alike, fitted, trained_by_us
from support.conformance.made import N
from test_conform_models import MODELS, Counting, of
from test_conform_optimizers import constrained

from kerasgrid.fits.batches import BatchSizes


def everything(x: Any) -> Any:
    layers = keras.layers
    x = layers.Dense(5, activation="tanh", kernel_constraint="unit_norm", kernel_regularizer="l2")(x)
    x = layers.SpectralNormalization(layers.Dense(4))(Counting()(layers.BatchNormalization()(x)))
    return layers.ActivityRegularization(l2=0.01)(x)


CASES: dict[str, tuple[Callable[[], keras.Model], Any, str]] = {
    "everything": (of(everything), "floats", "Adam"),
    "embedding": (RECIPES["Embedding"][2].model, "ints", "Adam"),
    "constrained": (lambda: constrained("MaxNorm"), "floats", "SGD"),
    "masked": (MODELS["masked"][0], "floats", "RMSprop"),
    "convolution": (RECIPES["Conv2D"][0].model, "image", "Nadam"),
    "LSTM": (RECIPES["LSTM"][0].model, "sequence", "Adadelta"),
    "attention": (RECIPES["MultiHeadAttention"][0].model, "sequence", "Adagrad"),
}
QUICK = ("embedding",)

each = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.conformance) for name in CASES]
)


def case_of(name: str) -> Case:
    build, kind, optimizer = CASES[name]
    return Case(build, kind, optimizer=optimizer, more={"weight_decay": 0.01}, n_held_out=4)


@each
def test_compiled_by_xla_as_traced(name: str) -> None:
    case = case_of(name)
    sizes = BatchSizes.of(case.resolved(), N - 4, 4)
    compiled, program = fitted(case, compiled_for=sizes)
    assert list(program._epochs._compiled.values()) != [None], "XLA did not compile it"
    assert_alike(compiled.weights, trained_by_us(case))


@pytest.fixture
def eagerly() -> Iterator[None]:
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.conformance
@pytest.mark.parametrize("name", CASES)
def test_step_by_step_in_python_as_traced(name: str, request: pytest.FixtureRequest) -> None:
    case = case_of(name)
    traced = trained_by_us(case)
    request.getfixturevalue("eagerly")
    assert_alike(trained_by_us(case), traced)
