"""The engine trains the bundled models as Keras does: same initial weights and batch order, same final weights.

What a model of the user's own may hold is compared in ``tests/engine/conformance``.
"""

from __future__ import annotations

from typing import Any, Literal

import keras
import numpy as np
import pytest
from support.conformance.compare import keras_optimizer
from support.keras_batches import evaluated, trained_epoch

from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.training import Seeds, Training
from kerasgrid.models.factory import build_model

N_TRAIN, N_HELD_OUT = 70, 30
SEEDS = Seeds.of(seed=3, fold=1, repeat=0)

FUSED = ("SGD", "momentum", "nesterov", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam")
MODELS = {
    "mlp": {"hidden_units": (8, 6)},
    # Not both at once: what the second takes out again of the first has no gradient but rounding, which Adam enlarges.
    "mlp, batch norm": {"hidden_units": (8,), "batch_norm": True, "activation": "silu"},
    "mlp, input batch norm": {"hidden_units": (8,), "input_batch_norm": True, "activation": "selu"},
    "cnn": {"model": "cnn", "conv_filters": (3,), "hidden_units": (5,)},
    "cnn, batch norm": {"model": "cnn", "conv_filters": (2,), "padding": "valid", "kernel_size": 3,
                        "pooling": "average", "batch_norm": True, "hidden_units": ()},
}  # fmt: skip
LENETS = {
    "lenet5": {},
    "lenet5, full": {"connections": "full", "subsampling": "average", "activation": "silu"},
    "lenet5, max": {"subsampling": "max", "activation": "relu"},
}
LOSSES = ["sparse_categorical_crossentropy", "categorical_crossentropy", "mean_squared_error"]


def classes(side: int = 6) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.random((N_TRAIN + N_HELD_OUT, side, side), dtype=np.float32)
    y = generator.integers(0, 3, len(x))
    return Dataset("made", x, y, None, None, "classification", ("a", "b", "c"), "made")


def numbers(n_outputs: int) -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.random((N_TRAIN + N_HELD_OUT, 4), dtype=np.float32)
    y = generator.random((len(x), n_outputs), dtype=np.float32)
    return Dataset("made", x, y[:, 0] if n_outputs == 1 else y, None, None, "regression", None, "made")


def train_both(
    dataset: Dataset, params: dict, *, held_out_too: bool = True, xla: Literal["auto"] | bool = False
) -> tuple[list, list, dict, dict]:
    """Return weights and curves of the engine and of Keras, which compiles with XLA where it can if left to itself."""
    resolved = resolve(params, dataset.task)
    indices = np.random.default_rng(1).permutation(N_TRAIN + N_HELD_OUT).astype(np.int32)
    train, held_out = indices[:N_TRAIN], indices[N_TRAIN:]
    data, before = ResidentData(dataset), Seeds.of(9, 0, 0)
    program = Program(resolved, data, before.weights)
    # A fit before it must leave no trace.
    program.run(Training(resolved, train, held_out, before), data)
    outcome = program.run(Training(resolved, train, held_out, SEEDS), data, keep_weights=True)
    assert outcome.status == "ok"

    model = build_model(params, dataset.input_shape, dataset.n_outputs, dataset.task, seed=SEEDS.weights)
    optimizer = keras_optimizer(resolved, model)
    metrics = ["accuracy"] if dataset.task == "classification" else ["mse", "mae"]
    model.compile(optimizer=optimizer, loss=resolved["loss"], metrics=metrics, jit_compile=xla, run_eagerly=not xla)
    y = dataset.y_train
    if dataset.task == "classification" and resolved["loss"] != "sparse_categorical_crossentropy":
        y = np.eye(dataset.n_outputs, dtype=np.float32)[y]
    order = np.random.default_rng(SEEDS.order)
    curve: dict[str, list[float]] = {}
    for _ in range(int(resolved["epochs"])):
        index = order.permutation(train)
        told = trained_epoch(model, dataset.x_train[index], y[index], int(resolved["batch_size"]))
        if held_out_too:
            of_held_out = evaluated(model, dataset.x_train[held_out], y[held_out])
            told |= {f"val_{name}": value for name, value in of_held_out.items()}
        for name, value in told.items():
            curve.setdefault(name, []).append(value)
    return outcome.weights, model.get_weights(), dict(outcome.curve), curve


def assert_equal(ours: list, theirs: list, tolerance: float = 1e-5) -> None:
    assert [w.shape for w in ours] == [w.shape for w in theirs]
    assert max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)) <= tolerance


def slow_but(usual: str, name: str) -> Any:
    """Return a parameter whose tests are slow, unless it is the usual one: the suite of conformance has them all."""
    return pytest.param(name, marks=() if name == usual else pytest.mark.slow)


# 70 samples in batches of 32 end with a partial batch of 6.
@pytest.mark.parametrize("weight_decay", [None, 0.01])
@pytest.mark.parametrize("optimizer", [slow_but("Adam", name) for name in FUSED])
def test_optimizers(optimizer: str, weight_decay: float | None) -> None:
    params = {"hidden_units": (8, 6), "optimizer": optimizer, "learning_rate": 0.05, "epochs": 2, "batch_size": 32}
    if weight_decay is not None:
        params["weight_decay"] = weight_decay
    ours, theirs, our_curve, their_curve = train_both(classes(), params, held_out_too=False)
    assert_equal(ours, theirs)
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(our_curve[name], their_curve[name], atol=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["Adafactor", "Ftrl", "Lamb", "Lion", "Muon", "ScheduleFreeAdamW"])
def test_optimizers_without_a_fused_kernel(optimizer: str) -> None:
    if not hasattr(keras.optimizers, optimizer):
        pytest.skip(f"this Keras has no {optimizer}")
    params = {"hidden_units": (8, 6), "optimizer": optimizer, "learning_rate": 0.01, "epochs": 2, "batch_size": 32}
    ours, expected, *_ = train_both(classes(), params, held_out_too=False)
    assert_equal(ours, expected)


@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("loss", [slow_but("sparse_categorical_crossentropy", loss) for loss in LOSSES])
@pytest.mark.parametrize("model", MODELS)
def test_losses_and_penalties(model: str, loss: str, l2: float) -> None:
    params = {**MODELS[model], "loss": loss, "l2": l2, "learning_rate": 0.05, "epochs": 2, "batch_size": 32}
    ours, theirs, our_curve, their_curve = train_both(classes(), params)
    assert_equal(ours, theirs)
    np.testing.assert_allclose(our_curve["val_accuracy"], their_curve["val_accuracy"], atol=1e-6)
    if l2:
        # Ours is the data's loss alone.
        assert our_curve["loss"][-1] < their_curve["loss"][-1]
    else:
        np.testing.assert_allclose(our_curve["loss"], their_curve["loss"], atol=2e-4)


@pytest.mark.parametrize(
    ("optimizer", "params"),
    [
        ("Adam", {"hidden_units": (8, 8, 5), "residual": True, "layer_norm": True, "activation": "silu", "l1": 0.01,
                  "l2": 0.01}),
        ("momentum", {"hidden_units": (8,), "residual": True, "batch_norm": True, "activation": "silu", "l1": 0.01}),
        ("momentum", {"model": "cnn", "conv_filters": (3,), "convs_per_block": 2, "layer_norm": True, "l1": 0.001,
                      "activation": "silu", "global_pooling": "average", "hidden_units": (5,), "residual": True}),
        ("Adam", {"model": "cnn", "conv_filters": (3,), "global_pooling": "max", "hidden_units": (5,)}),
        ("momentum", {"model": "lenet5", "l1": 0.001, "l2": 0.001}),
    ],
)  # fmt: skip
def test_architectures(optimizer: str, params: dict) -> None:
    params = {**params, "optimizer": optimizer, "learning_rate": 0.05, "epochs": 2, "batch_size": 32}
    side = 28 if params.get("model") == "lenet5" else 6
    ours, theirs, our_curve, their_curve = train_both(classes(side), params)
    # Adam makes something of the rounding of gradients that are nearly zero.
    assert_equal(ours, theirs, 1e-4 if side == 28 or optimizer == "Adam" else 1e-5)
    np.testing.assert_allclose(our_curve["val_accuracy"], their_curve["val_accuracy"], atol=2e-2)


@pytest.mark.parametrize(
    ("model", "optimizer", "extra"),
    [
        ("lenet5", "Adam", {"l2": 0.01}),
        ("lenet5, full", "momentum", {"weight_decay": 0.01, "loss": "mean_squared_error"}),
        ("lenet5, max", "SGD", {}),
    ],
)
def test_lenet5(model: str, optimizer: str, extra: dict) -> None:
    params = {"model": "lenet5", **LENETS[model], "optimizer": optimizer, "learning_rate": 0.05, "epochs": 2, **extra}
    ours, expected, our_curve, their_curve = train_both(classes(28), params, held_out_too=False)
    # Adam makes something of the rounding of gradients that are nearly zero.
    assert_equal(ours, expected, 1e-4 if optimizer == "Adam" else 1e-5)
    np.testing.assert_allclose(our_curve["accuracy"], their_curve["accuracy"], atol=2e-2)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("optimizer", ["momentum", "RMSprop"])
def test_regression(optimizer: str, n_outputs: int) -> None:
    params = {"hidden_units": (7,), "optimizer": optimizer, "learning_rate": 0.05, "epochs": 2, "batch_size": 32}
    ours, theirs, our_curve, their_curve = train_both(numbers(n_outputs), params, xla="auto")
    assert_equal(ours, theirs)
    for name, key in (("loss", "loss"), ("mse", "mean_squared_error"), ("mae", "mean_absolute_error")):
        keras_name = name if name in their_curve else key
        np.testing.assert_allclose(our_curve[name], their_curve[keras_name], atol=1e-5)


def test_a_batch_larger_than_the_data_is_one_full_batch() -> None:
    params = {"hidden_units": (4,), "epochs": 2, "batch_size": 10_000, "learning_rate": 0.05}
    ours, theirs, *_ = train_both(classes(), params, xla="auto")
    assert_equal(ours, theirs)
