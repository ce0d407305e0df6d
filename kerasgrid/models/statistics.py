"""What a model is told of the data, found in the training samples of one fold alone. Imports no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgrid.models.layout import Layout

Floats = npt.NDArray[np.float32]

_MOST_ROWS = 100_000
"""Rows that medians and quantiles are taken of; of more, so many evenly spaced ones."""

_N_QUANTILES = 101

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
        std = rows.std(axis=0, dtype=np.float64)
        return cls(rows.mean(axis=0, dtype=np.float64).astype(np.float32), np.where(std > 0, std, 1).astype(np.float32))


def statistics_of(x: npt.NDArray[Any], rows: npt.NDArray[Any], layout: Layout, scaling: str) -> Statistics:
    """Return what the training samples say.

    Args:
        x: The matrix of the whole table, float32, (n, n_columns).
        rows: Indices of the training samples.
        layout: Where the columns go.
        scaling: ``none``, ``standard``, ``robust`` or ``quantile``.
    """
    some = rows if len(rows) <= _MOST_ROWS else rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.int64)]
    sample = x[some]
    fill = np.zeros(len(layout.columns), np.float32)
    for place in {*layout.numbers, *layout.switches}:
        column = sample[:, place]
        column = column[~np.isnan(column)]
        if len(column):
            fill[place] = np.median(column) if place in layout.numbers else column.mean() > 0.5
    numbers = [sample[:, place].astype(np.float64) for place in layout.numbers]
    scaled = [_scale(column[~np.isnan(column)], scaling) for column in numbers]
    quantiles = np.zeros((0, len(numbers)))
    if scaling == "quantile" and numbers:
        quantiles = np.stack([_quantiles(column[~np.isnan(column)]) for column in numbers], axis=1)
    center, factor = np.reshape(scaled, (-1, 2)).T
    return Statistics(
        fill,
        scaling,
        center.astype(np.float32),
        factor.astype(np.float32),
        quantiles.astype(np.float32),
        known=np.array([np.any(x[rows, place] == level) for place, level in layout.slots], np.float32),
        places=_places(x, rows, layout),
    )


def _scale(column: npt.NDArray[np.float64], scaling: str) -> tuple[float, float]:
    """Return what is subtracted from numbers, and what they are multiplied by then."""
    if scaling in ("none", "quantile"):
        return 0.0, 1.0
    if not len(column):
        return 0.0, 0.0
    if scaling == "standard":
        center, spread = float(column.mean()), float(column.std())
    else:
        low, center, high = (float(value) for value in np.quantile(column, (0.25, 0.5, 0.75)))
        # A column most of whose values are one has no quartiles to speak of.
        spread = high - low if high > low else float(column.max() - column.min()) / 2
    return center, 1 / spread if spread > 0 else 0.0


def _quantiles(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not len(column):
        return np.linspace(-1.0, 1.0, _N_QUANTILES)
    return np.quantile(column, np.linspace(0, 1, _N_QUANTILES))


def _places(x: npt.NDArray[Any], rows: npt.NDArray[Any], layout: Layout) -> npt.NDArray[np.int32]:
    """Return where each word of each embedded column goes; see :attr:`Statistics.places`."""
    places = [np.zeros(0, np.int32)]
    for column in layout.embedded:
        counts = np.bincount(x[rows, column.column].astype(np.int64), minlength=column.n_levels + 1)
        own = np.where(counts > 0, np.arange(column.n_levels + 1), 0)
        own[0] = 0
        places.append(own.astype(np.int32))
    return np.concatenate(places)
