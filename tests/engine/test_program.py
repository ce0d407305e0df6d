"""Programs train every optimizer and loss, and nothing of a fit remains in its program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.made import images, numbers

from kerasgrid.axes.names import (
    OPTIMIZERS,
)
from kerasgrid.axes.parameters import resolve, structure
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    import keras
    import tensorflow as tf

    from kerasgrid.engine.dropout import VariableDropout
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.training import Seeds, Training
    from kerasgrid.models.factory import build_model

CNN = {"model": "cnn", "conv_filters": (4, 6), "hidden_units": (10,)}


def layers(model: keras.Model) -> list[tuple[str, str]]:
    return [(type(layer).__name__, layer.name) for layer in model.layers[1:]]


INDEX = np.arange(24, dtype=np.int32)
TRAIN, HELD_OUT = INDEX[:16], INDEX[16:]


@pytest.fixture(scope="module")
def data() -> ResidentData:
    with quiet_stderr():
        return ResidentData(images())


@pytest.fixture(scope="module")
def regression() -> ResidentData:
    with quiet_stderr():
        return ResidentData(numbers())


def training(params: dict[str, Any], task: str = "classification", seed: int = 0) -> Training:
    return Training(resolve(params, task), TRAIN, HELD_OUT, Seeds.of(seed, 0, 0))


def program_of(params: dict[str, Any], data: ResidentData) -> Program:
    with quiet_stderr():
        # Its first fit begins with the weights that building it drew.
        return Program(resolve(params, data.task), data, Seeds.of(0, 0, 0).weights)


def assert_equal(ours: Any, theirs: Any) -> None:
    assert ours.status == theirs.status == "ok"
    assert ours.curve == theirs.curve
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_nothing_of_a_fit_remains_in_its_program(optimizer: str, data: ResidentData) -> None:
    shape = {"hidden_units": (5,), "optimizer": optimizer, "batch_size": 5, "dropout": 0.2, "l2": 0.01, "l1": 0.01}
    params = {**shape, "learning_rate": 0.01, "epochs": 3}
    wild = {**shape, "learning_rate": 0.5, "epochs": 2, "dropout": 0.6, "l2": 1.0, "l1": 1.0}
    program = program_of(params, data)
    trainings = [training(params), training(wild, seed=7), training(params), training(params, seed=7)]
    first, _, again, reseeded = (program.run(one, data, keep_weights=True) for one in trainings)
    assert_equal(first, again)
    assert {len(values) for values in first.curve.values()} == {3}
    assert np.isfinite(first.curve["val_loss"]).all()
    assert first.curve["loss"] != reseeded.curve["loss"]
    # It did train.
    start = build_model(params, (4, 4), 3, seed=Seeds.of(0, 0, 0).weights).get_weights()
    assert any(not np.array_equal(one, other) for one, other in zip(start, first.weights, strict=True))


@pytest.mark.parametrize(("optimizer", "decay"), [("AdamW", 0.0), ("Muon", 0.0), ("Lion", 0.1), ("SGD", 0.1)])
def test_weight_decay_with_and_without(optimizer: str, decay: float, data: ResidentData) -> None:
    params = {
        "hidden_units": (5,), "optimizer": optimizer, "weight_decay": decay, "learning_rate": 0.01, "epochs": 2,
    }  # fmt: skip
    program = program_of(params, data)
    trainings = [training(params), training({**params, "learning_rate": 0.3}), training(params)]
    first, _, again = (program.run(one, data, keep_weights=True) for one in trainings)
    assert_equal(first, again)


def test_without_weight_decay_adamw_is_adam(data: ResidentData) -> None:
    ends = []
    for optimizer in ("AdamW", "Adam"):
        params = {"hidden_units": (5,), "optimizer": optimizer, "weight_decay": 0.0, "epochs": 3, "learning_rate": 0.1}
        ends.append(program_of(params, data).run(training(params), data, keep_weights=True))
    assert_equal(*ends)


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("sparse_categorical_crossentropy", "sigmoid"),
        ("categorical_crossentropy", "softmax"),
        ("categorical_crossentropy", "softplus"),
        ("mean_squared_error", "linear"),
    ],
)
def test_losses_and_output_activations(loss: str, activation: str, data: ResidentData) -> None:
    params = {"hidden_units": (4,), "loss": loss, "output_activation": activation, "epochs": 1}
    outcome = program_of(params, data).run(training(params), data)
    assert outcome.status == "ok"
    assert sorted(outcome.curve) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_a_regression_trains_with_and_without_held_out_samples(regression: ResidentData) -> None:
    params = {"hidden_units": (8,), "epochs": 40, "learning_rate": 0.05}
    program = program_of(params, regression)
    held_out = training(params, "regression")
    everything = Training(held_out.params, INDEX, INDEX[:0], held_out.seeds)
    first, second = (program.run(one, regression) for one in (held_out, everything))
    assert sorted(first.curve) == ["loss", "mae", "mse", "r2", "val_loss", "val_mae", "val_mse", "val_r2"]
    assert sorted(second.curve) == ["loss", "mae", "mse", "r2"]
    for outcome in (first, second):
        assert outcome.status == "ok"
        assert outcome.curve["loss"] == outcome.curve["mse"]
        assert outcome.curve["mse"][-1] < outcome.curve["mse"][0]
        assert outcome.curve["r2"][-1] > 0


@pytest.mark.parametrize("params", [CNN, {**CNN, "conv_filters": (2,), "batch_norm": True, "dropout": 0.2}])
def test_a_cnn_trains(params: dict[str, Any], data: ResidentData) -> None:
    program = program_of({**params, "epochs": 2}, data)
    first, again = (program.run(training({**params, "epochs": 2}), data, keep_weights=True) for _ in range(2))
    assert_equal(first, again)
    assert program.n_parameters == build_model(params, (4, 4), 3).count_params()


def test_fits_of_other_rates_and_factors_share_a_program(data: ResidentData) -> None:
    params = {**CNN, "spatial_dropout": 0.2, "dense_dropout": 0.3, "l1": 0.01, "epochs": 2}
    others = {**params, "spatial_dropout": 0.7, "dense_dropout": 0.8, "l1": 0.5}
    assert structure(resolve(params, "classification")) == structure(resolve(others, "classification"))
    program = program_of(params, data)
    first, other, again = (program.run(training(one), data, keep_weights=True) for one in (params, others, params))
    assert_equal(first, again)
    assert first.curve["loss"] != other.curve["loss"]
    assert_equal(other, program_of(others, data).run(training(others), data, keep_weights=True))


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_spatial_dropout_drops_whole_maps(rate: float) -> None:
    key = tf.Variable([3, 0])
    layer = VariableDropout(tf.Variable(rate), key, 1, drops_maps=True)
    x = tf.ones([200, 3, 4, 50])
    kept = np.asarray(layer(x, training=True))
    assert (kept == kept[:, :1, :1]).all()
    np.testing.assert_allclose(np.unique(kept), [0.0, 1 / (1 - rate)])
    assert abs((kept[:, 0, 0] == 0).mean() - rate) < 0.02
    # Maps of one image and of the next drop by themselves.
    assert 0 < (kept[0, 0, 0] == 0).sum() < 50
    np.testing.assert_array_equal(layer(x, training=False), x)
