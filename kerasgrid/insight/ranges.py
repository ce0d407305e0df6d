"""Ranges: where the best trials lie on each numeric axis. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from kerasgrid.axes.axis import Axis, Choices, DepthWidth, Distribution
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.factors import LOG_SPAN, is_number
from kerasgrid.insight.parts import Simple, is_depth, items_of, makes, parameter_of, simple_axes
from kerasgrid.insight.ranking import Trial

TOP = 5
"""How many of the best trials count, unless the user says otherwise."""

EDGE = 0.03
"""Which part of a distribution's range, in the logarithm where it is, counts as its end."""

End = Literal["lower", "upper"]


@dataclass(frozen=True, slots=True)
class AxisRange:
    """Where the best trials lie on one numeric axis.

    Attributes:
        name: Of the axis.
        low: Least value among the best trials.
        high: Greatest value among them.
        best: The value of the best trial that has one.
        edge: The end of the axis at which ``best`` sits, if one could go on beyond it: the first or last choice, or
            the outer 3% of a distribution (in the logarithm where it is). None otherwise, and where the parameter
            allows nothing beyond, or no layer at all.
        exact: Whether values are choices of the space, rather than drawn.
    """

    name: str
    low: float
    high: float
    best: float
    edge: End | None
    exact: bool


def top_trials(trials: Sequence[Trial], top: int = TOP) -> list[Trial]:
    """Return the best trials that have a mean, best first: the better half of them at most, but two if there are.

    Args:
        trials: Best first.
        top: How many at most.
    """
    scored = [trial for trial in trials if trial.mean is not None]
    return scored[: min(top, max(2, math.ceil(len(scored) / 2)))]


def axis_ranges(trials: Sequence[Trial], blocks: Sequence[Block], top: int = TOP) -> list[AxisRange]:
    """Return the range of the best trials on each numeric axis of the space that has more than one value, by name.

    Depth and width are axes by themselves where the space has them so.

    Args:
        trials: Best first.
        blocks: The axes of the space.
        top: How many of the best count.
    """
    best = top_trials(trials, top)
    ranges = []
    axes = [simple_axes(block.axes) for block in blocks]
    for name in sorted({name for block in axes for name, axis in block.items() if varies(axis)}):
        having = [trial.candidate for trial in best if is_number(items_of(trial.candidate).get(name))]
        if not having:
            continue
        values = [number(candidate, name) for candidate in having]
        axis = axis_of(having[0], name, blocks)
        ranges.append(
            AxisRange(
                name,
                min(values),
                max(values),
                values[0],
                None if axis is None else _edge_to_widen(name, axis, values[0]),
                exact=isinstance(axis, Choices),
            )
        )
    return ranges


def _edge_to_widen(name: str, axis: Simple, best: float) -> End | None:
    """Return the end at which a value sits; not one beyond which a model has no layer, which nobody has asked for."""
    edge = edge_of(name, axis, best)
    return None if edge == "lower" and is_depth(name) and ends(axis)[0] == 1 else edge


def varies(axis: Axis) -> bool:
    """Return whether an axis is numeric and has more than one value."""
    if isinstance(axis, Distribution | DepthWidth):
        return isinstance(axis, Distribution)
    return axis.size > 1 and all(is_number(value) for value in axis.values)


def number(candidate: Candidate, name: str) -> float:
    """Return the candidate's value of a numeric parameter."""
    value = items_of(candidate)[name]
    assert isinstance(value, int | float)
    return value


def axis_of(candidate: Candidate, name: str, blocks: Sequence[Block]) -> Simple | None:
    """Return the axis that a candidate's value comes from: of its block, or of the nearest to one; None without any."""
    nearest = sorted(blocks, key=lambda block: misfit(candidate, block))
    return next((axes[name] for block in nearest if name in (axes := simple_axes(block.axes))), None)


def misfit(candidate: Candidate, block: Block) -> int:
    """Return how many parameters of the candidate a block could not have made."""
    names = {*candidate, *block.axes} - {"model"}
    wrong = sum(
        name not in candidate or name not in block.axes or not makes(block.axes[name], candidate[name])
        for name in names
    )
    return wrong + (candidate.get("model", "mlp") != block.model)


def edge_of(name: str, axis: Simple, best: float) -> End | None:
    """Return the end of the axis at which a value sits, if the parameter goes on beyond it."""
    if not varies(axis):
        return None
    low, high = ends(axis)
    if isinstance(axis, Distribution):
        first, last, place = (place_on(axis, value) for value in (low, high, best))
        at_low, at_high = place <= first + EDGE * (last - first), place >= last - EDGE * (last - first)
    else:
        at_low, at_high = best <= low, best >= high
    # A builder's own parameter has no range that we know of.
    parameter = parameter_of(name)
    if at_high and (parameter is None or parameter.high is None or high < parameter.high):
        return "upper"
    if at_low and (parameter is None or parameter.low is None or low > parameter.low):
        return "lower"
    return None


def ends(axis: Simple) -> tuple[float, float]:
    """Return the least and the greatest value of a numeric axis."""
    if isinstance(axis, Distribution):
        return axis.low, axis.high
    numbers = [value for value in axis.values if isinstance(value, int | float)]
    return min(numbers), max(numbers)


def place_on(axis: Simple, value: float) -> float:
    """Return the value, or its logarithm where the axis is logarithmic."""
    return math.log(value) if is_log(axis) else value


def is_log(axis: Simple) -> bool:
    """Return whether an axis is logarithmic: drawn so, or choices over a decade or by a steady factor.

    Choices at even distances are not, unless they reach over two decades; of two, this is all there is to see.
    """
    if isinstance(axis, Distribution):
        return axis.log
    numbers = sorted(float(value) for value in axis.values if isinstance(value, int | float))
    if numbers[0] <= 0:
        return False
    if numbers[-1] >= LOG_SPAN * numbers[0]:
        return True
    factors = [right / left for left, right in pairwise(numbers)]
    steps = [right - left for left, right in pairwise(numbers)]
    is_even = len(steps) > 1 and max(steps) <= 1.01 * min(steps)
    is_steady = len(steps) > 1 and max(factors) <= 1.5 * min(factors)
    return not is_even and (is_steady or numbers[-1] >= 10 * numbers[0])
