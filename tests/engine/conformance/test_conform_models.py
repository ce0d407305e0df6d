"""What a model may hold beside layers in a row, trained by the engine as by Keras itself."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers, ops
from support.conformance.compare import Case, assert_alike, check, trained_by_keras, trained_by_us
from support.conformance.made import N_OUTPUTS, N_WORDS
from support.conformance.recipe import Recipe

from kerasgrid.errors import SpaceError


class Counting(layers.Layer):
    """Counts its calls in training, and scales by their number: in a weight and in a variable of TensorFlow's."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = keras.metrics.Sum()
        self.raw = [tf.Variable(1.0, trainable=False)]

    def build(self, shape: Any) -> None:
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            self.count.assign_add(1.0)
            self.seen.update_state(0.5)
            self.raw[0].assign_add(0.25)
        return inputs * (self.count + self.raw[0])


class AlwaysCounting(layers.Layer):
    """Counts its calls of any kind."""

    def build(self, shape: Any) -> None:
        self.count = self.add_weight(shape=(), initializer="ones", trainable=False)

    def call(self, inputs: Any) -> Any:
        self.count.assign_add(1.0)
        return inputs / self.count


class Adding(layers.Layer):
    """Adds losses: a number, and one a sample."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(0.1 * ops.mean(inputs**2))
        self.add_loss(0.01 * ops.sum(inputs**2, axis=-1))
        return inputs


class Idle(layers.Layer):
    """Has weights that nothing comes of, and one of integers."""

    def build(self, shape: Any) -> None:
        self.used = self.add_weight(shape=(shape[-1], 4), name="used")
        self.idle = self.add_weight(shape=(3,), name="idle", constraint="non_neg")
        self.whole = self.add_weight(shape=(2,), dtype="int32", initializer="ones", name="whole")

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.used)


class Typed(layers.Layer):
    """Has a weight of another type."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), dtype=self.kind, initializer="ones", autocast=False)

    def call(self, inputs: Any) -> Any:
        return inputs * ops.cast(self.scale, inputs.dtype)


class Subclassed(keras.Model):
    """A model without a graph of layers, built by its first call."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(5, activation="tanh", kernel_constraint="max_norm")
        self.out = layers.Dense(N_OUTPUTS, activation="softmax")

    def call(self, inputs: Any) -> Any:
        hidden = self.hidden(inputs)
        self.add_loss(0.05 * ops.mean(hidden**2))
        return self.out(hidden)


def of(body: Callable[[Any], Any], kind: Any = "floats") -> Callable[[], keras.Model]:
    return Recipe(kind, body).model


def shared(x: Any) -> Any:
    layer = layers.Dense(6, activation="tanh", kernel_regularizer="l2")
    return layer(layer(x))


def frozen(x: Any) -> Any:
    return layers.BatchNormalization(trainable=False)(layers.Dense(4, trainable=False, kernel_regularizer="l2")(x))


def frozen_later() -> keras.Model:
    model = of(lambda x: layers.Dense(4, name="late", kernel_constraint="unit_norm")(x))()
    model.get_layer("late").trainable = False
    return model


def nested(x: Any) -> Any:
    return keras.Sequential([layers.Dense(5, activation="tanh"), layers.BatchNormalization(), Counting()])(x)


def masked() -> keras.Model:
    """Whole samples are masked, and their losses left out."""
    inputs = keras.Input((6,))
    x = layers.Masking(0.0)(inputs * ops.cast(ops.any(inputs > 0.85, axis=-1, keepdims=True), "float32"))
    return keras.Model(inputs, layers.Dense(N_OUTPUTS, activation="softmax")(layers.Dense(4, activation="tanh")(x)))


def unspecified() -> keras.Model:
    """Says nothing of its inputs: an embedding makes integers of what it gets."""
    return keras.Sequential(
        [layers.Embedding(N_WORDS, 4), layers.Flatten(), layers.Dense(N_OUTPUTS, activation="softmax")]
    )


def one_hot() -> keras.Model:
    inputs = keras.Input((5,), dtype="int64")
    x = layers.Flatten()(ops.one_hot(inputs, N_WORDS))
    return keras.Model(inputs, layers.Dense(N_OUTPUTS, activation="softmax")(x))


MODELS: dict[str, tuple[Callable[[], keras.Model], Any]] = {
    "counting": (of(lambda x: Counting()(x)), "floats"),
    "always counting": (of(lambda x: AlwaysCounting()(x)), "floats"),
    "adding": (of(lambda x: Adding()(layers.Dense(4)(x))), "floats"),
    "float64": (of(lambda x: Typed("float64")(x)), "floats"),
    "subclassed": (Subclassed, "floats"),
    "shared": (of(shared), "floats"),
    "frozen": (of(frozen), "floats"),
    "frozen later": (frozen_later, "floats"),
    "nested": (of(nested), "floats"),
    "masked": (masked, "floats"),
    "unspecified": (unspecified, "ints"),
    "one-hot": (one_hot, "ints"),
    "embedded twice": (of(lambda x: twice(x), "ints"), "ints"),
}


QUICK = {
    *("counting", "adding", "float64", "subclassed", "shared", "frozen later", "masked", "unspecified"),
    "embedded twice",
}


def twice(x: Any) -> Any:
    layer = layers.Embedding(N_WORDS, 4, embeddings_regularizer="l2")
    return layers.Add()([layer(x), layer(x[:, ::-1])])


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        pytest.param(name, optimizer, marks=() if name in QUICK and place % 2 == turn else pytest.mark.conformance)
        for place, name in enumerate(MODELS)
        for turn, optimizer in enumerate(("SGD", "Adam", "Nadam"))
    ],
)
def test_a_model(name: str, optimizer: str, record_property: Any) -> None:
    record_property("compared", ("model", name, optimizer))
    build, kind = MODELS[name]
    check(Case(build, kind, optimizer=optimizer, more={"weight_decay": 0.01}))


@pytest.mark.parametrize("optimizer", ["Adam", "Nadam", pytest.param("SGD", marks=pytest.mark.conformance)])
def test_weights_without_a_gradient_stay_and_are_told_of(optimizer: str) -> None:
    case = Case(of(lambda x: Idle()(x)), optimizer=optimizer, more={"weight_decay": 0.01})
    with pytest.warns(UserWarning, match=r"^weights without a gradient are not trained: \w+/idle$") as told:
        ours = trained_by_us(case)
    assert len(told) == 1
    with pytest.warns(UserWarning, match="Gradients do not exist for variables"):
        theirs = trained_by_keras(case)
    assert_alike(ours, theirs)


def without_gradient() -> keras.Model:
    model = of(layers.Identity())()
    return keras.Model(model.inputs, ops.stop_gradient(model.output))


def test_a_model_without_any_gradient_is_an_error() -> None:
    message = (
        "model: the loss must depend on the model's weights, got no gradient for any of 3 (what rounds, sorts or "
        "compares has none)"
    )
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        trained_by_us(Case(without_gradient))


@pytest.mark.parametrize(
    "optimizer", ["Adam", *(pytest.param(name, marks=pytest.mark.conformance) for name in ("SGD", "Nadam"))]
)
@pytest.mark.parametrize("kind", ["float16", pytest.param("mixed_bfloat16", marks=pytest.mark.conformance)])
def test_weights_and_policies_of_low_precision(kind: str, optimizer: str) -> None:
    """They agree as far as numbers of 8 or 11 bits can."""

    def body(x: Any) -> Any:
        return layers.Dense(5, activation="tanh", dtype=kind)(x) if kind.startswith("mixed") else Typed(kind)(x)

    case = Case(of(body), optimizer=optimizer)
    assert_alike(trained_by_us(case), trained_by_keras(case), scale=300)


def test_held_out_samples_pass_as_in_keras() -> None:
    """What a layer counts in evaluation counts on from there, as in ``fit`` with validation data."""
    case = Case(MODELS["always counting"][0], n_held_out=4)
    check(case)


def test_what_a_layer_draws_when_it_is_traced_is_the_same_in_each_program() -> None:
    case = Case(of(lambda x: Drawing()(x)))
    assert_alike(trained_by_us(case), trained_by_us(case))


class Drawing(layers.Layer):
    """Draws by Python's own random numbers, as layers of Keras do, too."""

    def call(self, inputs: Any) -> Any:
        return inputs * random.random()
