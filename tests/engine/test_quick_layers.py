"""Layers that are computed with the batch last compute what Keras's do, forward and backward."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import tensorflow as tf  # noqa: E402
from support.conformance.compare import Case, check  # noqa: E402

from kerasgrid.engine.batch_last import Rows, images_of, rows_of  # noqa: E402
from kerasgrid.engine.conv_rows import convolved  # noqa: E402
from kerasgrid.engine.quick_layers import quicken  # noqa: E402
from kerasgrid.engine.tiles import Conv, Tiling, best_tiling  # noqa: E402
from kerasgrid.models.layers import Subsampling2D, TableConv2D  # noqa: E402

L = keras.layers
BATCH = 3


def numbers(*shape: int, seed: int = 0) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).standard_normal(shape), tf.float32)


def with_gradients(function: Any, *inputs: tf.Tensor) -> list[np.ndarray]:
    """Return what a function makes of its inputs, and the gradients of a random sum of it."""

    @tf.function(autograph=False)
    def both(*inputs: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            made = function(*inputs)
            total = tf.reduce_sum(made * numbers(*made.shape, seed=1))
        return [made, *tape.gradient(total, inputs)]

    return [np.asarray(one) for one in both(*inputs)]


def assert_close(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(np.abs(other).max())))


SHAPES = [
    # height, width, channels, kernel, strides, filters
    *((9, 9, 1, (size, size), (1, 1), 6) for size in range(1, 8)),
    *((8, 11, channels, (3, 3), (1, 1), 4) for channels in (1, 2, 3, 6, 16, 64)),
    *((13, 10, 2, (5, 4), strides, 3) for strides in itertools.product((1, 2, 3), repeat=2)),
    (7, 7, 3, (7, 7), (1, 1), 5),
    (32, 32, 1, (5, 5), (1, 1), 6),
    (14, 14, 6, (5, 5), (1, 1), 16),
    (5, 17, 1, (1, 7), (2, 1), 1),
]


@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize(("height", "width", "channels", "kernel", "strides", "filters"), SHAPES)
def test_a_convolution_is_a_product_of_tiles(
    height: int,
    width: int,
    channels: int,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    filters: int,
    has_bias: bool,
) -> None:
    given = [numbers(BATCH, height, width, channels), numbers(*kernel, channels, filters)]
    given += [numbers(filters)] * has_bias

    def ours(x: tf.Tensor, weights: tf.Tensor, *bias: tf.Tensor) -> tf.Tensor:
        return images_of(convolved(rows_of(x), weights, strides, *bias))

    def theirs(x: tf.Tensor, weights: tf.Tensor, *bias: tf.Tensor) -> tf.Tensor:
        made = tf.nn.conv2d(x, weights, [1, *strides, 1], "VALID")
        return made + bias[0] if bias else made

    assert_close(with_gradients(ours, *given), with_gradients(theirs, *given))


def test_a_tiling_covers_every_pixel_once_and_depends_on_shapes_alone() -> None:
    conv = Conv((32, 32, 1), (5, 5), (1, 1), 6)
    assert best_tiling(conv) == best_tiling(conv)
    for high, wide in ((1, 1), (2, 4), (3, 5)):
        tiling = Tiling(conv, high, wide)
        places = tiling.places()
        assert places.shape == (28, 28, 6)
        assert len(np.unique(places)) == places.size
        assert places.max() < tiling.n_made * tiling.n_tiles
    # Its product is wide, its patches overlap less than those of single pixels.
    assert best_tiling(conv).n_made >= 24


def test_padding_is_places_without_a_row() -> None:
    images = numbers(BATCH, 4, 4, 2)
    rows = rows_of(images)
    padded = images_of(Rows(rows.values, np.pad(rows.places, [(1, 0), (2, 1), (0, 0)], constant_values=-1)))
    np.testing.assert_array_equal(padded, np.pad(images, [(0, 0), (1, 0), (2, 1), (0, 0)]))


def test_images_carry_what_they_were_made_of() -> None:
    rows = rows_of(numbers(BATCH, 4, 4, 2))
    assert rows_of(images_of(rows)) is rows


CHAINS = {
    "lenet-like, tanh": (
        (28, 28, 1),
        lambda: [
            L.ZeroPadding2D(2), L.Conv2D(6, 5, activation="tanh"), L.AveragePooling2D(2),
            L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(2), L.Flatten(), L.Dense(3),
        ],
    ),
    "lenet-like, relu": (
        (32, 31, 1),
        lambda: [
            L.Conv2D(6, 5, activation="relu"), L.MaxPooling2D(2), L.Conv2D(16, 5, activation="relu"),
            L.MaxPooling2D(2),
        ],
    ),
    "same padding, strides, odd sides": (
        (17, 13, 1),
        lambda: [L.Conv2D(5, 5, strides=(2, 1), padding="same", use_bias=False), L.Activation("elu"),
                 L.MaxPooling2D((3, 2))],
    ),
    "pooling by three, the rest left out": (
        (20, 20, 1),
        lambda: [L.Conv2D(3, 6, activation="sigmoid"), L.MaxPooling2D(3), L.AveragePooling2D(2)],
    ),
    "an activation of all channels, dropout, a skip": (
        (12, 12, 1),
        lambda: [L.Conv2D(4, 5, activation="softmax"), L.Dropout(0.0), L.ZeroPadding2D(((1, 0), (2, 3))),
                 L.MaxPooling2D(2)],
    ),
    "overlapping windows are Keras's": (
        (14, 14, 1),
        lambda: [L.Conv2D(4, 5, activation="relu"), L.MaxPooling2D(3, strides=2),
                 L.AveragePooling2D(2, padding="same")],
    ),
    "the paper's connections and trainable subsampling": (
        (32, 32, 1),
        lambda: [
            L.Conv2D(6, 5, activation="tanh"), Subsampling2D("tanh"),
            TableConv2D([(0, 1), (1, 4, 5), (2, 3), (0, 1, 2, 3, 4, 5)], 5, activation="tanh"), Subsampling2D("relu"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_layers_computes_the_same(name: str) -> None:
    shape, make = CHAINS[name]
    plain = keras.Sequential([keras.Input(shape), *make()])
    quick = keras.models.clone_model(plain)
    quick.set_weights([weight + 0.01 for weight in plain.get_weights()])
    plain.set_weights(quick.get_weights())
    quicken(quick)
    assert_close(trained(quick, shape), trained(plain, shape))
    assert "Conv2D" in operations(plain, shape)
    assert "Conv2D" not in operations(quick, shape)


@pytest.mark.parametrize(
    "kind", [L.Conv2D(12, 3, activation="relu"), L.Conv2D(9, 5, activation="relu", use_bias=False)]
)
def test_a_relu_after_the_pooling_is_the_same_to_the_last_bit(kind: Any) -> None:
    shape = (13, 12, 3)
    plain = keras.Sequential([keras.Input(shape), kind, L.MaxPooling2D(2), L.Conv2D(4, 2), L.ReLU()])
    quick = keras.models.clone_model(plain)
    quick.set_weights(plain.get_weights())
    quicken(quick)
    for one, other in zip(trained(quick, shape), trained(plain, shape), strict=True):
        np.testing.assert_array_equal(one, other)


def test_of_equal_values_the_first_has_the_gradient() -> None:
    shape = (14, 14, 1)
    plain = keras.Sequential([keras.Input(shape), L.Conv2D(3, 5), L.MaxPooling2D(2)])
    plain.set_weights([np.ones((5, 5, 1, 3), np.float32), np.zeros(3, np.float32)])
    quick = keras.models.clone_model(plain)
    quick.set_weights(plain.get_weights())
    quicken(quick)
    steps = tf.constant(np.floor(np.arange(14 * 14).reshape(1, 14, 14, 1) / 37), tf.float32)
    for images in (tf.ones([1, *shape]), steps):
        ours, theirs = (with_gradients(model, images) for model in (quick, plain))
        np.testing.assert_allclose(ours[1], theirs[1], atol=1e-5)


def own_lenet() -> Any:
    """A model of a user's own whose convolutions are of the quick kind: over one map, then over few."""
    inputs = keras.Input((6, 6, 3))
    x = L.Conv2D(1, 1, name="grey")(inputs)
    x = L.Conv2D(6, 5, padding="same", activation="relu", kernel_regularizer="l2")(x)
    skip = x = L.MaxPooling2D(2, name="pool")(x)
    x = L.BatchNormalization()(L.Conv2D(3, 2, use_bias=False)(x))
    x = L.Concatenate()([L.Flatten()(x), L.Flatten()(skip)])
    return keras.Model(inputs, L.Dense(3, activation="softmax")(x))


@pytest.mark.parametrize("optimizer", ["SGD", "momentum", "Adam"])
def test_a_users_own_model_is_trained_as_by_keras(optimizer: str) -> None:
    check(Case(own_lenet, "image", optimizer=optimizer))


def trained(model: Any, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Return outputs and gradients, of images most of whose pixels are 0, as those of digits are."""
    variables = [variable.value for variable in model.trainable_variables]
    images = tf.nn.relu(numbers(BATCH, *shape) - 0.5)

    @tf.function(autograph=False)
    def both(images: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            made = model(images, training=True)
            total = tf.reduce_sum(made * numbers(*made.shape, seed=1))
        return [made, *tape.gradient(total, [images, *variables])]

    return [np.asarray(one) for one in both(images)]


def operations(model: Any, shape: tuple[int, ...]) -> set[str]:
    """Return the kinds of operations of the graph of a model."""
    call = tf.function(lambda images: model(images, training=True), autograph=False)
    graph = call.get_concrete_function(tf.TensorSpec([None, *shape], tf.float32)).graph
    return {operation.type for operation in graph.get_operations()}
