"""The winner, refitted on all training data, saved as a plain Keras model and evaluated once on the test set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasgrid.engine.fit import FinalResult
from kerasgrid.engine.optimizers import make_optimizer
from kerasgrid.engine.program import Lane, Program, Seeds
from kerasgrid.engine.resident import ResidentData
from kerasgrid.models.factory import build_model

_BATCH = 500


def refit(program: Program, params: Mapping[str, Any], data: ResidentData, seed: int, path: Path) -> FinalResult:
    """Train on all training data, write the model to ``path`` and evaluate it on the test set.

    The written model is compiled with its optimizer and loss, and consists of plain Keras layers.
    """
    everything = np.arange(len(data.dataset.x_train), dtype=np.int32)
    lane = Lane(params, everything, everything[:0], Seeds.of(seed, fold=-1, repeat=0))
    (outcome,) = program.run([lane], keep_weights=True)
    if outcome.status == "ok" and not all(np.isfinite(weight).all() for weight in outcome.weights):
        # The last step came after the last loss that was looked at.
        outcome.status = "diverged"
    if outcome.status != "ok":
        return FinalResult(outcome.status, outcome.curve, seconds=outcome.seconds)
    model = build_model(params, data.input_shape, data.n_outputs, data.task)
    model.set_weights(outcome.weights)
    metrics = ["accuracy"] if data.task == "classification" else ["mse", "mae"]
    model.compile(optimizer=make_optimizer(params), loss=params["loss"], metrics=metrics)
    _save(model, path)
    test, confusion = _evaluate(model, program, data)
    return FinalResult("ok", outcome.curve, test, confusion, str(path), outcome.seconds)


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


def _evaluate(
    model: keras.Model, program: Program, data: ResidentData
) -> tuple[Mapping[str, float] | None, list[list[int]] | None]:
    x, y = data.dataset.x_test, data.dataset.y_test
    if x is None or y is None:
        return None, None
    outputs = np.concatenate([np.asarray(model(x[i : i + _BATCH], training=False)) for i in range(0, len(x), _BATCH)])
    test = program.metrics_of(np.asarray(y), outputs)
    if data.task != "classification":
        return test, None
    counts = np.zeros((data.n_outputs, data.n_outputs), dtype=np.int64)
    np.add.at(counts, (np.asarray(y), outputs.argmax(axis=1)), 1)
    return test, counts.tolist()
