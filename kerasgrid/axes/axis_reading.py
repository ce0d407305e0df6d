"""Reading an axis: from what stands in ``params`` to choices, a distribution, or depth and width."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from kerasgrid.axes.axis import (
    DISTRIBUTIONS,
    MAX_CANDIDATES,
    Axis,
    Choices,
    DepthWidth,
    Distribution,
    SpacedBounds,
    endless,
    rounded,
)
from kerasgrid.axes.names import SHAPES
from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.problems import problems_of, together
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError, nearest

MOST_LAYERS = 100
"""The most layers of one kind that an axis may ask for."""


NEEDED_PARTS = ("layers", "units")
"""What an object of depth and width cannot do without."""


def part_name(name: str, part: str) -> str:
    """Return what a part of an axis of depth and width is called where it stands by itself."""
    return f"{name}: {part}"


def parse_axis(parameter: Parameter, raw: Any, where: str) -> Axis:
    """Return the axis that a value in ``params`` describes.

    A JSON list is always the list of choices, an object with one key is a distribution, anything else a fixed value. Of
    a parameter whose values are objects, any other object is its value; of sizes of layers, any other object says how
    many and how wide they are.

    Args:
        parameter: Whose values they are.
        raw: The value in the file.
        where: Its place, for messages.

    Raises:
        SpaceError: The axis is malformed, or reaches out of the parameter's range.
    """
    if isinstance(raw, Mapping) and parameter.kind == "sizes" and not _is_distribution(raw):
        return _parse_depth_width(parameter, raw, where)
    if isinstance(raw, Mapping) and (parameter.form is None or _is_distribution(raw)):
        return _parse_object(parameter, raw, where)
    if parameter.kind == "sizes":
        _check_sizes(raw, where)
    if isinstance(raw, list | tuple):
        return _parse_choices(parameter, raw, where)
    return Choices((parameter.normalise(raw, where),))


def _is_distribution(raw: Mapping[str, Any]) -> bool:
    return len(raw) == 1 and next(iter(raw)) in DISTRIBUTIONS


def part_rows(parameter: Parameter) -> dict[str, Parameter]:
    """Return what the parts of a :class:`~kerasgrid.axes.axis.DepthWidth` take, as hyperparameters of their own.

    Args:
        parameter: Whose values are sizes of layers.
    """
    kinds: dict[str, dict[str, Any]] = {
        # Images end: where maps grow, narrower axes have no more of them than were asked for.
        "layers": {"kind": "int", "structural": parameter.growth > 1, "low": parameter.min_length, "high": MOST_LAYERS},
        "units": {"kind": "int", "structural": False, "low": parameter.low, "high": parameter.high},
        "shape": {"kind": "name", "structural": True, "default": SHAPES[0], "names": SHAPES},
    }
    told = {
        "layers": "how many layers there are",
        "units": "size of the first layer",
        "shape": "constant, all layers are of that size, or pyramid, each has "
        + ("half" if parameter.growth < 1 else "twice")
        + " the size of the one before",
    }
    return {
        part: Parameter(part_name(parameter.name, part), description=told[part], part=parameter.part, **kind)
        for part, kind in kinds.items()
    }


def _parse_depth_width(parameter: Parameter, raw: Mapping[str, Any], where: str) -> DepthWidth:
    rows = part_rows(parameter)
    problems = []
    for key in raw:
        if key not in rows:
            near = nearest(str(key), rows)
            hint = "known are " + ", ".join(rows) if near is None else f"did you mean {near}?"
            problems.append(SpaceError("unknown key", where=f"{where}.{key}", hint=hint))
    missing = [name for name in NEEDED_PARTS if name not in raw]
    if missing and not problems:
        rule = "an object must say how many layers there are, and how many units the first has"
        problems.append(SpaceError(rule, where=where, got=shown(dict(raw)), hint=f"add {' and '.join(missing)}"))
    parts: dict[str, Any] = {"shape": Choices((SHAPES[0],))}
    for name in filter(rows.__contains__, raw):
        try:
            parts[name] = parse_axis(rows[name], raw[name], f"{where}.{name}")
        except SpaceError as error:
            problems.append(error)
    if problems:
        raise together(problems)
    low = 1 if parameter.low is None else int(parameter.low)
    high = sys.maxsize if parameter.high is None else int(parameter.high)
    axis = DepthWidth(**parts, growth=parameter.growth, low=low, high=high)
    if axis.size is None and endless(axis) is None:
        rule = f"must be of at most {MAX_CANDIDATES:,} combinations"
        raise SpaceError(rule, where=where, got=f"{math.prod(part.size or 0 for part in axis.parts.values()):,}")
    return axis


def _parse_choices(parameter: Parameter, raw: Sequence[Any], where: str) -> Choices:
    if not raw:
        hint = "[[]] is one network without hidden layers" if _may_be_empty(parameter) else None
        raise SpaceError("must have at least one choice", where=where, got="[]", hint=hint)
    values = tuple(parameter.normalise(item, f"{where}[{index}]") for index, item in enumerate(raw))
    seen: set[Value] = set()
    for value, item in zip(values, raw, strict=True):
        if value in seen:
            same = "" if shown(item) == shown(value) else f", which is {shown(value)}"
            raise SpaceError("choices must differ", where=where, got=f"{shown(item)}{same} twice")
        seen.add(value)
    return Choices(values)


def _check_sizes(raw: Any, where: str) -> None:
    rule = "must be a list of lists, one list of sizes for each network"
    if not isinstance(raw, list | tuple):
        number = isinstance(raw, int | float) and not isinstance(raw, bool)
        raise SpaceError(rule, where=where, got=shown(raw), hint=f"write [[{shown(raw)}]]" if number else None)
    if raw and not all(isinstance(item, list | tuple) for item in raw):
        flat = [item for item in raw if not isinstance(item, list | tuple)]
        if isinstance(flat[0], Mapping):
            hint = "an object that says how many layers there are stands by itself, in no list"
        elif len(flat) < len(raw):
            hint = f"write [{shown(flat[0])}] instead of {shown(flat[0])}"
        else:
            layers = "1 layer" if len(raw) == 1 else f"{len(raw)} layers"
            hint = f"write {shown([list(raw)])} for one network of {layers}"
            if len(raw) > 1:
                hint += f" or {shown([[item] for item in raw])} for {len(raw)} networks"
        raise SpaceError(rule, where=where, got=shown(raw), hint=hint)


def _parse_object(parameter: Parameter, raw: Mapping[str, Any], where: str) -> Axis:
    known = ", ".join(DISTRIBUTIONS)
    if len(raw) != 1:
        got = "none" if not raw else ", ".join(map(str, raw))
        raise SpaceError("an object must have exactly one key", where=where, got=got, hint=f"one of {known}")
    kind, bounds = next(iter(raw.items()))
    if kind not in DISTRIBUTIONS:
        near = nearest(str(kind), DISTRIBUTIONS)
        hint = f"one of {known}" if near is None else f"did you mean {near}?"
        raise SpaceError("there is no such distribution", where=where, got=str(kind), hint=hint)
    where = f"{where}.{kind}"
    if not parameter.numeric:
        rule = f"a distribution needs a number, {parameter.name} must be {parameter.range_text}"
        instead = 'draw depth and width: {"layers": …, "units": …}' if parameter.kind == "sizes" else None
        raise SpaceError(rule, where=where, hint=instead)
    if parameter.kind == "int" and kind in ("uniform", "log_uniform"):
        hint = f"write int_{kind}"
        raise SpaceError(f"{parameter.name} must be a whole number, {kind} draws fractions", where=where, hint=hint)
    try:
        checked = DISTRIBUTIONS[kind].model_validate(bounds)
    except ValidationError as error:
        raise together(problems_of(error, {(): ("low", "high", "num")}, prefix=where)) from None
    low, high = checked.low, checked.high
    if low >= high:
        raise SpaceError("low must be below high", where=where, got=f"low={shown(low)}, high={shown(high)}")
    if "log" in kind and low <= 0:
        raise SpaceError("low must be above 0", where=where, got=f"low={shown(low)}")
    for end, bound in (("low", low), ("high", high)):
        parameter.normalise(bound, f"{where}.{end}")
    if isinstance(checked, SpacedBounds):
        return Choices(_spaced(parameter, checked, log=kind == "log_space"))
    return Distribution(kind, low, high, as_float=parameter.kind == "float")


def _spaced(parameter: Parameter, bounds: SpacedBounds, *, log: bool) -> tuple[Value, ...]:
    low, high, last = bounds.low, bounds.high, bounds.num - 1
    if log:
        first, ratio = math.log(low), math.log(high) - math.log(low)
        inner = [math.exp(first + ratio * i / last) for i in range(1, last)]
    else:
        inner = [low + (high - low) * i / last for i in range(1, last)]
    if parameter.kind == "int":
        return tuple(dict.fromkeys([int(low), *map(round, inner), int(high)]))
    row = (low, *map(rounded, inner), high)
    # Rounding must not merge neighbours of a narrow row: the file asked for num values.
    increasing = all(left < right for left, right in pairwise(row))
    return tuple(float(number) for number in (row if increasing else dict.fromkeys((low, *inner, high))))


def _may_be_empty(parameter: Parameter) -> bool:
    return parameter.kind == "sizes" and parameter.min_length == 0
