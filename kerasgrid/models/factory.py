"""The model factory: parameters and shapes in, a plain Keras model out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.losses import output_width
from kerasgrid.axes.names import is_own
from kerasgrid.axes.parameters import resolve
from kerasgrid.data.dataset import Dataset
from kerasgrid.models.layout import Layout, layout_of
from kerasgrid.models.own import build_own
from kerasgrid.models.samples import some_samples
from kerasgrid.models.shapes import check_shapes


def build_model_for(candidate: Candidate, dataset: Dataset) -> keras.Model:
    """Build the model of a candidate for a data set, as fits train it; see :func:`build_model`."""
    params, columns = candidate.resolved(dataset.task).params, dataset.columns
    layout = None if columns is None else layout_of(columns, params)
    shape = dataset.input_shape if layout is None else (layout.width,)
    # Rows of a table are not encoded yet.
    samples = some_samples(dataset.x_train) if layout is None else None
    return build_model(params, shape, dataset.n_outputs, dataset.task, layout=layout, samples=samples)


def build_model(
    params: Mapping[str, Any],
    input_shape: tuple[int, ...],
    n_outputs: int,
    task: str = "classification",
    *,
    seed: int | None = None,
    layout: Layout | None = None,
    samples: np.ndarray | None = None,
) -> keras.Model:
    """Build an uncompiled model: of its family, or by a builder that was registered.

    Args:
        params: Hyperparameters by name, ``model`` among them (default ``mlp``); what is absent gets its default.
            Training parameters (``learning_rate``, ``epochs``, …) are allowed and change nothing here.
        input_shape: Shape of one input: (features,), (height, width) or (height, width, channels). Of a table that of
            an encoded row.
        n_outputs: Number of classes, or of regression targets.
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        seed: Seed of the initial weights; None draws them anew each time.
        layout: Where the columns of a table go; None for arrays.
        samples: Some of the data, as :func:`~kerasgrid.models.own.build_own` takes them; None if there are none.

    Returns:
        A model from (batch, \\*input_shape) to (batch, n_outputs); (batch, 1) if the loss has one for two classes.

    Raises:
        SpaceError: if a parameter is unknown, out of range or not taken by the model, or if the shapes are impossible.
    """
    if layout is not None and layout.embedded:
        from kerasgrid.models.front import with_embeddings  # only tables with many words need it

        core = build_model(params, (layout.n_features,), n_outputs, task, seed=seed)
        return with_embeddings(core, layout, seed)
    resolved = params.resolved(task).params if isinstance(params, Candidate) else resolve(params, task)
    check_shapes(resolved, tuple(input_shape))
    width = output_width(resolved, task, n_outputs)
    if is_own(resolved["model"]):
        return build_own(resolved, tuple(input_shape), width, seed, samples)
    return FAMILIES[str(resolved["model"])].build(resolved, tuple(input_shape), width, seed)
