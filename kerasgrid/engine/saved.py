"""A saved model, loaded to predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import keras
import numpy as np

import kerasgrid.models.layers  # noqa: F401 - LeNet-5's layers, which a saved model may have
from kerasgrid.errors import RunError


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


def outputs_of(model: keras.Model, parts: Iterable[np.ndarray | Mapping[str, np.ndarray]]) -> np.ndarray:
    """Return the outputs of a model, float32, (samples, n_outputs).

    Args:
        model: The model.
        parts: Samples that are handed to it together: an array, (samples, …), or named columns, (samples, 1) each.
    """
    # Not by its predict, which takes apart and joins each column of each batch again.
    return np.concatenate([np.asarray(model(part, training=False)) for part in parts])
