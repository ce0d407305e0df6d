"""LeNet-5 is the paper's, weight for weight; its own layers compute, count and come back from a file."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.models.shapes import check_shapes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model
    from kerasgrid.models.layers import Subsampling2D, TableConv2D
    from kerasgrid.models.lenet5 import C3_TABLE


def lenet5(shape: tuple[int, ...] = (28, 28), seed: int | None = 0, **params: Any) -> keras.Model:
    return build_model({"model": "lenet5", **params}, shape, 10, seed=seed)


def trainable(model: keras.Model) -> dict[str, int]:
    counts = {layer.name: sum(int(np.prod(w.shape)) for w in layer.trainable_weights) for layer in model.layers}
    return {name: count for name, count in counts.items() if count}


def test_the_weights_are_the_papers() -> None:
    counts = trainable(lenet5())
    assert counts == {"c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164, "output": 850}
    assert sum(counts.values()) - counts["output"] == 60_000
    assert lenet5().count_params() == 60_850


@pytest.mark.parametrize("subsampling", ["average", "max"])
def test_weights_of_the_options(subsampling: str) -> None:
    counts = trainable(lenet5(connections="full", subsampling=subsampling))
    assert counts == {"c1": 156, "c3": 2_416, "c5": 48_120, "f6": 10_164, "output": 850}


@pytest.mark.parametrize("shape", [(28, 28), (32, 32), (28, 28, 1), (32, 32, 1)])
def test_images_reach_c1_with_a_side_of_32(shape: tuple[int, ...]) -> None:
    model = lenet5(shape)
    assert model.get_layer("c1").input.shape == (None, 32, 32, 1)
    assert model.get_layer("s4").output.shape == (None, 5, 5, 16)
    assert model.get_layer("c5").output.shape == (None, 1, 1, 120)
    assert model.input_shape == (None, *shape)
    assert ("padding" in {layer.name for layer in model.layers}) == (shape[0] == 28)


@pytest.mark.parametrize("shape", [(8, 8), (28, 32), (28, 28, 3), (784,), (28, 28, 1, 1)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    shown = "×".join(map(str, shape))
    message = (
        rf"^model: the model lenet5 needs grey images of 28×28 or 32×32, got inputs of shape {shown} "
        r"\(use the model cnn for other images and mlp for tables\)$"
    )
    with pytest.raises(SpaceError, match=message):
        check_shapes(resolve({"model": "lenet5"}, "classification"), shape)


def test_the_table_is_the_papers() -> None:
    # Every map of S2 feeds ten maps of C3; six of these see 3 neighbours, nine see 4, one sees all.
    assert [sum(index in inputs for inputs in C3_TABLE) for index in range(6)] == [10] * 6
    assert [len(inputs) for inputs in C3_TABLE] == [3] * 6 + [4] * 9 + [6]
    assert len({frozenset(inputs) for inputs in C3_TABLE}) == 16


def test_the_defaults_are_the_papers() -> None:
    resolved = resolve({"model": "lenet5"}, "classification")
    assert (resolved["activation"], resolved["connections"], resolved["subsampling"]) == ("tanh", "table", "trainable")
    assert "hidden_units" not in resolved
    assert resolve({}, "classification")["activation"] == "relu"
    with pytest.raises(SpaceError, match=r"^params.hidden_units: the model lenet5 does not take it \(mlp, cnn do\)$"):
        resolve({"model": "lenet5", "hidden_units": (3,)}, "classification")
    with pytest.raises(SpaceError, match=r"^params.connections: the model mlp does not take it \(lenet5 does\)$"):
        resolve({"connections": "full"}, "classification")


def test_a_convolution_by_table_sees_what_the_table_says() -> None:
    table = ((0, 2), (1,), (2, 0, 1))
    layer = TableConv2D(table, 3, activation="tanh", kernel_initializer=keras.initializers.RandomNormal(seed=1))
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype(np.float32)
    output = np.asarray(layer(x))
    assert output.shape == (2, 4, 3, 3) == layer.compute_output_shape(x.shape)
    kernel, bias = (np.asarray(weight) for weight in layer.get_weights())
    assert kernel.shape == (3, 3, 6)
    expected = np.zeros(output.shape)
    connections = [(out, index) for out, inputs in enumerate(table) for index in inputs]
    for number, (out, index) in enumerate(connections):
        for row, column in itertools.product(range(3), range(3)):
            expected[..., out] += kernel[row, column, number] * x[:, row : row + 4, column : column + 3, index]
    np.testing.assert_allclose(output, np.tanh(expected + bias), atol=1e-5)


def test_the_table_begins_as_a_part_of_the_full_connection() -> None:
    of_table, full = (lenet5(connections=kind).get_layer("c3").get_weights()[0] for kind in ("table", "full"))
    places = [(index, out) for out, inputs in enumerate(C3_TABLE) for index in inputs]
    for number, (index, out) in enumerate(places):
        np.testing.assert_array_equal(of_table[:, :, number], full[:, :, index, out])


def test_trainable_subsampling_begins_as_an_average_pooling_and_adds_up() -> None:
    layer = Subsampling2D(activation="tanh")
    x = np.random.default_rng(0).normal(size=(2, 6, 4, 3)).astype(np.float32)
    sums = x.reshape(2, 3, 2, 2, 2, 3).sum(axis=(2, 4))
    np.testing.assert_allclose(layer(x), np.tanh(sums / 4), atol=1e-6)
    weight, bias = np.array([1.0, -0.5, 2.0], np.float32), np.array([0.1, 0.2, 0.3], np.float32)
    layer.set_weights([weight, bias])
    np.testing.assert_allclose(layer(x), np.tanh(sums * weight + bias), atol=1e-6)
    assert layer.compute_output_shape((None, 6, 4, 3)) == (None, 3, 2, 3)


def test_seeds_make_the_weights() -> None:
    one, same, other = (lenet5(seed=seed).get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[4], other[4])


KERASGRID_FIRST = """
import sys, importlib.util
def waiting():
    return sum(type(finder).__name__ == "_AfterKeras" for finder in sys.meta_path)
import kerasgrid
assert "keras" not in sys.modules and "tensorflow" not in sys.modules
assert waiting() == 1
from kerasgrid.models.registration import register_layers
register_layers()
assert waiting() == 1
assert importlib.util.find_spec("keras") is not None and "keras" not in sys.modules
import keras
assert waiting() == 0
assert keras.saving.get_registered_object("kerasgrid>TableConv2D") is not None
"""
KERAS_FIRST = """
import keras
import kerasgrid
"""
LOAD = """
import numpy as np
model = keras.saving.load_model({path!r}, safe_mode=True)
np.save({out!r}, np.asarray(model(np.load({inputs!r}))))
"""


# Keras's own save does that under numpy 2.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("imports", [KERASGRID_FIRST, KERAS_FIRST], ids=["kerasgrid first", "Keras first"])
def test_a_saved_model_loads_in_a_fresh_process(imports: str, tmp_path: Path) -> None:
    """Whichever of the two is imported first; waiting for Keras disturbs no other import."""
    model = lenet5(l2=0.01)
    x = np.random.default_rng(0).random((3, 28, 28), np.float32)
    np.save(tmp_path / "x.npy", x)
    model.save(tmp_path / "model.keras")
    paths = {"path": str(tmp_path / "model.keras"), "out": str(tmp_path / "y.npy"), "inputs": str(tmp_path / "x.npy")}
    code = imports + LOAD.format(**paths)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model(x), atol=1e-6)


def test_without_keras_its_import_fails_as_ever() -> None:
    code = """
import sys
import kerasgrid
sys.path.clear(); sys.path_importer_cache.clear()
try:
    import keras
except ModuleNotFoundError as error:
    print(error)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout == "No module named 'keras'\n", ended.stderr
