"""Tables train as Keras trains on their encoded rows: embeddings, standardised targets, several labels, bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score
from support.keras_batches import trained_epoch
from support.made import images
from support.mixed import mixed_table

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras

    from kerasgrid.engine.optimizers import make_optimizer
    from kerasgrid.engine.prepared import PreparedData
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.trainer import Trainer
    from kerasgrid.engine.training import Outcome, Seeds, Training
    from kerasgrid.models.factory import build_model
    from kerasgrid.models.whole import model_inputs

# Of Keras, when it saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

INDEX = np.random.default_rng(1).permutation(100).astype(np.int32)
TRAIN, HELD_OUT = INDEX[:70], INDEX[70:]
SEEDS = Seeds.of(3, 1, 0)


def resolved(task: str, **given: Any) -> dict[str, Any]:
    return resolve({"hidden_units": (8,), "epochs": 2, "learning_rate": 0.01, **given}, task)


def prepared(dataset: Dataset, params: dict[str, Any]) -> ResidentData:
    return PreparedData(dataset).for_fit(params, TRAIN, 0)


def trained(data: ResidentData, params: dict[str, Any], *, compiled: bool = False) -> Outcome:
    sizes = BatchSizes.of(params, len(TRAIN), len(HELD_OUT)) if compiled else None
    with quiet_stderr():
        before = Seeds.of(9, 0, 0)
        program = Program(params, data, before.weights)
        # A fit before it must leave no trace.
        program.run(Training(params, TRAIN, HELD_OUT, before, compiled_for=sizes), data)
        training = Training(params, TRAIN, HELD_OUT, SEEDS, compiled_for=sizes)
        outcome = program.run(training, data, keep_weights=True)
    assert outcome.status == "ok"
    if compiled:
        assert list(program._epochs._compiled.values()) != [None], "XLA did not compile it"
    return outcome


def trained_by_keras(data: ResidentData, params: dict[str, Any]) -> tuple[list[np.ndarray], keras.Model]:
    """Return the weights after Keras's steps on the encoded rows, and the model."""
    model = build_model(params, data.input_shape, data.n_outputs, data.task, seed=SEEDS.weights, layout=data.layout)
    optimizer = make_optimizer(params)
    optimizer.build(model.trainable_variables)
    # A few steps are not worth a graph.
    is_short = params["epochs"] <= 2
    model.compile(optimizer=optimizer, loss=params["loss"], jit_compile=False, run_eagerly=is_short)
    x, y, order = np.asarray(data.inputs), np.asarray(data.targets), np.random.default_rng(SEEDS.order)
    for _ in range(params["epochs"]):
        index = order.permutation(TRAIN)
        trained_epoch(model, x[index], y[index], params["batch_size"])
    return model.get_weights(), model


def assert_close(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("optimizer", "given"),
    [
        ("SGD", {"weight_decay": 0.01}),
        ("momentum", {"one_hot_max": 0}),
        ("Adam", {"l2": 0.01}),
        ("AdamW", {"scaling": "quantile"}),
        ("RMSprop", {}),
        pytest.param("Adagrad", {}, marks=pytest.mark.slow),
        pytest.param("Adadelta", {"learning_rate": 1.0}, marks=pytest.mark.slow),
        ("Nadam", {"embedding_size": 3}),
        pytest.param("Adamax", {}, marks=pytest.mark.slow),
        pytest.param("Lion", {"learning_rate": 0.001}, marks=pytest.mark.slow),
        pytest.param("Ftrl", {}, marks=pytest.mark.slow),
    ],
)
def test_a_table_trains_as_keras_trains_on_its_encoded_rows(optimizer: str, given: dict) -> None:
    params = resolved("classification", optimizer=optimizer, **given)
    data = prepared(mixed_table(), params)
    assert data.layout is not None
    assert data.layout.embedded
    theirs, model = trained_by_keras(data, params)
    ours = trained(data, params)
    assert_close(ours.weights, theirs)
    probabilities = model.predict(np.asarray(data.inputs)[HELD_OUT], verbose=0)
    accuracy = accuracy_score(np.asarray(data.targets)[HELD_OUT], probabilities.argmax(axis=1))
    assert ours.curve["val_accuracy"][-1] == pytest.approx(accuracy, abs=1e-6)
    # Words were learnt: rows of embeddings that occur have moved.
    before = build_model(params, data.input_shape, 3, seed=SEEDS.weights, layout=data.layout).get_weights()[0]
    known = np.unique(np.asarray(data.inputs)[TRAIN, data.layout.n_floats].astype(int))
    assert np.abs(ours.weights[0] - before)[known].max(axis=1).min() > 0


@pytest.mark.parametrize(
    ("task", "optimizer"),
    [
        ("classification", "Adam"),
        pytest.param("regression", "momentum", marks=pytest.mark.slow),
        pytest.param("multilabel", "RMSprop", marks=pytest.mark.slow),
    ],
)
def test_tables_compiled_train_as_traced(task: Any, optimizer: str) -> None:
    params = resolved(task, optimizer=optimizer, dropout=0.2)
    data = prepared(mixed_table(task), params)
    compiled, traced = (trained(data, params, compiled=compiled) for compiled in (True, False))
    assert_close(compiled.weights, traced.weights)
    for name, values in traced.curve.items():
        np.testing.assert_allclose(compiled.curve[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_metrics_are_in_the_targets_own_unit_and_the_loss_is_of_standardised_ones() -> None:
    params = resolved("regression", epochs=8)
    table = mixed_table("regression", n_outputs=2)
    data = prepared(table, params)
    assert data.scaled is not None
    theirs, model = trained_by_keras(data, params)
    ours = trained(data, params)
    assert_close(ours.weights, theirs)
    outputs = model.predict(np.asarray(data.inputs)[HELD_OUT], verbose=0)
    predicted, true = outputs * data.scaled.std + data.scaled.mean, table.y_train[HELD_OUT]
    curve = {name: values[-1] for name, values in ours.curve.items()}
    assert curve["val_loss"] == pytest.approx(mean_squared_error(np.asarray(data.targets)[HELD_OUT], outputs), rel=1e-4)
    assert curve["val_mse"] == pytest.approx(mean_squared_error(true, predicted), rel=1e-3)
    assert curve["val_mae"] == pytest.approx(mean_absolute_error(true, predicted), rel=1e-3)
    assert curve["val_r2"] == pytest.approx(r2_score(true, predicted), abs=1e-3)


def test_several_targets_of_very_different_size_are_each_learnt() -> None:
    table = mixed_table("regression", n_outputs=3)
    assert np.ptp(table.y_train, axis=0).max() > 1e5 * np.ptp(table.y_train, axis=0).min()
    params = resolved("regression", epochs=60)
    data = prepared(table, params)
    assert data.scaled is not None
    _, model = trained_by_keras(data, params | {"epochs": 1})
    model.set_weights(trained(data, params).weights)
    outputs = model.predict(np.asarray(data.inputs)[TRAIN], verbose=0) * data.scaled.std + data.scaled.mean
    assert (r2_score(table.y_train[TRAIN], outputs, multioutput="raw_values") > 0.8).all()


def test_several_labels() -> None:
    table = mixed_table("multilabel")
    params = resolved("multilabel", epochs=5)
    assert (params["loss"], params["output_activation"]) == ("binary_crossentropy", "sigmoid")
    data = prepared(table, params)
    theirs, model = trained_by_keras(data, params)
    ours = trained(data, params)
    assert_close(ours.weights, theirs)
    outputs, true = model.predict(np.asarray(data.inputs)[HELD_OUT], verbose=0), table.y_train[HELD_OUT]
    curve = {name: values[-1] for name, values in ours.curve.items()}
    assert curve["val_exact_match"] == pytest.approx(accuracy_score(true, outputs > 0.5), abs=1e-6)
    assert curve["val_binary_accuracy"] == pytest.approx(np.mean((outputs > 0.5) == true), abs=1e-6)
    entropy = -np.mean(true * np.log(outputs) + (1 - true) * np.log(1 - outputs))
    assert curve["val_loss"] == pytest.approx(entropy, rel=1e-4)


def test_images_of_bytes_train_as_their_floats() -> None:
    x = np.random.default_rng(0).integers(0, 256, (100, 4, 4), dtype=np.uint8)
    y = np.arange(100) % 3
    as_bytes, as_floats = (
        ResidentData(Dataset("x", each, y, None, None, "classification", ("a", "b", "c"), "made"))
        for each in (x, x.astype(np.float32) / 255)
    )
    params = resolved("classification", optimizer="momentum")
    assert as_bytes.has_bytes
    assert not as_floats.has_bytes
    ours, theirs = trained(as_bytes, params), trained(as_floats, params)
    assert_close(ours.weights, theirs.weights)
    np.testing.assert_allclose(ours.curve["val_loss"], theirs.curve["val_loss"], atol=1e-5)
    assert_close(trained(as_bytes, params, compiled=True).weights, ours.weights)


@pytest.mark.parametrize(("task", "metric"), [("classification", "accuracy"), ("regression", "mae"),
                                              ("multilabel", "exact_match")])  # fmt: skip
def test_the_saved_model_predicts_what_was_evaluated(task: Any, metric: str, tmp_path: Any) -> None:
    table = mixed_table(task, n_test=40)
    trainer = Trainer(table, [Fold(TRAIN, HELD_OUT)], 1)
    candidate = Candidate({"hidden_units": (8,), "epochs": 3, "scaling": "quantile"})
    with quiet_stderr():
        final, _ = trainer.refit(candidate, 0, tmp_path / "model.keras")
    assert final.status == "ok", final.error
    model = keras.saving.load_model(tmp_path / "model.keras")
    assert table.x_test is not None
    assert table.columns is not None
    outputs = model.predict(model_inputs(table.x_test, table.columns), verbose=0)
    of = {
        "accuracy": lambda: accuracy_score(table.y_test, outputs.argmax(axis=1)),
        "mae": lambda: mean_absolute_error(table.y_test, outputs),
        "exact_match": lambda: accuracy_score(table.y_test, outputs > 0.5),
    }
    assert final.test is not None
    assert final.test[metric] == pytest.approx(of[metric](), rel=1e-4)


def test_an_array_scaled_and_an_array_as_it_is_share_a_program() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(100, 20, (100, 4)).astype(np.float32)
    dataset = Dataset("x", x, (x[:, 0] > 100).astype(int), None, None, "classification", ("a", "b"), "made")
    trainer = PreparedData(dataset)
    plain, scaled = (resolved("classification", scaling=scaling, epochs=20) for scaling in ("auto", "standard"))
    data = [trainer.for_fit(params, TRAIN, 0) for params in (plain, scaled)]
    with quiet_stderr():
        program = Program(plain, data[0])
        ends = [
            program.run(Training(params, TRAIN, HELD_OUT, SEEDS), seen).curve["val_accuracy"][-1]
            for params, seen in zip((plain, scaled), data, strict=True)
        ]
    assert ends[1] >= 0.9
    assert images().columns is None
