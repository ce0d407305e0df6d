"""The model factory counts out, and every name of the parameter table can be built and trained."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from support.made import images, numbers

from kerasgrid.axes.names import (
    ACTIVATIONS,
    INITIALIZERS,
    NORMALISING_ACTIVATIONS,
    PROBABILITY_ACTIVATIONS,
)
from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.models.shapes import check_shapes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras
    import tensorflow as tf

    from kerasgrid.models.factory import build_model
    from kerasgrid.models.parts import dropout_parameter

CNN = {"model": "cnn", "conv_filters": (4, 6), "hidden_units": (10,)}


def layers(model: keras.Model) -> list[tuple[str, str]]:
    return [(type(layer).__name__, layer.name) for layer in model.layers[1:]]


# Layers and parameters


def test_an_mlp_of_a_table() -> None:
    model = build_model({"hidden_units": (5, 3)}, (4,), 2)
    assert layers(model) == [("Dense", "hidden_1"), ("Dense", "hidden_2"), ("Dense", "output")]
    assert model.count_params() == (4 * 5 + 5) + (5 * 3 + 3) + (3 * 2 + 2)
    assert model.name == "mlp"
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))


def test_an_mlp_of_images_flattens_them() -> None:
    model = build_model({"hidden_units": ()}, (6, 5, 3), 2)
    assert layers(model) == [("Flatten", "flatten"), ("Dense", "output")]
    assert model.count_params() == 6 * 5 * 3 * 2 + 2


def test_an_mlp_with_everything() -> None:
    params = {
        "hidden_units": (5, 3),
        "input_batch_norm": True,
        "input_dropout": 0.2,
        "batch_norm": True,
        "dropout": 0.4,
        "activation": "silu",
    }
    model = build_model(params, (2, 2), 3)
    assert layers(model) == [
        ("Flatten", "flatten"),
        ("BatchNormalization", "input_batch_norm"),
        ("Dropout", "input_dropout_1"),
        ("Dense", "hidden_1"),
        ("BatchNormalization", "batch_norm_hidden_1"),
        ("Activation", "activation_hidden_1"),
        ("Dropout", "dropout_2"),
        ("Dense", "hidden_2"),
        ("BatchNormalization", "batch_norm_hidden_2"),
        ("Activation", "activation_hidden_2"),
        ("Dropout", "dropout_3"),
        ("Dense", "output"),
    ]
    # A layer before a batch norm has no bias; a batch norm has four numbers a channel.
    assert model.count_params() == 4 * 4 + (4 * 5 + 4 * 5) + (5 * 3 + 4 * 3) + (3 * 3 + 3)
    assert [model.get_layer(name).use_bias for name in ("hidden_1", "hidden_2", "output")] == [False, False, True]
    assert [model.get_layer(name).rate for name in ("input_dropout_1", "dropout_2", "dropout_3")] == [0.2, 0.4, 0.4]
    assert model.get_layer("hidden_1").activation is keras.activations.linear
    assert model.get_layer("activation_hidden_1").activation is keras.activations.silu
    assert model.get_layer("output").activation is keras.activations.softmax


def test_a_cnn_of_grey_images() -> None:
    model = build_model(CNN, (8, 6), 3)
    assert layers(model) == [
        ("Reshape", "channel"),
        ("Conv2D", "conv_1"),
        ("MaxPooling2D", "pool_1"),
        ("Conv2D", "conv_2"),
        ("MaxPooling2D", "pool_2"),
        ("Flatten", "flatten"),
        ("Dense", "hidden_1"),
        ("Dense", "output"),
    ]
    flat = 2 * 1 * 6
    assert model.count_params() == (9 * 4 + 4) + (9 * 4 * 6 + 6) + (flat * 10 + 10) + (10 * 3 + 3)
    assert model.name == "cnn"
    assert (model.input_shape, model.output_shape) == ((None, 8, 6), (None, 3))


def test_a_cnn_of_colour_images_with_everything() -> None:
    params = {
        **CNN, "conv_filters": (4,), "kernel_size": 5, "padding": "valid", "pooling": "average", "pool_size": 3,
        "batch_norm": True, "dropout": 0.3,
    }  # fmt: skip
    model = build_model(params, (10, 9, 3), 2)
    assert layers(model) == [
        ("Conv2D", "conv_1"),
        ("BatchNormalization", "batch_norm_conv_1"),
        ("Activation", "activation_conv_1"),
        ("AveragePooling2D", "pool_1"),
        ("Dropout", "dropout_1"),
        ("Flatten", "flatten"),
        ("Dense", "hidden_1"),
        ("BatchNormalization", "batch_norm_hidden_1"),
        ("Activation", "activation_hidden_1"),
        ("Dropout", "dropout_2"),
        ("Dense", "output"),
    ]
    flat = 2 * 1 * 4
    assert model.count_params() == (25 * 3 * 4 + 4 * 4) + (flat * 10 + 4 * 10) + (10 * 2 + 2)


def test_a_pool_of_one_is_no_pool() -> None:
    model = build_model({**CNN, "conv_filters": (2,), "pool_size": 1}, (4, 4), 2)
    assert "pool_1" not in [layer.name for layer in model.layers]
    assert model.get_layer("flatten").output.shape == (None, 4 * 4 * 2)


def test_lenet_has_sixty_thousand_parameters_before_its_output() -> None:
    params = {"model": "cnn", "conv_filters": (6, 16), "kernel_size": 5, "padding": "valid", "pooling": "average"}
    model = build_model({**params, "hidden_units": (120, 84)}, (32, 32), 10)
    assert model.count_params() - model.get_layer("output").count_params() == 156 + 2416 + 48120 + 10164


@pytest.mark.parametrize("params", [{}, CNN], ids=["mlp", "cnn"])
def test_models_are_plain_keras(params: dict[str, Any]) -> None:
    everything = {**params, "dropout": 0.1, "batch_norm": True, "l2": 0.1}
    model = build_model(everything, (8, 8), 3)
    assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)
    assert not model.compiled


def test_the_l2_penalty_is_on_every_kernel() -> None:
    for params in ({"hidden_units": (4,)}, CNN):
        penalised = [
            layer for layer in build_model({**params, "l2": 0.25}, (8, 8), 3).layers if hasattr(layer, "kernel")
        ]
        assert len(penalised) == (2 if "model" not in params else 4)
        for layer in penalised:
            assert isinstance(layer.kernel_regularizer, keras.regularizers.L2)
            assert float(layer.kernel_regularizer.l2) == 0.25
            assert layer.bias_regularizer is None
        free = build_model(params, (8, 8), 3)
        assert all(layer.kernel_regularizer is None for layer in free.layers if hasattr(layer, "kernel"))


def test_training_parameters_change_nothing() -> None:
    training = {"optimizer": "SGD", "learning_rate": 0.5, "epochs": 3, "batch_size": 7, "weight_decay": 0.1}
    plain, trained = (build_model({**CNN, **more}, (8, 8), 3, seed=1) for more in ({}, training))
    assert layers(plain) == layers(trained)
    for one, other in zip(plain.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_output_of_a_regression_is_linear() -> None:
    model = build_model({"hidden_units": (4,)}, (3,), 2, "regression")
    assert model.get_layer("output").activation is keras.activations.linear
    assert model.output_shape == (None, 2)


def test_whose_rate_a_dropout_layer_has() -> None:
    names = ("dropout_1", "dropout_12", "input_dropout_1", "spatial_dropout_1", "hidden_1", "dropout")
    assert [dropout_parameter(name) for name in names] == [
        "dropout", "dropout", "input_dropout", "spatial_dropout", None, "dropout",
    ]  # fmt: skip


# Initial weights


def kernels(params: dict[str, Any], seed: int | None, shape: tuple[int, ...] = (8, 8)) -> list[np.ndarray]:
    model = build_model(params, shape, 3, seed=seed)
    return [np.asarray(layer.kernel) for layer in model.layers if hasattr(layer, "kernel")]


@pytest.mark.parametrize(
    "params",
    [{"hidden_units": (64, 64)}, {"hidden_units": (64, 64), "init_stddev": 0.1}, CNN],
    ids=["mlp", "stddev", "cnn"],
)
def test_a_seed_makes_the_weights(params: dict[str, Any]) -> None:
    first, same, other, unseeded = (kernels(params, seed) for seed in (3, 3, 4, None))
    for index, kernel in enumerate(first):
        np.testing.assert_array_equal(kernel, same[index])
        assert not np.array_equal(kernel, other[index])
        assert not np.array_equal(kernel, unseeded[index])
    assert not np.array_equal(unseeded[0], kernels(params, None)[0])
    # Seed 0 is a seed, too.
    np.testing.assert_array_equal(kernels(params, 0)[0], kernels(params, 0)[0])


def test_no_two_layers_have_the_same_weights() -> None:
    for one, other in itertools.combinations(kernels({"hidden_units": (64, 64, 64)}, 0)[:3], 2):
        assert not np.array_equal(one, other)


def test_a_seed_leaves_the_global_state_alone() -> None:
    before = np.random.get_state()[1].copy()
    build_model(CNN, (8, 8), 3, seed=1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_init_stddev() -> None:
    for stddev in (0.01, 0.5):
        first, second, _ = kernels({"hidden_units": (100, 100), "init_stddev": stddev}, 0)
        for kernel in (first, second):
            assert kernel.mean() == pytest.approx(0, abs=0.05 * stddev)
            assert kernel.std() == pytest.approx(stddev, rel=0.05)


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("params", [{"hidden_units": (6,)}, CNN], ids=["mlp", "cnn"])
def test_every_initializer_can_be_built(params: dict[str, Any], name: str) -> None:
    with quiet_stderr():
        first, *_ = kernels({**params, "kernel_initializer": name}, 0)
    assert np.isfinite(first).all()
    if name in ("zeros", "ones"):
        assert set(first.ravel()) == {float(name == "ones")}


# Shapes


def resolved_cnn(**params: Any) -> dict[str, Any]:
    return resolve({**CNN, **params}, "classification")


@pytest.mark.parametrize(
    ("shape", "params", "message"),
    [
        (
            (4,), {},
            "model: the model cnn needs images (height × width, or height × width × channels), got inputs of shape 4 "
            "(use the model mlp for tables)",
        ),
        (
            (2, 8, 8, 3), {},
            "model: the model cnn needs images (height × width, or height × width × channels), got inputs of shape "
            "2×8×8×3 (use the model mlp for tables)",
        ),
        (
            (8, 8), {"padding": "valid", "kernel_size": 9},
            "params.kernel_size: the kernel must fit the image, which is 8×8 at convolution 1, got 9 "
            '(use a smaller kernel, fewer conv_filters, or padding "same")',
        ),
        (
            (9, 8, 3), {"padding": "valid", "kernel_size": 4},
            "params.kernel_size: the kernel must fit the image, which is 3×2 at convolution 2, got 4 "
            '(use a smaller kernel, fewer conv_filters, or padding "same")',
        ),
        (
            (8, 8), {"pool_size": 3},
            "params.pool_size: the pool must fit the image, which is 2×2 after convolution 2, got 3 "
            "(use a smaller pool or fewer conv_filters)",
        ),
    ],
)  # fmt: skip
def test_impossible_shapes(shape: tuple[int, ...], params: dict[str, Any], message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        check_shapes(resolved_cnn(**params), shape)
    assert str(caught.value) == message
    with pytest.raises(SpaceError) as caught:
        build_model({**CNN, **params}, shape, 3)
    assert str(caught.value) == message


@pytest.mark.parametrize("side", range(1, 12))
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_what_is_allowed_can_be_built_and_nothing_else(side: int, padding: str) -> None:
    params = {**CNN, "padding": padding, "pool_size": 2, "hidden_units": ()}
    try:
        check_shapes(resolve(params, "classification"), (side, side))
    except SpaceError:
        assert side < (4 if padding == "same" else 10)
    else:
        assert build_model(params, (side, side), 2).output_shape == (None, 2)


def test_an_mlp_takes_any_shape() -> None:
    for shape in ((1,), (2, 2), (2, 2, 3), (2, 2, 2, 2)):
        check_shapes(resolve({}, "classification"), shape)


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(SpaceError, match=r"^params\.conv_filters: the model mlp does not take it \(cnn does\)$"):
        build_model({"conv_filters": (4,)}, (8, 8), 3)
    with pytest.raises(SpaceError, match=r"^params\.units: there is no such parameter \(known are optimizer, "):
        build_model({"units": 4}, (8, 8), 3)


# Activations


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("params", [{"hidden_units": (6,)}, {**CNN, "conv_filters": (4,)}], ids=["mlp", "cnn"])
def test_every_activation_of_a_hidden_layer_takes_a_step(params: dict[str, Any], activation: str) -> None:
    dataset = images()
    with quiet_stderr():
        model = build_model({**params, "activation": activation}, (4, 4), 3, seed=0)
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(dataset.y_train, model(dataset.x_train))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    assert np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert any(np.abs(gradient).max() > 0 for gradient in gradients)


@pytest.mark.parametrize("activation", PROBABILITY_ACTIVATIONS)
def test_every_output_activation_gives_finite_losses(activation: str) -> None:
    outputs = build_model({"output_activation": activation}, (4, 4), 3, seed=0)(images().x_train)
    losses = keras.losses.sparse_categorical_crossentropy(images().y_train, outputs)
    assert np.isfinite(np.asarray(losses)).all()


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name not in NORMALISING_ACTIVATIONS])
def test_every_output_activation_of_a_regression_can_be_built(activation: str) -> None:
    model = build_model({"output_activation": activation}, (4,), 1, "regression", seed=0)
    assert np.isfinite(np.asarray(model(numbers().x_train))).all()
