"""A whole model: what the user has goes in, and what was asked for comes out in its own unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    inputs, joined = _of_columns(columns)
    # All that Keras names by itself stands in a model of its own: a column may be called "where" or "cast", too.
    inside = _inside(core, columns, layout, statistics, targets)
    inside.name = _free(inside.name, set(inputs))
    return keras.Model(inputs, inside(joined), name=core.name)


def _of_columns(columns: Columns) -> tuple[dict[str, Any], list[Any]]:
    """Return an input for each column of a table, and what an inside takes of these: numbers, and places of words."""
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
    return inputs, joined


@dataclass(frozen=True, eq=False)
class Member:
    """A model of encoded samples in an ensemble.

    Attributes:
        core: It, with its weights.
        weight: How much its outputs count; those of all members add up to 1.
        front: Where columns go and what its training samples said of them; None for samples as they are.
        targets: What these said of the targets, if they were standardised; None otherwise.
    """

    core: keras.Model
    weight: float
    front: tuple[Layout, Statistics] | None = None
    targets: TargetStatistics | None = None


def ensemble_model(
    members: Sequence[Member], input_shape: tuple[int, ...], columns: Columns | None, *, is_bytes: bool = False
) -> keras.Model:
    """Return a model of plain Keras layers whose outputs are the weighted mean of its members'.

    What goes in is what goes into :func:`table_model` or :func:`array_model` of a member.

    Args:
        members: They, of equal outputs.
        input_shape: Shape of one sample as the user has it.
        columns: Those of a table; None of arrays.
        is_bytes: Whether samples are images of bytes.
    """
    if columns is not None:
        inputs, joined = _of_columns(columns)
        taken = set(inputs)
        parts = []
        for member in members:
            assert member.front is not None, "tables are encoded"
            parts.append(_inside(member.core, columns, *member.front, member.targets))
    else:
        inputs = joined = keras.Input(input_shape, name="input")
        taken = {"input"}
        parts = [array_model(one.core, input_shape, one.front, one.targets, is_bytes=is_bytes) for one in members]
    for place, part in enumerate(parts, start=1):
        part.name = _free(f"member_{place}", taken)
    outputs = ops.stack([part(joined) for part in parts], axis=-1)
    weights = np.array([member.weight for member in members], np.float32)
    return keras.Model(inputs, ops.sum(outputs * weights, axis=-1), name="ensemble")


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
