"""Depth and width as axes by themselves, where a space has them so, though a candidate has one value for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasgrid.axes.axis import Axis, Choices, DepthWidth, Distribution
from kerasgrid.axes.axis_reading import part_name, part_rows
from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.names import SHAPES
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS

Simple = Choices | Distribution
"""An axis without parts."""

_LAYERS, _UNITS, _SHAPE = (part_name("", part) for part in ("layers", "units", "shape"))


def simple_axes(axes: Mapping[str, Axis]) -> dict[str, Simple]:
    """Return axes by name, those of depth and width taken apart, such as ``hidden_units: layers``."""
    found: dict[str, Simple] = {}
    for name, axis in axes.items():
        if isinstance(axis, DepthWidth):
            found |= {part_name(name, part): one for part, one in axis.parts.items()}
        else:
            found[name] = axis
    return found


def taken_apart(name: str, values: Sequence[Any], axes: Sequence[Axis], absent: Any) -> dict[str, tuple[Any, ...]]:
    """Return the values of an axis, one a trial, by the names of the parts of the axis, or as they are, by its name.

    They are taken apart where the space has depth and width apart, and every value is one that it can have.

    Args:
        name: Of the axis.
        values: Of the trials.
        axes: What the blocks of the space have of this name.
        absent: Stands for the value of a trial that has none: also for units of no layer and the shape of one layer.
    """
    joint = [axis for axis in axes if isinstance(axis, DepthWidth)]
    apart = [{} if value is absent else joint[0].apart(value) for value in values] if joint else []
    found = [parts for parts in apart if parts is not None]
    if not joint or len(found) < len(values):
        return {name: tuple(values)}
    return {part_name(name, part): tuple(parts.get(part, absent) for parts in found) for part in joint[0].parts}


def items_of(candidate: Candidate) -> dict[str, Value]:
    """Return the values of a candidate by name, and those of the parts of sizes of layers.

    No layer has no units, and a single one no shape. Sizes that differ count as a pyramid.
    """
    found = dict(candidate)
    for name, value in candidate.items():
        if isinstance(value, tuple):
            found[name + _LAYERS] = len(value)
            if value:
                found[name + _UNITS] = value[0]
            if len(value) > 1:
                found[name + _SHAPE] = SHAPES[len(set(value)) > 1]
    return found


def parameter_of(name: str) -> Parameter | None:
    """Return the hyperparameter of an axis, or of a part of one; None of a builder's own, of which nothing is known."""
    whole, _, part = name.partition(part_name("", ""))
    parameter = PARAMETERS.get(whole)
    return part_rows(parameter)[part] if part and parameter is not None else parameter


def is_depth(name: str) -> bool:
    """Return whether an axis is how many layers there are."""
    return name.endswith(_LAYERS)


def makes(axis: Axis, value: Value) -> bool:
    """Return whether an axis has a value."""
    if isinstance(axis, Choices):
        return any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in axis.values)
    if isinstance(axis, Distribution):
        return isinstance(value, int | float) and not isinstance(value, bool) and axis.low <= value <= axis.high
    parts = axis.apart(value)
    return parts is not None and all(makes(axis.parts[name], part) for name, part in parts.items())
