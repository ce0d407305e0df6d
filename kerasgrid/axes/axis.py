"""An axis: the values that one hyperparameter may take, as choices or as a distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.problems import problems_of, together
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError, nearest

MAX_CANDIDATES = 100_000
"""The most candidates that one search may have."""

DIGITS = 6
"""Significant digits of a computed value, so that files and pages stay readable."""


class _Bounds(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class RealBounds(_Bounds):
    """Bounds of a distribution of numbers."""

    low: float
    high: float


class IntBounds(_Bounds):
    """Bounds of a distribution of whole numbers, both included."""

    low: int
    high: int


class SpacedBounds(_Bounds):
    """End points of a row of numbers, both included, and how many they are."""

    low: float
    high: float
    num: int = Field(ge=2, le=MAX_CANDIDATES)


DISTRIBUTIONS: Mapping[str, type[RealBounds] | type[IntBounds] | type[SpacedBounds]] = {
    "uniform": RealBounds,
    "log_uniform": RealBounds,
    "int_uniform": IntBounds,
    "int_log_uniform": IntBounds,
    "lin_space": SpacedBounds,
    "log_space": SpacedBounds,
}
"""Every key that an axis's object may have, and what it holds."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Finitely many different values, in the order of the file; one value is a fixed axis.

    Attributes:
        values: The values, each in its normal form.
    """

    values: tuple[Value, ...]

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    def at(self, index: int) -> Value:
        """Return the value of this index, from 0."""
        return self.values[index]

    def draw(self, rng: Random) -> Value:
        """Return one of the values, all equally likely."""
        return self.values[rng.randrange(len(self.values))]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values drawn between two bounds.

    Attributes:
        kind: ``uniform``, ``log_uniform``, ``int_uniform`` or ``int_log_uniform``.
        low: Least value, included.
        high: Greatest value, included.
        as_float: Whether values are floats, as the parameter wants them.
    """

    kind: str
    low: float
    high: float
    as_float: bool

    @property
    def log(self) -> bool:
        """Whether the logarithm of a value is uniform, rather than the value."""
        return "log" in self.kind

    @property
    def size(self) -> int | None:
        """How many equally likely values there are; None if they are not finite or not equally likely."""
        return int(self.high) - int(self.low) + 1 if self.kind == "int_uniform" else None

    def at(self, index: int) -> Value:
        """Return the value of this index, from 0; for ``int_uniform`` only."""
        return self._typed(int(self.low) + index)

    def draw(self, rng: Random) -> Value:
        """Return a value; numbers with a fraction come rounded to six significant digits, within the bounds.

        ``log_uniform`` is ``scipy.stats.loguniform(low, high)``. ``int_log_uniform`` rounds a log-uniform number
        between ``low - 0.5`` and ``high + 0.5``.
        """
        if self.kind == "int_uniform":
            return self.at(rng.randrange(int(self.high) - int(self.low) + 1))
        if self.kind == "int_log_uniform":
            exponent = _between(math.log(self.low - 0.5), math.log(self.high + 0.5), rng)
            return self._typed(min(max(round(math.exp(exponent)), int(self.low)), int(self.high)))
        if self.log:
            number = math.exp(_between(math.log(self.low), math.log(self.high), rng))
        else:
            number = _between(self.low, self.high, rng)
        return min(max(rounded(number), self.low), self.high)

    def _typed(self, number: int) -> Value:
        return float(number) if self.as_float else number


Axis = Choices | Distribution


def parse_axis(parameter: Parameter, raw: Any, where: str) -> Axis:
    """Return the axis that a value in ``params`` describes.

    A JSON list is always the list of choices, an object with one key is a distribution, anything else a fixed value. Of
    a parameter whose values are objects, any other object is its value.

    Args:
        parameter: Whose values they are.
        raw: The value in the file.
        where: Its place, for messages.

    Raises:
        SpaceError: The axis is malformed, or reaches out of the parameter's range.
    """
    if isinstance(raw, Mapping) and (parameter.form is None or _is_distribution(raw)):
        return _parse_object(parameter, raw, where)
    if parameter.kind == "sizes":
        _check_sizes(raw, where)
    if isinstance(raw, list | tuple):
        return _parse_choices(parameter, raw, where)
    return Choices((parameter.normalise(raw, where),))


def _is_distribution(raw: Mapping[str, Any]) -> bool:
    return len(raw) == 1 and next(iter(raw)) in DISTRIBUTIONS


def rounded(number: float) -> float:
    """Return a number rounded to six significant digits."""
    return float(f"{number:.{DIGITS}g}")


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
        if len(flat) < len(raw):
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
        raise SpaceError(f"a distribution needs a number, {parameter.name} must be {parameter.range_text}", where=where)
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


def _between(low: float, high: float, rng: Random) -> float:
    return low + (high - low) * rng.random()
