"""An axis: the values that one hyperparameter may take: choices, a distribution, or both for depth and width."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from kerasgrid.axes.names import SHAPES
from kerasgrid.axes.value import Value

MAX_CANDIDATES = 100_000
"""The most candidates that one search may have."""

DIGITS = 6
"""Significant digits of a computed value, so that files and pages stay readable."""

_MOST_STEPS = 64
"""After so many halvings or doublings every size is at its bound."""


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


@dataclass(frozen=True)
class DepthWidth:
    """Sizes of layers, told by how many layers there are, by the size of the first, and by how sizes go on from there.

    Its values are tuples of sizes, as those of :class:`Choices` are. In the shape ``constant`` all layers are alike; in
    a ``pyramid`` each is half the one before, rounded down, or twice, as ``growth`` says.

    Attributes:
        layers: How many layers.
        units: Size of the first one.
        shape: Of :data:`kerasgrid.axes.names.SHAPES`.
        growth: What each layer of a pyramid is of the one before: 0.5 or 2.
        low: Least size: where a pyramid ends to get narrower.
        high: Greatest size: where it ends to get wider.
    """

    layers: Choices | Distribution
    units: Choices | Distribution
    shape: Choices
    growth: float
    low: int
    high: int

    @property
    def parts(self) -> Mapping[str, Choices | Distribution]:
        """The axes that it is made of, by name."""
        return {"layers": self.layers, "units": self.units, "shape": self.shape}

    @property
    def size(self) -> int | None:
        """How many different values there are; None if they are not finite or more than a search may have."""
        return None if self.values is None else len(self.values)

    @cached_property
    def values(self) -> tuple[tuple[int, ...], ...] | None:
        """All different values, those of few layers first; None where :attr:`size` is."""
        sizes = [part.size for part in self.parts.values()]
        if None in sizes or math.prod(size or 0 for size in sizes) > MAX_CANDIDATES:
            return None
        every = product(*([part.at(index) for index in range(part.size or 0)] for part in self.parts.values()))
        # A single layer has no shape.
        return tuple(dict.fromkeys(self.sizes(layers, units, shape) for layers, units, shape in every))

    def at(self, index: int) -> Value:
        """Return the value of this index, from 0; only where there is a :attr:`size`."""
        assert self.values is not None
        return self.values[index]

    def draw(self, rng: Random) -> Value:
        """Return a value; each part is drawn by itself, so that another range of one does not disturb the others."""
        seed = rng.random()
        return self.sizes(*(part.draw(Random(f"{seed}:{name}")) for name, part in self.parts.items()))

    def sizes(self, layers: Value, units: Value, shape: Value) -> tuple[int, ...]:
        """Return the sizes of so many layers, the first of so many units."""
        assert isinstance(layers, int)
        assert isinstance(units, int)
        growth = 1.0 if shape == "constant" else self.growth
        # Beyond this they stay what they are, and float has no room.
        factors = (growth ** min(layer, _MOST_STEPS) for layer in range(layers))
        return tuple(min(max(int(units * factor), self.low), self.high) for factor in factors)

    def apart(self, value: Value) -> dict[str, Value] | None:
        """Return the parts of a value, by name, without those that it has not; None if it has no such shape at all.

        No layer has no units, and a single one no shape.
        """
        if not isinstance(value, tuple):
            return None
        if len(value) == 0:
            return {"layers": 0}
        shapes = [shape for shape in SHAPES if self.sizes(len(value), value[0], shape) == value]
        found: dict[str, Value] = {"layers": len(value), "units": value[0]}
        if len(shapes) == len(SHAPES):
            return found
        return {**found, "shape": shapes[0]} if shapes else None


Axis = Choices | Distribution | DepthWidth


def endless(axis: Axis) -> str | None:
    """Return the place in an axis at which something is drawn; None if every value is told one by one."""
    if isinstance(axis, Distribution):
        return axis.kind
    if isinstance(axis, DepthWidth):
        found = ((name, endless(part)) for name, part in axis.parts.items())
        return next((f"{name}.{kind}" for name, kind in found if kind is not None), None)
    return None


def rounded(number: float) -> float:
    """Return a number rounded to six significant digits."""
    return float(f"{number:.{DIGITS}g}")


def _between(low: float, high: float, rng: Random) -> float:
    return low + (high - low) * rng.random()
