"""A whole model: what the user has goes in, and what was asked for comes out in its own unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgrid.data.columns import Column, Columns
from kerasgrid.models.front import encoded
from kerasgrid.models.layout import Layout, aliases
from kerasgrid.models.statistics import Statistics, TargetStatistics

_ROWS_AT_ONCE = 20_000
"""Rows that a table's model is called with: it has an operation for each column, whose calls should be few."""

_SAMPLES_AT_ONCE = 1000
"""Samples that any other model is called with: images take more memory."""


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
    for column in columns.given:
        name = called.get(column.name, column.name)
        inputs[name] = keras.Input((1,), dtype="string" if column.is_text else "float32", name=name)
    taken = set(inputs)
    numbers = [given for given, column in zip(inputs.values(), columns.given, strict=True) if not column.is_text]
    words = [
        _lookup(column, _free(f"words_{place + 1}", taken))(given)
        for place, (given, column) in enumerate(zip(inputs.values(), columns.given, strict=True))
        if column.is_text
    ]
    joined = [
        keras.layers.Concatenate(name=_free(name, taken))(parts) if len(parts) > 1 else parts[0]
        for name, parts in (("numbers", numbers), ("words", words))
        if parts
    ]
    # All that Keras names by itself stands in a model of its own: a column may be called "where" or "cast", too.
    inside = _inside(core, columns, layout, statistics, targets)
    inside.name = _free(inside.name, taken)
    return keras.Model(inputs, inside(joined), name=core.name)


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
        # Of images each pixel is a column.
        rows = encoded(ops.reshape(x, (-1, math.prod(input_shape))), *front)
        x = rows if len(input_shape) == 1 else ops.reshape(rows, (-1, *input_shape))
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


def model_parts(x: np.ndarray, columns: Columns | None) -> Iterator[np.ndarray | Mapping[str, np.ndarray]]:
    """Yield samples as a saved model takes them, as many at a time as its memory and its calls suit.

    Args:
        x: Of a table its matrix, (samples, n_columns); else the samples, (samples, …).
        columns: What the columns of a table are; None of arrays and images.
    """
    n = _SAMPLES_AT_ONCE if columns is None else _ROWS_AT_ONCE
    for start in range(0, len(x), n):
        part = x[start : start + n]
        if columns is None:
            yield part
        else:
            yield {name: values[:, None] for name, values in model_inputs(part, columns).items()}


def _inside(
    core: keras.Model, columns: Columns, layout: Layout, statistics: Statistics, targets: TargetStatistics | None
) -> keras.Model:
    """Return what follows the inputs of a table's model: a model of its numbers and of the places of its words."""
    numbers = [place for place, column in enumerate(columns.given) if not column.is_text]
    words = [place for place, column in enumerate(columns.given) if column.is_text]
    inputs, parts = [], []
    if numbers:
        inputs.append(keras.Input((len(numbers),), name="of_numbers"))
        parts.append(inputs[-1])
    if words:
        inputs.append(keras.Input((len(words),), dtype="int64", name="of_words"))
        codes = ops.cast(inputs[-1], "float32")
        # Of a yes/no the first word is 0, the second 1, and any other a gap.
        is_switch = np.array([columns.given[place].kind != "category" for place in words])
        switches = ops.where(codes > 0, codes - 1.0, float("nan"))
        parts.append(ops.where(is_switch, switches, codes) if is_switch.any() else codes)
    rows = parts[0]
    if len(parts) > 1:
        rows = ops.take(ops.concatenate(parts, axis=-1), np.argsort([*numbers, *words]).tolist(), axis=1)
    outputs = _in_own_unit(core(encoded(rows, layout, statistics)), targets)
    return keras.Model(inputs, outputs, name="inside")


def _lookup(column: Column, name: str) -> keras.layers.Layer:
    """Return a layer that finds a word's place among the levels of a column, from 1; 0 is for all others."""
    # A column all of whose words are rare has no levels, and Keras takes no empty vocabulary.
    words, other = list(column.levels) or [""], _other_than(column.levels)
    return keras.layers.StringLookup(vocabulary=words, num_oov_indices=1, mask_token=None, oov_token=other, name=name)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


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
