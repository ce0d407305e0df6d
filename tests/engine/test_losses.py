"""Every loss trains as Keras trains with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.keras_batches import evaluated, trained_epoch

from kerasgrid.axes.losses import LOSSES
from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset

keras = pytest.importorskip("keras")

from support.programs import Programs  # noqa: E402

from kerasgrid.engine.final import plain_model  # noqa: E402
from kerasgrid.engine.program import Program  # noqa: E402
from kerasgrid.engine.resident import ResidentData  # noqa: E402
from kerasgrid.engine.training import Seeds, Training  # noqa: E402
from kerasgrid.models.factory import build_model  # noqa: E402

SEEDS = Seeds.of(seed=3, fold=1, repeat=0)
N, N_TRAIN = 50, 38
SMALL = {"hidden_units": (6,), "batch_size": 16, "epochs": 2, "learning_rate": 0.02, "optimizer": "SGD"}


def data_for(task: str, n_classes: int = 3) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(N, 4)).astype(np.float32)
    if task == "classification":
        y: Any = np.arange(N) % n_classes
        return Dataset("made", x, y, None, None, task, tuple("abc"[:n_classes]), "made")
    if task == "multilabel":
        y = (generator.random((N, 2)) > 0.5).astype(np.float32)
        return Dataset("made", x, y, None, None, task, ("a", "b"), "made")
    y = generator.gamma(2.0, size=(N, 2)).astype(np.float32)
    return Dataset("made", x, y, None, None, "regression", None, "made")


PROGRAMS = Programs()


@pytest.fixture(autouse=True, scope="module")
def _forgotten() -> Iterator[None]:
    yield
    PROGRAMS.forget()


def trained(params: dict[str, Any], dataset: Dataset) -> tuple[Any, dict[str, Any]]:
    resolved = resolve({**SMALL, **params}, dataset.task)
    data, index = ResidentData(dataset), np.arange(N, dtype=np.int32)
    program = PROGRAMS.of(resolved, data, SEEDS.weights)
    training = Training(resolved, index[:N_TRAIN], index[N_TRAIN:], SEEDS)
    return program.run(training, data, keep_weights=True), resolved


def keras_loss(name: str, resolved: dict[str, Any]) -> Any:
    if name == "quantile":
        q = resolved["quantile"]
        return lambda y, p: keras.ops.mean(keras.ops.maximum(q * (y - p), (q - 1) * (y - p)), axis=-1)
    return {
        "huber": lambda: keras.losses.Huber(delta=resolved["huber_delta"]),
        "binary_crossentropy": lambda: keras.losses.BinaryCrossentropy(label_smoothing=resolved["label_smoothing"]),
        "binary_focal_crossentropy": lambda: keras.losses.BinaryFocalCrossentropy(
            label_smoothing=resolved["label_smoothing"]
        ),
        "sparse_categorical_crossentropy": lambda: keras.losses.CategoricalCrossentropy(
            label_smoothing=resolved["label_smoothing"]
        ),
        "categorical_crossentropy": lambda: keras.losses.CategoricalCrossentropy(
            label_smoothing=resolved["label_smoothing"]
        ),
        "categorical_focal_crossentropy": lambda: keras.losses.CategoricalFocalCrossentropy(
            label_smoothing=resolved["label_smoothing"]
        ),
    }.get(name, lambda: name)()


def keras_targets(dataset: Dataset, name: str) -> np.ndarray:
    if dataset.task != "classification":
        return dataset.y_train
    if LOSSES[name].has_one_output:
        return dataset.y_train[:, None].astype(np.float32)
    return np.eye(dataset.n_outputs, dtype=np.float32)[dataset.y_train]


CASES = [
    (name, task, {}) for name, loss in LOSSES.items() for task in loss.tasks
] + [
    (name, task, {"label_smoothing": 0.2}) for name, loss in LOSSES.items() for task in loss.tasks if loss.smooths
] + [("huber", "regression", {"huber_delta": 0.3}), ("quantile", "regression", {"quantile": 0.9})]  # fmt: skip


@pytest.mark.parametrize(("name", "task", "more"), CASES, ids=lambda value: str(value))
def test_a_loss_trains_as_in_keras(name, task, more):
    dataset = data_for(task, 2 if LOSSES[name].has_one_output else 3)
    outcome, resolved = trained({"loss": name, **more}, dataset)
    assert outcome.status == "ok"
    model = build_model(resolved, (4,), dataset.n_outputs, task, seed=SEEDS.weights)
    model.compile(optimizer=keras.optimizers.SGD(0.02), loss=keras_loss(name, resolved), run_eagerly=True)
    y, order = keras_targets(dataset, name), np.random.default_rng(SEEDS.order)
    for _ in range(2):
        index = order.permutation(np.arange(N_TRAIN))
        trained_epoch(model, dataset.x_train[index], y[index], 16)
    for ours, theirs in zip(outcome.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    # What curves show is not smoothed.
    plain = resolve({**SMALL, "loss": name, **{k: v for k, v in more.items() if k != "label_smoothing"}}, task)
    model.compile(loss=keras_loss(name, plain), run_eagerly=True)
    expected = evaluated(model, dataset.x_train[N_TRAIN:], y[N_TRAIN:])["loss"]
    assert outcome.curve["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


# Keras's own save does that under numpy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", list(LOSSES))
def test_a_saved_model_loads_without_kerasgrid_and_evaluates(name, tmp_path):
    task = LOSSES[name].tasks[0]
    dataset = data_for(task, 2 if LOSSES[name].has_one_output else 3)
    outcome, resolved = trained({"loss": name, "epochs": 1}, dataset)
    data = ResidentData(dataset)
    plain_model(resolved, data, outcome.weights).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    if name == "quantile":
        assert not loaded.compiled
        return
    loaded.run_eagerly = True
    y = dataset.y_train if name == "sparse_categorical_crossentropy" else keras_targets(dataset, name)
    values = evaluated(loaded, dataset.x_train[N_TRAIN:], y[N_TRAIN:])
    assert values["loss"] == pytest.approx(outcome.curve["val_loss"][-1], rel=1e-4)
    if "accuracy" in values:
        assert values["accuracy"] == pytest.approx(outcome.curve["val_accuracy"][-1])


def test_one_program_serves_every_number_of_a_loss():
    dataset = data_for("regression")
    data, index = ResidentData(dataset), np.arange(N, dtype=np.int32)
    resolved = [resolve({**SMALL, "quantile": quantile, "epochs": 40}, "regression") for quantile in (0.1, 0.9)]
    program = Program(resolved[0], data)
    means = []
    for params in resolved:
        outcome = program.run(Training(params, index, index[:0], SEEDS), data, keep_weights=True)
        means.append(program.predictor.predict(outcome.weights, dataset.x_train).mean())
    assert means[0] < np.median(dataset.y_train) < means[1]
