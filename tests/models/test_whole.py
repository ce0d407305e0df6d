"""A saved model takes what the user has, anywhere, and gives what was asked for in its own unit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.mixed import MIXED, mixed_matrix

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.columns import Column, Columns
from kerasgrid.models.layout import column_numbers, layout_of
from kerasgrid.models.statistics import TargetStatistics, statistics_of
from kerasgrid.models.whole import array_model, model_inputs, table_model
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.models.factory import build_model
    from kerasgrid.models.front import encoded

# Of Keras, when it saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = mixed_matrix(60)
UNIT = TargetStatistics(np.float32([1000, -2]), np.float32([300, 0.01]))


def both(scaling: str = "robust", columns: Columns = MIXED, x: np.ndarray = X, **params: Any) -> tuple[Any, np.ndarray]:
    """Return a table's model and what the core makes of the encoded rows, in the targets' unit."""
    resolved = resolve({"hidden_units": (6,), "scaling": scaling, **params}, "regression")
    layout = layout_of(columns, resolved)
    statistics = statistics_of(x, np.arange(40), layout, scaling)
    core = build_model(resolved, (layout.width,), 2, "regression", seed=0, layout=layout)
    expected = np.asarray(core(encoded(x, layout, statistics))) * UNIT.std + UNIT.mean
    return table_model(core, columns, layout, statistics, UNIT), expected


def called(model: keras.Model, given: Any) -> np.ndarray:
    return np.asarray(model.predict(given, verbose=0))


@pytest.mark.parametrize("params", [
    {"scaling": "none"}, {"scaling": "standard"}, {"scaling": "robust", "one_hot_max": 0, "embedding_size": 3},
    {"scaling": "quantile", "one_hot_max": 30},
], ids=str)  # fmt: skip
def test_it_is_the_encoding_and_the_core(params: dict, tmp_path: Path) -> None:
    model, expected = both(**params)
    given = model_inputs(X, MIXED)
    np.testing.assert_allclose(called(model, given), expected, rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    turned = {name: given[name] for name in reversed(given)}
    np.testing.assert_allclose(called(loaded, turned), expected, rtol=1e-5, atol=1e-5)


def test_it_takes_what_a_person_writes() -> None:
    model, _ = both()
    person: dict[str, list[Any]] = {
        "numbers": ["word 03", "a new word", "WORD 03"], "색": ["blue\nand green", "[UNK]", "new"],
        "km_h_": [50, float("nan"), 0], "where": [1000, 1001, 1002], "mlp": ["yes", "no", "perhaps"],
        " two  blanks ": [1, 0, float("nan")], "cast": [0, -3000.5, float("nan")], "km_h": ["word 00", "", "word 19"],
    }  # fmt: skip
    matrix = np.float32([
        [50, 3, 1000, 1, 0, 1, 1, 4], [np.nan, 2, 1001, 0, -3000.5, 0, 0, 0],
        [0, 0, 1002, np.nan, np.nan, np.nan, 20, 0],
    ])  # fmt: skip
    texts = {column.name for column in MIXED.given if column.is_text}
    given = {name: np.array(values, object) if name in texts else np.float32(values) for name, values in person.items()}
    np.testing.assert_allclose(called(model, given), called(model, model_inputs(matrix, MIXED)), rtol=1e-6)


ELSEWHERE = """
import json, sys, warnings
warnings.simplefilter("error")
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
kept = json.load(open(sys.argv[2]))
given = {name: np.array(values, dtype=kind) for name, (kind, values) in kept.items()}
given = {name: np.array(values, object) if values.dtype.kind == "U" else values for name, values in given.items()}
assert not any(name.startswith("kerasgrid") for name in sys.modules)
print(json.dumps(model.predict(given, verbose=0, batch_size=7).tolist()))
"""


def test_it_loads_without_kerasgrid_in_safe_mode(tmp_path: Path) -> None:
    model, expected = both()
    model.compile(optimizer="adam", loss="mean_squared_error")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    given = {
        name: ["float32" if values.dtype.kind == "f" else "U", values.tolist()]
        for name, values in model_inputs(X, MIXED).items()
    }
    (tmp_path / "given.json").write_text(json.dumps(given))
    run = subprocess.run(
        [sys.executable, "-P", "-c", ELSEWHERE, "model.keras", "given.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    np.testing.assert_allclose(json.loads(run.stdout.splitlines()[-1]), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["number", "yes/no", "category", "date"])
def test_a_table_of_one_column(kind: str) -> None:
    for levels in ((), ("a", "b")) if kind in ("yes/no", "category") else ((),):
        columns = Columns((Column("only", kind, levels), Column("more", "number")))  # type: ignore[arg-type]
        if levels or kind != "category":
            columns = Columns(columns.given[:1])
        x = np.float32([[0, 1], [1, 2], [1, 3]] * 20)[:, : len(columns.given)]
        x = x * 0 if kind == "category" and not levels else x
        model, expected = both(columns=columns, x=x)
        np.testing.assert_allclose(called(model, model_inputs(x, columns)), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["inside", "words_1", "mlp", "numbers", "input", "multiply", "is_nan", "a'b\"c", "x:y",
                                  "가격", "a.b", "\\", "?", "*"])  # fmt: skip
def test_any_name_will_do(name: str, tmp_path: Path) -> None:
    columns = Columns((Column(name, "category", ("a", "b")), Column("n", "number"), Column("m", "number")))
    x = np.float32([[1, 2, 5], [2, 1, 3], [0, 0, 4]] * 20)
    model, expected = both(columns=columns, x=x)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert set(loaded.input) == {name, "n", "m"}
    np.testing.assert_allclose(called(loaded, model_inputs(x, columns)), expected, rtol=1e-5)


def test_arrays_whose_numbers_are_scaled(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(5, 2, (30, 3)).astype(np.float32)
    layout = layout_of(column_numbers(3), resolve({}, "regression"))
    statistics = statistics_of(x, np.arange(20), layout, "standard")
    core = build_model({"hidden_units": (4,)}, (3,), 2, "regression", seed=0)
    model = array_model(core, (3,), (layout, statistics), UNIT)
    model.save(tmp_path / "model.keras")
    expected = np.asarray(core(encoded(x, layout, statistics))) * UNIT.std + UNIT.mean
    np.testing.assert_allclose(called(keras.saving.load_model(tmp_path / "model.keras"), x), expected, rtol=1e-5)


def test_images_of_bytes_go_in_as_they_are(tmp_path: Path) -> None:
    core = build_model({"hidden_units": (4,)}, (4, 4, 3), 3, seed=0)
    model = array_model(core, (4, 4, 3), None, None, is_bytes=True)
    assert [type(layer).__name__ for layer in model.layers][:2] == ["InputLayer", "Rescaling"]
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 3), dtype=np.uint8)
    expected = np.asarray(core(x.astype(np.float32) / 255))
    np.testing.assert_allclose(called(keras.saving.load_model(tmp_path / "model.keras"), x), expected, atol=1e-6)


def test_a_model_that_needs_nothing_in_front_is_itself() -> None:
    core = build_model({"hidden_units": (4,)}, (3,), 2, seed=0)
    assert array_model(core, (3,), None, None) is core
