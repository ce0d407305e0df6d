"""The data set as the fits of each fold see it: encoded and scaled by what that fold's training samples say."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.data.dataset import Dataset
from kerasgrid.engine.resident import Front, ResidentData
from kerasgrid.models.layout import Layout, column_numbers, layout_of, scales_targets, scaling_of
from kerasgrid.models.statistics import Statistics, TargetStatistics, statistics_of

_CHUNK = 400_000
"""Values that are encoded at a time: little memory beside what comes of them, and few calls."""

_MOST_BYTES = 300_000_000
"""Of encoded samples that are kept for further fits, beside the last ones."""


class PreparedData:
    """A data set in every form that fits of it need; each is made once, and kept while there is room.

    Args:
        dataset: The data set.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._kept: OrderedDict[Hashable, ResidentData] = OrderedDict()

    @cached_property
    def _plain(self) -> ResidentData:
        """The data as it is, which a table's fits never see."""
        return ResidentData(self.dataset)

    def for_fit(self, params: Mapping[str, Any], train: np.ndarray, fold: Hashable) -> ResidentData:
        """Return the data as a fit sees it.

        Args:
            params: Its resolved hyperparameters.
            train: Indices of its training samples: nothing else is looked at to prepare anything.
            fold: A name for them.
        """
        scaling, is_scaled = scaling_of(params, self.dataset.columns), scales_targets(params, self.dataset)
        if self.dataset.columns is None and scaling == "none" and not is_scaled:
            return self._plain
        key = fold, scaling, is_scaled, params.get("one_hot_max"), params.get("embedding_size")
        if key not in self._kept:
            layout = _layout(self.dataset, params, scaling)
            self._kept[key] = self._make(layout, scaling, train, is_scaled=is_scaled)
            self._forget()
        self._kept.move_to_end(key)
        return self._kept[key]

    def by(self, front: Front | None, scaled: TargetStatistics | None) -> ResidentData:
        """Return the data as what was found in other samples makes it; it is not kept.

        Args:
            front: How samples are encoded; None for as they are.
            scaled: How targets are standardised; None for as they are.
        """
        if front is not None:
            return ResidentData(self.dataset, encoded=encode(self.dataset.x_train, front), front=front, scaled=scaled)
        return self._plain if scaled is None else ResidentData(self.dataset, inputs=self._plain.inputs, scaled=scaled)

    def _make(self, layout: Layout | None, scaling: str, train: np.ndarray, *, is_scaled: bool) -> ResidentData:
        x, y = self.dataset.x_train, self.dataset.y_train
        front = None if layout is None else Front(layout, statistics_of(as_rows(x), train, layout, scaling))
        return self.by(front, TargetStatistics.of(y[train]) if is_scaled else None)

    def _forget(self) -> None:
        while len(self._kept) > 1 and sum(map(self._bytes, self._kept.values())) > _MOST_BYTES:
            self._kept.popitem(last=False)

    def _bytes(self, data: ResidentData) -> int:
        """Return how many bytes are kept for this alone."""
        own = [data.targets] if data.front is None else [data.targets, data.inputs]
        return sum(tensor.dtype.size * int(np.prod(tensor.shape)) for tensor in own)


def encode(x: np.ndarray, front: Front) -> np.ndarray:
    """Return samples as a model sees them, float32.

    Args:
        x: The rows of a table's matrix, (n, n_columns), which become (n, layout.width); or images, (n, height, width)
            or (n, height, width, channels), whose shape stays.
        front: How they are encoded.
    """
    from kerasgrid.models.front import encoded

    layout, statistics = front.layout, front.statistics
    rows = _aligned((len(x), layout.width))
    n = max(1, _CHUNK // max(1, layout.width + _per_row(layout, statistics)))
    for start in range(0, len(x), n):
        chunk = tf.constant(as_rows(x[start : start + n]), tf.float32)
        rows[start : start + n] = encoded(chunk, layout, statistics).numpy()
    return rows if x.ndim == 2 else rows.reshape(x.shape)


def as_rows(x: np.ndarray) -> np.ndarray:
    """Return samples with one axis each: a table's rows as they are, images pixel after pixel, bytes made 0 … 1."""
    rows = x.reshape(len(x), -1)
    return rows * np.float32(1 / 255) if x.dtype == np.uint8 else rows


def _layout(dataset: Dataset, params: Mapping[str, Any], scaling: str) -> Layout | None:
    if dataset.columns is not None:
        return layout_of(dataset.columns, params)
    if scaling == "none":
        return None
    # Of images each pixel is a column.
    return layout_of(column_numbers(math.prod(dataset.input_shape)), params)


def _per_row(layout: Layout, statistics: Statistics) -> int:
    return len(layout.numbers) * len(statistics.quantiles)


def _aligned(shape: tuple[int, int]) -> np.ndarray:
    """Return an empty float32 array whose memory TensorFlow can share."""
    n_bytes = 4 * shape[0] * shape[1]
    buffer = np.empty(n_bytes + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    return buffer[start : start + n_bytes].view(np.float32).reshape(shape)
