"""Candidates as points of a unit cube, for strategies that learn from distances. NumPy is imported on use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.axis import Axis, Choices, Distribution
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import Value
from kerasgrid.insight.factors import LOG_SPAN, identity, is_number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ABSENT = 0.5
"""Where a candidate stands that does not have an axis: as far from one end as from the other."""

_Coordinates = Callable[[Value], list[float]]


class Cube:
    """Maps candidates to points, all coordinates from 0 to 1.

    Numbers have a coordinate each, of their logarithm where the axis is logarithmic; layer sizes have one for depth and
    one for the logarithm of their mean width. Of all else each value has a coordinate of its own, scaled so that two
    different values are as far apart as the two ends of a number.

    Args:
        blocks: The axes.
        candidates: Everything that will be mapped; layer sizes are scaled by what there is among them.
    """

    def __init__(self, blocks: Sequence[Block], candidates: Sequence[Candidate]) -> None:
        self._parts: list[tuple[str, int, _Coordinates]] = []
        for name in ("model", *sorted({name for block in blocks for name in block.axes})):
            axes = [block.axes[name] for block in blocks if name in block.axes]
            values = [candidate[name] for candidate in candidates if name in candidate]
            made = _coordinates(axes, values)
            if made is not None:
                self._parts.append((name, *made))

    @property
    def n_dims(self) -> int:
        """Number of coordinates."""
        return sum(width for _, width, _ in self._parts)

    def points(self, candidates: Iterable[Candidate]) -> npt.NDArray[np.float64]:
        """Return a point for each candidate, shape (candidates, n_dims)."""
        import numpy as np

        rows = [self._point(candidate) for candidate in candidates]
        return np.array(rows, dtype=float).reshape(len(rows), self.n_dims)

    def _point(self, candidate: Candidate) -> list[float]:
        point: list[float] = []
        for name, width, of in self._parts:
            point += of(candidate[name]) if name in candidate else [_ABSENT] * width
        return point


def share_of(axis: Distribution, value: float) -> float:
    """Return where between its bounds a value of an axis lies, from 0 to 1; below or above for one beyond them."""
    if axis.log and value <= 0:
        return -math.inf
    low, high = (math.log(axis.low), math.log(axis.high)) if axis.log else (axis.low, axis.high)
    return ((math.log(value) if axis.log else value) - low) / (high - low)


def _coordinates(axes: Sequence[Axis], values: Sequence[Value]) -> tuple[int, _Coordinates] | None:
    """Return how many coordinates an axis has and what gives them; None if all candidates have the same."""
    listed = [value for axis in axes if isinstance(axis, Choices) for value in axis.values]
    spread = [axis for axis in axes if isinstance(axis, Distribution)]
    every: Mapping[object, Value] = {identity(value): value for value in [*listed, *values]}
    if len(every) + 2 * len(spread) < 2:
        return None
    if all(isinstance(value, tuple) for value in every.values()):
        return _of_sizes([value for value in every.values() if isinstance(value, tuple)])
    if all(is_number(value) for value in every.values()):
        ends = [float(value) for value in every.values()]  # type: ignore[arg-type]
        ends += [end for axis in spread for end in (axis.low, axis.high)]
        low, high = min(ends), max(ends)
        is_log = low > 0 and (any(axis.log for axis in spread) if spread else high >= LOG_SPAN * low)
        return 1, _scale(low, high, math.log if is_log else float)
    places = {key: place for place, key in enumerate(every)}
    return len(places), lambda value: [math.sqrt(0.5) * (places.get(identity(value)) == i) for i in range(len(places))]


def _of_sizes(every: Sequence[tuple[int, ...]]) -> tuple[int, _Coordinates] | None:
    measures: tuple[Callable[[Any], float], ...] = (len, _mean_width, _taper)
    scales = [_scale(min(found), max(found), float) for measure in measures if (found := [*map(measure, every)])]
    return len(measures), lambda sizes: [scale(m(sizes))[0] for m, scale in zip(measures, scales, strict=True)]


def _mean_width(sizes: Sequence[int]) -> float:
    return sum(math.log(size) for size in sizes) / len(sizes) if sizes else 0.0


def _taper(sizes: Sequence[int]) -> float:
    return math.log(sizes[-1] / sizes[0]) if sizes else 0.0


def _scale(low: float, high: float, measure: Callable[[Any], float]) -> _Coordinates:
    start, end = measure(low), measure(high)
    return lambda value: [(measure(value) - start) / (end - start) if end > start else _ABSENT]
