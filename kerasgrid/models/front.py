"""What stands in front of a model of a table: from the table's matrix to what the model's layers see.

The same operations encode the training samples, once for a fold, and stand in the saved model.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgrid.models.layout import Layout
from kerasgrid.models.statistics import SMOOTH_CLIP, Statistics

_FARTHEST = 1e9
"""Where robustly scaled numbers end, for float32 holds the square of this; the smooth clip is flat long before."""


def encoded(x: Any, layout: Layout, statistics: Statistics) -> Any:
    """Return the rows of a table as a model sees them, float32, (samples, layout.width).

    Args:
        x: Rows of the table's matrix, float32, (samples, n_columns), a tensor or a symbolic one.
        layout: Where the columns go.
        statistics: What the training samples said.
    """
    parts = []
    filled = ops.where(ops.isnan(x), statistics.fill, x)
    if layout.numbers:
        parts.append(_scaled(_columns(filled, layout.numbers), statistics))
    if layout.switches:
        parts.append(_columns(filled, layout.switches))
    if layout.dates:
        parts.append(_calendar(_columns(filled, layout.dates)))
    if layout.flagged:
        parts.append(ops.cast(ops.isnan(_columns(x, layout.flagged)), "float32"))
    if layout.slots:
        columns, levels = zip(*layout.slots, strict=True)
        is_word = ops.equal(_columns(filled, columns), np.array(levels, np.float32))
        parts.append(ops.cast(is_word, "float32") * statistics.known)
    if layout.embedded:
        parts.append(_places(filled, layout, statistics))
    return ops.concatenate(parts, axis=-1)


def with_embeddings(core: keras.Model, layout: Layout, seed: int | None) -> keras.Model:
    """Return a model of encoded rows: the words of embedded columns become numbers, then ``core`` follows.

    Args:
        core: A model of (samples, layout.n_features).
        layout: Where the columns go; some are embedded.
        seed: Of the initial embeddings; None draws them anew each time.
    """
    inputs = keras.Input((layout.width,), name="encoded")
    parts = [inputs[:, : layout.n_floats]] if layout.n_floats else []
    for number, column in enumerate(layout.embedded):
        own_seed = None if seed is None else (seed + 104_729 * (number + 1)) % 2**31
        layer = keras.layers.Embedding(
            column.n_levels + 1,
            column.size,
            embeddings_initializer=keras.initializers.RandomUniform(-0.05, 0.05, seed=own_seed),
            name=f"embedding_{number + 1}",
        )
        parts.append(layer(ops.cast(inputs[:, layout.n_floats + number], "int32")))
    features = ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
    return keras.Model(inputs, core(features), name=core.name)


def _columns(x: Any, places: Any) -> Any:
    return ops.take(x, list(places), axis=1)


def _scaled(numbers: Any, statistics: Statistics) -> Any:
    """Return numbers scaled, (samples, n_numbers)."""
    if statistics.scaling == "quantile":
        return _normal(numbers, statistics.quantiles)
    scaled = (numbers - statistics.center) * statistics.factor
    if statistics.scaling == "robust":
        # Squares beyond these overflow, and the farthest outliers would become 0.
        scaled = ops.clip(scaled, -_FARTHEST, _FARTHEST)
        scaled = scaled / ops.sqrt(1.0 + ops.square(scaled / SMOOTH_CLIP))
    return scaled


def _normal(numbers: Any, quantiles: np.ndarray) -> Any:
    """Return the normal quantile of each number's share among the training samples; outside them, of the outermost."""
    low, width = quantiles[:-1], np.diff(quantiles, axis=0)
    n = len(low)
    # A number that many samples share stands in the middle of their shares.
    middle = np.where(width > 0, 0.0, 0.5).astype(np.float32)
    width = np.maximum(width, np.finfo(np.float32).tiny)
    steps = ops.clip((ops.expand_dims(numbers, 1) - low) / width + middle, 0.0, 1.0)
    share = ops.clip(ops.mean(steps, axis=1), 0.5 / n, 1.0 - 0.5 / n)
    return math.sqrt(2.0) * ops.erfinv(2.0 * share - 1.0)


def _calendar(days: Any) -> Any:
    """Return what days since 1970-01-01 say of the calendar, (samples, PER_DATE × n_dates).

    Weekday from Monday as seven zeros and ones; month, day of the year and time of day as sine and cosine. Year, month
    and day come from Howard Hinnant's ``civil_from_days``, whose years begin in March.
    """
    whole = ops.floor(days)
    day = ops.cast(whole, "int32")
    weekday = ops.cast(ops.equal(ops.expand_dims(ops.mod(day + 3, 7), -1), np.arange(7, dtype=np.int32)), "float32")
    of_era = ops.mod(day + 719_468, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    cycles = [
        _cycle(ops.cast(month, "float32") / 12.0),
        _cycle(ops.cast(of_year, "float32") / 365.25),
        _cycle(days - whole),
    ]
    per_date = ops.concatenate([weekday, *cycles], axis=-1)
    return ops.reshape(per_date, (-1, per_date.shape[-2] * per_date.shape[-1]))


def _cycle(share: Any) -> Any:
    angle = 2.0 * math.pi * share
    return ops.stack([ops.sin(angle), ops.cos(angle)], axis=-1)


def _places(filled: Any, layout: Layout, statistics: Statistics) -> Any:
    """Return the places of the words of embedded columns, as floats, (samples, n_embedded)."""
    codes = ops.cast(_columns(filled, [column.column for column in layout.embedded]), "int32")
    ends = np.cumsum([column.n_levels + 1 for column in layout.embedded], dtype=np.int32)
    starts = np.concatenate([np.zeros(1, np.int32), ends[:-1]])
    return ops.cast(ops.take(ops.convert_to_tensor(statistics.places), codes + starts), "float32")
