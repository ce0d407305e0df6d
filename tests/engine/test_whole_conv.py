"""A convolution over the whole image is the same as a matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from kerasgrid.engine.whole_conv import WholeConv2D, covers_its_input  # noqa: E402


def conv(shape: tuple[int, ...] = (5, 3, 2), **changes: Any) -> Any:
    inputs = keras.Input(shape)
    layer = keras.layers.Conv2D(**{"filters": 4, "kernel_size": (5, 3), "activation": "tanh", **changes})
    keras.Model(inputs, layer(inputs))
    return layer


def test_a_kernel_as_large_as_its_input_covers_it() -> None:
    assert covers_its_input(conv())
    assert not covers_its_input(conv((6, 3, 2)))
    assert not covers_its_input(conv((5, 4, 2)))
    assert not covers_its_input(conv((None, None, 2)))
    assert not covers_its_input(conv(padding="same"))
    assert not covers_its_input(conv(groups=2))
    inputs = keras.Input((1,))
    dense = keras.layers.Dense(2)
    keras.Model(inputs, dense(inputs))
    assert not covers_its_input(dense)


@pytest.mark.parametrize("use_bias", [True, False])
def test_both_compute_the_same(use_bias: bool) -> None:
    layer = conv(use_bias=use_bias, kernel_initializer=keras.initializers.RandomNormal(seed=1))
    twin = WholeConv2D.from_config(layer.get_config())
    x = np.random.default_rng(0).standard_normal((7, 5, 3, 2)).astype(np.float32)
    twin(x)
    twin.set_weights(layer.get_weights())
    assert twin(x).shape == (7, 1, 1, 4)
    np.testing.assert_allclose(twin(x), layer(x), atol=1e-6)


def test_the_engine_trains_lenet5_with_it() -> None:
    from kerasgrid.axes.parameters import resolve
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData

    x = np.zeros((4, 28, 28), np.float32)
    data = ResidentData(Dataset("made", x, np.arange(4) % 2, None, None, "classification", ("a", "b"), "made"))
    program = Program(resolve({"model": "lenet5"}, "classification"), data)
    kinds = {layer.name: type(layer) for layer in program._model.layers}
    assert kinds["c5"] is WholeConv2D
    assert kinds["c1"] is keras.layers.Conv2D
