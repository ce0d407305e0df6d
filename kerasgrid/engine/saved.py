"""A saved model, loaded to predict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

import kerasgrid.models.layers  # noqa: F401 - LeNet-5's layers, which a saved model may have
from kerasgrid.errors import RunError

_BATCH = 1000
"""Samples that a model of arrays is called with."""

_ROWS = 20_000
"""Rows that a model of a table is called with: it has an operation for each column, whose calls should be few."""


def load(path: Path) -> keras.Model:
    """Return a run's model, in Keras's safe mode.

    Raises:
        RunError: It is not there, is damaged, or has layers of the user's own that are not imported.
    """
    if not path.is_file():
        raise RunError("the run has no model", where=str(path.parent), hint="run its search again: it ends with one")
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # noqa: BLE001 - what a damaged or foreign file raises has no end
        raise RunError(
            "cannot be loaded as a Keras model",
            where=str(path),
            got=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}",
            hint="--model my_module:my_builder imports layers of your own",
        ) from None


def outputs_of(model: keras.Model, inputs: np.ndarray | Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the outputs of a model, float32, (samples, n_outputs).

    Args:
        model: The model.
        inputs: An array, (samples, …), or named columns, (samples,) each.
    """
    # Not by its predict, which takes apart and joins each column of each batch again.
    outputs = []
    if isinstance(inputs, Mapping):
        for start in range(0, len(next(iter(inputs.values()))), _ROWS):
            rows = {name: values[start : start + _ROWS, None] for name, values in inputs.items()}
            outputs.append(np.asarray(model(rows, training=False)))
    else:
        for start in range(0, len(inputs), _BATCH):
            outputs.append(np.asarray(model(inputs[start : start + _BATCH], training=False)))
    return np.concatenate(outputs)
