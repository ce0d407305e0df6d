"""A saved model, loaded to predict, and how good its predictions are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import kerasgrid.models.layers  # noqa: F401 - LeNet-5's layers, which a saved model may have
from kerasgrid.engine.measures import Measures
from kerasgrid.engine.resident import as_targets, variance_of
from kerasgrid.errors import RunError

_BATCH = 1000


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
    given = dict(inputs) if isinstance(inputs, Mapping) else inputs
    return np.asarray(model.predict(given, batch_size=_BATCH, verbose=0))


def scores(task: str, targets: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """Return every metric of a task but the loss.

    Args:
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        targets: Class indices, (n,), or what else was to be predicted, (n,) or (n, n_outputs).
        outputs: (n, n_outputs).
    """
    measures = Measures(outputs.shape[1], task)
    known: Any = as_targets(targets, task)
    sums = measures.sums(known, tf.constant(outputs, tf.float32), tf.zeros(len(outputs)))
    variance = variance_of(targets) if task == "regression" else None
    named = measures.named(sums.numpy() / len(outputs), variance)
    return {name: value for name, value in named.items() if name != "loss"}
