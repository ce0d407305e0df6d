"""What a model is told of the data, found in the training samples of one fold alone. Imports no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgrid.models.layout import Layout

Floats = npt.NDArray[np.float32]

_MOST_ROWS = 100_000
"""Rows that the statistics of numbers are taken of; of more, so many evenly spaced ones."""

_N_QUANTILES = 101

_LEAST_SPREAD = 1e-37

SMOOTH_CLIP = 3.0
"""Where robustly scaled numbers level off: z becomes z / sqrt(1 + (z / 3)²) (Holzmüller et al. 2024)."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """What encodes the rows of a table, as its layout says; found in training samples alone.

    Attributes:
        fill: What a gap of each column becomes, (n_columns,): the median, or the more frequent of yes and no.
        scaling: How numbers are scaled: ``none``, ``standard``, ``robust`` or ``quantile``.
        center: Of each scaled number, (n_numbers,).
        factor: Likewise; what is left after the centre was subtracted is multiplied by it.
        quantiles: Of each scaled number, (n_quantiles, n_numbers); empty but for ``quantile``.
        known: Whether each word that has a slot occurs, ones and zeros, (n_slots,).
        places: The place of each word of the embedded columns, one column after the other, each beginning with 0 for
            all other words, int32; words that do not occur have place 0.
    """

    fill: Floats
    scaling: str
    center: Floats
    factor: Floats
    quantiles: Floats
    known: Floats
    places: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class TargetStatistics:
    """Mean and standard deviation of each target, float32, (n_outputs,)."""

    mean: Floats
    std: Floats

    @classmethod
    def of(cls, targets: npt.NDArray[Any]) -> TargetStatistics:
        """Find them; a constant target has the standard deviation 1.

        Args:
            targets: Of the training samples, (n,) or (n, n_outputs).
        """
        rows = np.reshape(targets, (len(targets), -1))
        # Of equal numbers float64 may find a deviation of 1e-17.
        is_constant = rows.max(axis=0) == rows.min(axis=0)
        std = np.where(is_constant, 1.0, rows.std(axis=0, dtype=np.float64))
        return cls(rows.mean(axis=0, dtype=np.float64).astype(np.float32), std.astype(np.float32))


def statistics_of(x: npt.NDArray[Any], rows: npt.NDArray[Any], layout: Layout, scaling: str) -> Statistics:
    """Return what the training samples say.

    Args:
        x: The matrix of the whole table, float32, (n, n_columns).
        rows: Indices of the training samples.
        layout: Where the columns go.
        scaling: ``none``, ``standard``, ``robust`` or ``quantile``.
    """
    some = rows if len(rows) <= _MOST_ROWS else rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.int64)]
    fill = np.zeros(len(layout.columns), np.float32)
    for place in layout.switches:
        values = _values(x, some, place)
        fill[place] = len(values) > 0 and values.mean() > 0.5
    n = len(layout.numbers)
    center, factor = np.zeros(n, np.float32), np.zeros(n, np.float32)
    quantiles = np.zeros((_N_QUANTILES if scaling == "quantile" else 0, n), np.float32)
    for number, place in enumerate(layout.numbers):
        values = _values(x, some, place)
        if len(values):
            fill[place] = np.median(values)
        center[number], factor[number] = _scale(values, scaling)
        if scaling == "quantile":
            quantiles[:, number] = _quantiles(values)
    return Statistics(
        fill, scaling, center, factor, quantiles, known=_known(x, rows, layout), places=_places(x, rows, layout)
    )


def _values(x: npt.NDArray[Any], rows: npt.NDArray[Any], place: int) -> npt.NDArray[np.float64]:
    """Return what a column holds in these rows, without gaps."""
    column: npt.NDArray[np.float64] = x[rows, place].astype(np.float64)
    return column[~np.isnan(column)]


def _scale(column: npt.NDArray[np.float64], scaling: str) -> tuple[float, float]:
    """Return what is subtracted from numbers, and what they are multiplied by then."""
    if scaling in ("none", "quantile"):
        return 0.0, 1.0
    if not len(column) or column.max() == column.min():
        # Of equal numbers float64 may find a deviation of 1e-17, by which nothing must be divided.
        return float(column[0]) if len(column) else 0.0, 0.0
    if scaling == "standard":
        center, spread = float(column.mean()), float(column.std())
    else:
        low, center, high = (float(value) for value in np.quantile(column, (0.25, 0.5, 0.75)))
        # A column most of whose values are one has no quartiles to speak of.
        spread = high - low if high > low else float(column.max() - column.min()) / 2
    # What differs by less than float32 can divide by is constant, too.
    return center, 1 / spread if spread > _LEAST_SPREAD else 0.0


def _quantiles(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not len(column):
        return np.linspace(-1.0, 1.0, _N_QUANTILES)
    return np.quantile(column, np.linspace(0, 1, _N_QUANTILES))


def _counts(x: npt.NDArray[Any], rows: npt.NDArray[Any], column: int, n_levels: int) -> npt.NDArray[np.int64]:
    """Return how often each level of a column of words occurs in these rows, (n_levels + 1,)."""
    return np.bincount(x[rows, column].astype(np.int64), minlength=n_levels + 1)


def _known(x: npt.NDArray[Any], rows: npt.NDArray[Any], layout: Layout) -> Floats:
    """Return whether the word of each slot occurs; see :attr:`Statistics.known`."""
    columns = dict.fromkeys(place for place, _ in layout.slots)
    counts = {place: _counts(x, rows, place, len(layout.columns[place].levels)) for place in columns}
    return np.array([counts[place][level] > 0 for place, level in layout.slots], np.float32)


def _places(x: npt.NDArray[Any], rows: npt.NDArray[Any], layout: Layout) -> npt.NDArray[np.int32]:
    """Return where each word of each embedded column goes; see :attr:`Statistics.places`."""
    places = [np.zeros(0, np.int32)]
    for column in layout.embedded:
        counts = _counts(x, rows, column.column, column.n_levels)
        own = np.where(counts > 0, np.arange(column.n_levels + 1), 0)
        own[0] = 0
        places.append(own.astype(np.int32))
    return np.concatenate(places)
