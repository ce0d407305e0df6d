"""The model factory: parameters and shapes in, a plain Keras model out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from kerasgrid.axes.names import is_own
from kerasgrid.axes.parameters import resolve
from kerasgrid.models.cnn import cnn
from kerasgrid.models.lenet5 import lenet5
from kerasgrid.models.mlp import mlp
from kerasgrid.models.own import build_own
from kerasgrid.models.shapes import check_shapes

_BUILDERS: Mapping[str, Callable[..., keras.Model]] = {"mlp": mlp, "cnn": cnn, "lenet5": lenet5}


def build_model(
    params: Mapping[str, Any],
    input_shape: tuple[int, ...],
    n_outputs: int,
    task: str = "classification",
    *,
    seed: int | None = None,
) -> keras.Model:
    """Build an uncompiled model: of plain Keras layers, for ``lenet5`` own ones, or by a builder that was registered.

    Args:
        params: Hyperparameters by name, ``model`` among them (default ``mlp``); what is absent gets its default.
            Training parameters (``learning_rate``, ``epochs``, …) are allowed and change nothing here.
        input_shape: Shape of one input: (features,), (height, width) or (height, width, channels).
        n_outputs: Number of classes, or of regression targets.
        task: ``classification`` or ``regression``.
        seed: Seed of the initial weights; None draws them anew each time.

    Returns:
        A model from (batch, \\*input_shape) to (batch, n_outputs).

    Raises:
        SpaceError: if a parameter is unknown, out of range or not taken by the model, or if the shapes are impossible.
    """
    resolved = resolve(params, task)
    if is_own(resolved["model"]):
        return build_own(resolved, tuple(input_shape), n_outputs, seed)
    check_shapes(resolved, tuple(input_shape))
    return _BUILDERS[str(resolved["model"])](resolved, tuple(input_shape), n_outputs, seed)
