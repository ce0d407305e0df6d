"""A whole model: what the user has goes in, and what was asked for comes out in its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgrid.data.columns import Column, Columns
from kerasgrid.models.front import encoded
from kerasgrid.models.layout import Layout, aliases
from kerasgrid.models.statistics import Statistics, TargetStatistics


def table_model(
    core: keras.Model,
    columns: Columns,
    layout: Layout,
    statistics: Statistics,
    targets: TargetStatistics | None,
) -> keras.Model:
    """Return a model of named columns, of plain Keras layers.

    Its input is a dictionary: words as text, all else as floats with NaN for gaps, dates as days since 1970-01-01.

    Args:
        core: A model of encoded rows, with its weights.
        columns: The columns of the table.
        layout: Where they go.
        statistics: What the training samples said of them.
        targets: What they said of the targets, if these were standardised; None otherwise.
    """
    called = aliases(columns)
    inputs: dict[str, Any] = {}
    matrix = []
    for column in columns.given:
        name = called.get(column.name, column.name)
        inputs[name] = keras.Input((1,), dtype="string" if column.is_text else "float32", name=name)
        matrix.append(_as_number(column, inputs[name]))
    rows = ops.concatenate(matrix, axis=-1) if len(matrix) > 1 else matrix[0]
    return keras.Model(inputs, _in_own_unit(core(encoded(rows, layout, statistics)), targets), name=core.name)


def array_model(
    core: keras.Model,
    input_shape: tuple[int, ...],
    front: tuple[Layout, Statistics] | None,
    targets: TargetStatistics | None,
    *,
    is_bytes: bool = False,
) -> keras.Model:
    """Return a model of arrays as the user has them, of plain Keras layers; ``core`` itself if nothing is to be done.

    Args:
        core: A model with its weights.
        input_shape: Shape of one sample as the user has it.
        front: How its numbers are scaled; None for not at all.
        targets: As for :func:`table_model`.
        is_bytes: Whether samples are images of bytes, 0 … 255, of which the core takes 0 … 1.
    """
    if front is None and targets is None and not is_bytes:
        return core
    inputs = keras.Input(input_shape, name="input")
    x = keras.layers.Rescaling(1 / 255, name="from_bytes")(inputs) if is_bytes else inputs
    if front is not None:
        x = encoded(x, *front)
    return keras.Model(inputs, _in_own_unit(core(x), targets), name=core.name)


def model_inputs(x: np.ndarray, columns: Columns) -> Mapping[str, np.ndarray]:
    """Return rows of a table's matrix as a saved model takes them: the dictionary of named columns.

    Words that have no place in the matrix become one that no column has.

    Args:
        x: Float32, (samples, n_columns).
        columns: What its columns are.
    """
    called = aliases(columns)
    return {called.get(c.name, c.name): _as_given(c, x[:, place]) for place, c in enumerate(columns.given)}


def _as_number(column: Column, given: Any) -> Any:
    """Return what the table's matrix holds of a column, symbolic, (samples, 1)."""
    if not column.is_text:
        return given
    # Keras refuses an empty vocabulary; of a column without words the place is not looked at.
    words = list(column.levels) or [_other_than(())]
    lookup = keras.layers.StringLookup(vocabulary=words, num_oov_indices=1, mask_token=None)
    code = ops.cast(lookup(given), "float32")
    # Of a yes/no the first word is 0, the second 1, and any other a gap.
    return code if column.kind == "category" else ops.where(code > 0, code - 1.0, float("nan"))


def _as_given(column: Column, values: np.ndarray) -> np.ndarray:
    # Of one axis: Keras takes arrays of words by their elements' type only then.
    if not column.is_text:
        return values
    words = np.array([_other_than(column.levels), *column.levels], dtype=object)
    codes = values if column.kind == "category" else np.where(np.isnan(values), 0, values + 1)
    return words[codes.astype(np.int64)]


def _other_than(words: tuple[str, ...]) -> str:
    return max(words, key=len, default="") + "?"


def _in_own_unit(outputs: Any, targets: TargetStatistics | None) -> Any:
    return outputs if targets is None else outputs * targets.std + targets.mean
