"""The winner, refitted on all training data, saved as a plain Keras model and evaluated once on the test set."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.measures import Measures
from kerasgrid.engine.optimizers import make_optimizer
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import ResidentData, Shapes, as_targets, variance_of
from kerasgrid.engine.training import Training
from kerasgrid.fits.fit import MOST_PREDICTIONS, FinalResult
from kerasgrid.models.factory import build_model

_BATCH = 500

_LINE_POINTS = 200
_SAMPLES_SHOWN = 500


def refit(program: Program, training: Training, data: ResidentData, path: Path) -> FinalResult:
    """Train on all training data, as ``training`` says, write the model to ``path`` and evaluate it on the test set.

    The written model is compiled with its optimizer and loss, and consists of plain Keras layers, but for LeNet-5's
    own ones, which load once kerasgrid is imported.
    """
    params = training.params
    outcome = program.run(training, data, keep_weights=True)
    if outcome.status == "ok" and not all(np.isfinite(weight).all() for weight in outcome.weights):
        # The last step came after the last loss that was looked at.
        outcome.status = "diverged"
    if outcome.status != "ok":
        return FinalResult(outcome.status, outcome.curve, seconds=outcome.seconds)
    model = plain_model(params, data, outcome.weights)
    _save(model, path)
    is_regression = data.task != "classification"
    line = _line(model, data) if is_regression and data.input_shape == (1,) and data.n_outputs == 1 else None
    done = FinalResult("ok", outcome.curve, model_path=str(path), seconds=outcome.seconds, line=line)
    test = _outputs(model, data)
    if test is None:
        return done
    y, outputs = test
    return replace(
        done,
        test=_metrics_of(params, data, y, outputs),
        confusion_matrix=None if is_regression else _confusion(y, outputs),
        predictions=_pairs(y, outputs) if is_regression else None,
    )


def plain_model(params: Mapping[str, Any], shapes: Shapes, weights: Sequence[np.ndarray]) -> keras.Model:
    """Return the model of these resolved ``params`` with these weights, compiled with its optimizer and loss."""
    model = build_model(params, shapes.input_shape, shapes.n_outputs, shapes.task)
    model.set_weights(weights)
    metrics = ["accuracy"] if shapes.task == "classification" else ["mse", "mae"]
    model.compile(optimizer=make_optimizer(params), loss=params["loss"], metrics=metrics)
    # Saved without its variables, it would be loaded with a warning.
    model.optimizer.build(model.trainable_variables)
    return model


def _save(model: keras.Model, path: Path) -> None:
    # Keras tells the format by the ending, so the temporary name must end the same.
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        model.save(temporary)
        # The store will say that the model is there, and must be right after a power cut, too.
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _line(model: keras.Model, data: ResidentData) -> Mapping[str, list[float]]:
    """Return what :attr:`kerasgrid.fits.fit.FinalResult.line` is."""
    x, y = data.dataset.x_train[:, 0], np.reshape(data.dataset.y_train, -1)
    grid = np.linspace(x.min(), x.max(), _LINE_POINTS, dtype=np.float32)
    shown = np.linspace(0, len(x) - 1, min(len(x), _SAMPLES_SHOWN)).round().astype(int)
    outputs = np.reshape(np.asarray(model(grid[:, None], training=False)), -1)
    return {
        name: [float(value) for value in values]
        for name, values in (("x", grid), ("y", outputs), ("x_train", x[shown]), ("y_train", y[shown]))
    }


def _outputs(model: keras.Model, data: ResidentData) -> tuple[Any, Any] | None:
    """Return the test set's targets and what the model makes of its inputs; None without a test set."""
    x, y = data.dataset.x_test, data.dataset.y_test
    if x is None or y is None:
        return None
    outputs = [np.asarray(model(x[i : i + _BATCH], training=False)) for i in range(0, len(x), _BATCH)]
    return np.asarray(y), np.concatenate(outputs)


def _confusion(y: Any, outputs: Any) -> list[list[int]]:
    n = outputs.shape[1]
    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (y, outputs.argmax(axis=1)), 1)
    return [[int(count) for count in row] for row in counts]


def _pairs(y: Any, outputs: Any) -> list[list[tuple[float, float]]]:
    kept = np.linspace(0, len(y) - 1, min(len(y), MOST_PREDICTIONS)).astype(int)
    true, predicted = (np.asarray(values, dtype=float).reshape(len(y), -1)[kept] for values in (y, outputs))
    return [list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(true.T, predicted.T, strict=True)]


def _metrics_of(
    params: Mapping[str, Any], data: ResidentData, y: np.ndarray, outputs: np.ndarray
) -> Mapping[str, float]:
    targets, given = as_targets(y, data.task), tf.constant(outputs)
    losses = make_sample_loss(params["loss"], data.n_outputs, data.task)(targets, given)
    measures = Measures(data.n_outputs, data.task)
    sums = measures.sums(targets, given, losses)
    variance = None if data.task == "classification" else variance_of(y)
    return measures.named(sums.numpy() / len(outputs), variance)
