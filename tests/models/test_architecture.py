"""The parameters of the architecture make the layers that their papers describe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.models.costs import Cost, cost_of
from kerasgrid.models.shapes import check_shapes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model

CNN = {"model": "cnn", "conv_filters": (4, 6), "hidden_units": (10,)}


def layers(params: dict[str, Any], shape: tuple[int, ...] = (8, 8)) -> list[tuple[str, str]]:
    return [(type(layer).__name__, layer.name) for layer in build_model(params, shape, 3).layers[1:]]


def test_layer_norm_stands_where_batch_norm_does() -> None:
    assert layers({"hidden_units": (5,), "layer_norm": True, "dropout": 0.1}, (4,)) == [
        ("Dense", "hidden_1"),
        ("LayerNormalization", "layer_norm_hidden_1"),
        ("Activation", "activation_hidden_1"),
        ("Dropout", "dropout_1"),
        ("Dense", "output"),
    ]
    model = build_model({"hidden_units": (5,), "layer_norm": True}, (4,), 3)
    # As in the paper, the bias is the normalisation's own.
    assert model.count_params() == 4 * 5 + 2 * 5 + (5 * 3 + 3)


def test_layer_norm_of_maps_is_over_the_channels_of_a_pixel() -> None:
    model = build_model({**CNN, "layer_norm": True}, (8, 8), 3)
    norm = model.get_layer("layer_norm_conv_2")
    assert tuple(norm.gamma.shape) == (6,)
    maps = np.asarray(keras.Model(model.input, norm.output)(np.random.default_rng(0).random((2, 8, 8), np.float32)))
    np.testing.assert_allclose(maps.mean(axis=-1), 0.0, atol=1e-5)


def test_skips_are_straight_or_projections() -> None:
    params = {"hidden_units": (4, 4, 6), "residual": True, "dropout": 0.1}
    assert layers(params, (4,)) == [
        ("Dense", "hidden_1"),
        ("Dropout", "dropout_1"),
        ("Add", "add_1"),
        ("Dense", "hidden_2"),
        ("Dropout", "dropout_2"),
        ("Add", "add_2"),
        ("Dense", "hidden_3"),
        ("Dense", "projection_3"),
        ("Dropout", "dropout_3"),
        ("Add", "add_3"),
        ("Dense", "output"),
    ]
    model = build_model(params, (4,), 3, seed=1)
    assert model.get_layer("projection_3").use_bias is False
    x = np.random.default_rng(0).random((5, 4), np.float32)
    kernel, bias = (np.asarray(weight) for weight in model.get_layer("hidden_1").get_weights())
    first = np.asarray(keras.Model(model.input, model.get_layer("add_1").output)(x))
    np.testing.assert_allclose(first, x + np.maximum(x @ kernel + bias, 0.0), atol=1e-5)
    third = keras.Model(model.get_layer("add_2").output, model.get_layer("add_3").output)(first)
    kernel, bias = (np.asarray(weight) for weight in model.get_layer("hidden_3").get_weights())
    projection = np.asarray(model.get_layer("projection_3").kernel)
    np.testing.assert_allclose(third, first @ projection + np.maximum(first @ kernel + bias, 0.0), atol=1e-5)


def test_a_skip_leaves_the_initial_weights_of_the_layers_before_it() -> None:
    plain, skipping = (
        build_model({"hidden_units": (5, 7), "residual": residual}, (4,), 3, seed=2) for residual in (False, True)
    )
    np.testing.assert_array_equal(plain.get_layer("hidden_1").kernel, skipping.get_layer("hidden_1").kernel)


def test_blocks_of_several_convolutions() -> None:
    assert layers({**CNN, "convs_per_block": 2}) == [
        ("Reshape", "channel"),
        ("Conv2D", "conv_1_1"),
        ("Conv2D", "conv_1_2"),
        ("MaxPooling2D", "pool_1"),
        ("Conv2D", "conv_2_1"),
        ("Conv2D", "conv_2_2"),
        ("MaxPooling2D", "pool_2"),
        ("Flatten", "flatten"),
        ("Dense", "hidden_1"),
        ("Dense", "output"),
    ]
    filters = [layer.filters for layer in build_model({**CNN, "convs_per_block": 2}, (8, 8), 3).layers
               if isinstance(layer, keras.layers.Conv2D)]  # fmt: skip
    assert filters == [4, 4, 6, 6]


def test_convolutions_of_a_block_must_fit_the_image() -> None:
    params = resolve({**CNN, "convs_per_block": 2, "padding": "valid", "kernel_size": 3}, "classification")
    check_shapes(params, (16, 16))
    message = (
        r"^params.kernel_size: the kernel must fit the image, which is 2×2 at convolution 1 of block 2, got 3 \(use a "
        r'smaller kernel, fewer conv_filters, or padding "same"\)$'
    )
    with pytest.raises(SpaceError, match=message):
        check_shapes(params, (8, 8))
    with pytest.raises(SpaceError, match=r"which is 1×1 at convolution 2 of block 2, got 3"):
        check_shapes(params, (10, 10))


@pytest.mark.parametrize(("kind", "layer"), [("average", "GlobalAveragePooling2D"), ("max", "GlobalMaxPooling2D")])
def test_global_pooling_stands_in_place_of_flattening(kind: str, layer: str) -> None:
    params = {**CNN, "global_pooling": kind}
    assert (layer, "global_pooling") in layers(params)
    assert "Flatten" not in dict(layers(params))
    assert build_model(params, (8, 8), 3).get_layer("hidden_1").kernel.shape == (6, 10)


def test_dropouts_of_a_cnn() -> None:
    rates = {"dropout": 0.1, "spatial_dropout": 0.2, "dense_dropout": 0.3}
    assert [name for name in layers({**CNN, **rates}) if "Dropout" in name[0]] == [
        ("SpatialDropout2D", "spatial_dropout_1"),
        ("Dropout", "dropout_2"),
        ("SpatialDropout2D", "spatial_dropout_3"),
        ("Dropout", "dropout_4"),
        ("Dropout", "dense_dropout_5"),
    ]
    assert [name for name in layers({**CNN, "dropout": 0.1, "dense_dropout": 0.0}) if "Dropout" in name[0]] == [
        ("Dropout", "dropout_1"),
        ("Dropout", "dropout_2"),
    ]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"l1": 0.1}, {"name": "L1", "l1": 0.1}),
        ({"l2": 0.1}, {"name": "L2", "l2": 0.1}),
        ({"l1": 0.1, "l2": 0.2}, {"name": "L1L2", "l1": 0.1, "l2": 0.2}),
    ],
)
def test_penalties(params: dict[str, Any], expected: dict[str, Any]) -> None:
    model = build_model({"hidden_units": (5, 6), "residual": True, **params}, (4,), 3)
    penalised = [layer for layer in model.layers if hasattr(layer, "kernel")]
    assert len(penalised) == 5
    for layer in penalised:
        regularizer = layer.kernel_regularizer
        found = {"name": type(regularizer).__name__, **regularizer.get_config()}
        assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("params", "cost"),
    [
        ({"hidden_units": (10, 5), "layer_norm": True}, Cost(125, 5)),
        ({"hidden_units": (6, 5), "residual": True}, Cost(6 * 6 + 6 * 5 + 5 * 3 + 6 * 5, 4)),
        ({"hidden_units": (10,), "residual": True}, Cost(6 * 10 + 10 * 3 + 6 * 10, 3)),
    ],
)
def test_costs(params: dict[str, Any], cost: Cost) -> None:
    assert cost_of(resolve(params, "classification"), (2, 3), 3) == cost
