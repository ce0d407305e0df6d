"""The winner, refitted on all training data, saved as a plain Keras model and evaluated once on the test set."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.data.columns import Columns
from kerasgrid.engine.losses import compiled_loss, make_sample_loss
from kerasgrid.engine.optimizers import make_optimizer
from kerasgrid.engine.prepared import encode
from kerasgrid.engine.program import Program
from kerasgrid.engine.resident import Front, ResidentData, Shapes, as_targets
from kerasgrid.engine.scores import scores
from kerasgrid.engine.training import Training
from kerasgrid.fits.fit import MOST_PREDICTIONS, FinalResult
from kerasgrid.fits.outputs import outputs_of_classes
from kerasgrid.fits.predictions import Predictions, metrics_of
from kerasgrid.models.compiled import Compiled, copied
from kerasgrid.models.factory import build_model
from kerasgrid.models.statistics import TargetStatistics
from kerasgrid.models.whole import array_model, table_model

_BATCH = 500

_LINE_POINTS = 200
_SAMPLES_SHOWN = 500


def refit(program: Program, training: Training, data: ResidentData, path: Path) -> FinalResult:
    """Train on all training data, as ``training`` says, write the model to ``path`` and evaluate it on the test set.

    The written model takes what the user has (a table's columns by name, images as bytes if they were) and gives what
    was asked for in its own unit. It is compiled with its optimizer and loss, and consists of plain Keras layers, but
    for LeNet-5's own ones, which load once kerasgrid is imported.
    """
    params = training.params
    outcome = program.run(training, data, keep_weights=True)
    if outcome.status == "ok" and not all(np.isfinite(weight).all() for weight in outcome.weights):
        # The last step came after the last loss that was looked at.
        outcome.status = "diverged"
    if outcome.status != "ok":
        return FinalResult(outcome.status, outcome.curve, seconds=outcome.seconds)
    core = with_weights(params, data, outcome.weights)
    save(_whole(core, params, data), path)
    is_line = data.task == "regression" and data.dataset.input_shape == (1,) and data.n_outputs == 1
    line = _line(core, data) if is_line and not _has_words(data) else None
    done = FinalResult("ok", outcome.curve, model_path=str(path), seconds=outcome.seconds, line=line)
    done = replace(done, best_epoch=outcome.best_epoch)
    x = data.dataset.x_test
    return done if x is None else evaluated(done, outputs_of(core, data, x), params, data, training.metrics)


def evaluated(
    done: FinalResult, outputs: np.ndarray, params: Mapping[str, Any], data: ResidentData, metrics: Sequence[str]
) -> FinalResult:
    """Return a final result with what its outputs for the test set are worth.

    Args:
        done: The result without a test.
        outputs: A model's, (n, its width), in the targets' own unit.
        params: Resolved hyperparameters, of which the loss counts.
        data: The data, with a test set.
        metrics: What is told besides the metrics of the task.
    """
    y = data.dataset.y_test
    assert y is not None, "outputs are of a test set"
    return replace(
        done,
        test=_metrics_on(params, data, np.asarray(y), outputs, metrics),
        confusion_matrix=_confusion(y, outputs_of_classes(outputs, data.task))
        if data.task == "classification"
        else None,
        predictions=_pairs(y, outputs) if data.task == "regression" else None,
    )


def plain_model(
    params: Mapping[str, Any], shapes: Shapes, weights: Sequence[np.ndarray], compiled: Compiled | None = None
) -> keras.Model:
    """Return the model of these resolved ``params`` with these weights, compiled with its optimizer and loss."""
    model = with_weights(params, shapes, weights)
    _compile(model, params, shapes.task, compiled)
    return model


def with_weights(params: Mapping[str, Any], shapes: Shapes, weights: Sequence[np.ndarray]) -> keras.Model:
    """Return the model of these resolved ``params`` with these weights, as it was trained."""
    model = build_model(params, shapes.input_shape, shapes.n_outputs, shapes.task, layout=shapes.layout)
    model.set_weights(weights)
    return model


def whole_model(
    core: keras.Model,
    params: Mapping[str, Any],
    task: str,
    shape: tuple[int, ...],
    *,
    columns: Columns | None = None,
    front: Front | None = None,
    targets: TargetStatistics | None = None,
    is_bytes: bool = False,
    compiled: Compiled | None = None,
) -> keras.Model:
    """Return the model that takes what the user has, compiled; it may be its core.

    Args:
        core: The model as it was trained, with its weights.
        params: Its resolved hyperparameters.
        task: What it predicts.
        shape: Of one sample as the user has it.
        columns: Those of a table; None of arrays.
        front: How samples were encoded; None for as they are.
        targets: What the training samples said of standardised targets; None of those that are not.
        is_bytes: Whether samples are images of bytes.
        compiled: What was said of the training beside the parameters.
    """
    if front is not None and columns is not None:
        model = table_model(core, columns, front.layout, front.statistics, targets)
    else:
        scaled = None if front is None else (front.layout, front.statistics)
        model = array_model(core, shape, scaled, targets, is_bytes=is_bytes)
    _compile(model, params, task, compiled)
    return model


def _whole(core: keras.Model, params: Mapping[str, Any], data: ResidentData) -> keras.Model:
    given = data.dataset
    kept: dict[str, Any] = {"columns": given.columns, "front": data.front, "targets": data.scaled}
    return whole_model(core, params, data.task, given.input_shape, **kept, is_bytes=given.is_bytes)


def _compile(model: keras.Model, params: Mapping[str, Any], task: str, compiled: Compiled | None = None) -> None:
    said = compiled or Compiled()
    metrics = {"regression": ["mse", "mae"], "multilabel": ["binary_accuracy"]}.get(task, ["accuracy"])
    loss = compiled_loss(params, task) if said.loss is None else copied(said.loss)
    if loss is None:
        # With a loss of ours it would not load without kerasgrid.
        return
    optimizer = make_optimizer(params, said.optimizer)
    model.compile(optimizer=optimizer, loss=loss, metrics=[copied(one) for one in said.metrics] or metrics)
    # Saved without its variables, it would be loaded with a warning.
    model.optimizer.build(model.trainable_variables)


def save(model: keras.Model, path: Path) -> None:
    """Write a model whole or not at all."""
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


def _has_words(data: ResidentData) -> bool:
    columns = data.dataset.columns
    return columns is not None and any(column.kind != "number" for column in columns.given)


def _line(core: keras.Model, data: ResidentData) -> Mapping[str, list[float]]:
    """Return what :attr:`kerasgrid.fits.fit.FinalResult.line` is."""
    x, y = data.dataset.x_train[:, 0], np.reshape(data.dataset.y_train, -1)
    x, y = x[~np.isnan(x)], y[~np.isnan(x)]
    grid = np.linspace(x.min(), x.max(), _LINE_POINTS, dtype=np.float32)
    shown = np.linspace(0, len(x) - 1, min(len(x), _SAMPLES_SHOWN)).round().astype(int)
    outputs = np.reshape(outputs_of(core, data, grid[:, None]), -1)
    return {
        name: [float(value) for value in values]
        for name, values in (("x", grid), ("y", outputs), ("x_train", x[shown]), ("y_train", y[shown]))
    }


def outputs_of(core: keras.Model, data: ResidentData, x: np.ndarray) -> np.ndarray:
    """Return what the model makes of samples as the data set has them, in the targets' own unit, (n, its width)."""
    if data.front is not None:
        x = encode(x, data.front)
    outputs = []
    for start in range(0, len(x), _BATCH):
        batch = x[start : start + _BATCH]
        batch = batch * np.float32(1 / 255) if data.has_bytes else batch
        outputs.append(np.asarray(core(batch, training=False)))
    joined = np.concatenate(outputs)
    return joined if data.scaled is None else joined * data.scaled.std + data.scaled.mean


def _confusion(y: Any, outputs: Any) -> list[list[int]]:
    n = outputs.shape[1]
    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (y, outputs.argmax(axis=1)), 1)
    return [[int(count) for count in row] for row in counts]


def _pairs(y: Any, outputs: Any) -> list[list[tuple[float, float]]]:
    kept = np.linspace(0, len(y) - 1, min(len(y), MOST_PREDICTIONS)).astype(int)
    true, predicted = (np.asarray(values, dtype=float).reshape(len(y), -1)[kept] for values in (y, outputs))
    return [list(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(true.T, predicted.T, strict=True)]


def _metrics_on(
    params: Mapping[str, Any], data: ResidentData, y: np.ndarray, outputs: np.ndarray, more: Sequence[str]
) -> Mapping[str, float]:
    targets, given = as_targets(y, data.task), tf.constant(outputs)
    # The loss is of standardised targets where the training's is.
    scaled = [
        values if data.scaled is None else (values - data.scaled.mean) / data.scaled.std for values in (targets, given)
    ]
    losses = make_sample_loss(params, data.n_outputs, data.task)(*scaled)
    loss = float(tf.reduce_sum(losses).numpy() / len(outputs))
    predictions = Predictions.of(outputs, y, params, data.task, data.n_outputs)
    # What is not defined on the test set, as without a sample of some class, is left out.
    asked = {name: value for name, value in metrics_of(more, predictions).items() if math.isfinite(value)}
    return {"loss": loss} | asked | scores(data.task, y, outputs_of_classes(outputs, data.task), data.dataset.targets)
