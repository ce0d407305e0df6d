"""Factors: the axes as the trials of a run show them. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from kerasgrid.axes.axis import Choices, Distribution
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.parameters import MODEL, PARAMETERS, default_of, takes
from kerasgrid.insight.parts import Simple, simple_axes, taken_apart
from kerasgrid.insight.ranking import Trial

FEW = 8
"""Up to so many different numbers are told one by one, more of them along their range."""

LOG_SPAN = 100
"""Positive numbers that reach so many times as far as they begin are looked at in the logarithm."""

JOINED = " + "


class Missing(Enum):
    """Stands for the value of a parameter that a candidate does not take, which is not the same as None."""

    ABSENT = "absent"


ABSENT = Missing.ABSENT

Cell = Value | tuple[Value | Missing, ...] | Missing
"""What a trial has on a factor; several values where several axes were joined into one."""


@dataclass(frozen=True, slots=True)
class Factor:
    """An axis on which the trials differ.

    Attributes:
        name: Of the axis; ``a: layers`` and the like where the space has depth and width apart; ``a + b`` where axes
            change only together, so that no search could tell their effects apart.
        cells: One a trial, in the order of the trials.
        levels: The different values, without ``ABSENT``: numbers in order, others as the space has them. Empty if the
            factor is a range.
        low: Least number of a range, of the space and of the trials.
        high: Greatest number of a range.
        log: Whether numbers are looked at in the logarithm.
    """

    name: str
    cells: tuple[Cell, ...]
    levels: tuple[Cell, ...]
    low: float = math.nan
    high: float = math.nan
    log: bool = False

    @property
    def is_range(self) -> bool:
        """Whether it has too many different numbers to tell one by one."""
        return not self.levels

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return self.is_range or all(is_number(level) for level in self.levels)

    def position(self, number: float) -> float:
        """Return the number, or its natural logarithm where the factor is looked at in that."""
        return math.log(number) if self.log else number


def factors(trials: Sequence[Trial], blocks: Sequence[Block] = (), task: str = "classification") -> list[Factor]:
    """Return the axes with at least two different values among the trials, by name.

    A parameter that a candidate's model takes though the candidate does not name it has its default there. One that
    the model does not take is ``ABSENT``. Where the space has depth and width apart, each is an axis by itself, and
    units of no layer and the shape of one layer are ``ABSENT``, too.

    Args:
        trials: All trials, however they ended.
        blocks: The axes of the space; without them all is told from the trials.
        task: ``classification`` or ``regression``; defaults depend on it.
    """
    found, axes = [], [simple_axes(block.axes) for block in blocks]
    for name in sorted({name for trial in trials for name in trial.candidate}):
        cells = tuple(value_of(trial.candidate, name, task) for trial in trials)
        whole = [block.axes[name] for block in blocks if name in block.axes]
        for part, of_part in taken_apart(name, cells, whole, ABSENT).items():
            if len({identity(cell) for cell in of_part if cell is not ABSENT}) > 1:
                found.append(_factor(part, of_part, [block[part] for block in axes if part in block]))
    return _joined(found)


def value_of(candidate: Candidate, name: str, task: str) -> Value | Missing:
    """Return what a candidate has of a parameter: its value, or else its default, or else ``ABSENT``."""
    if name in candidate:
        return candidate[name]
    parameter = PARAMETERS.get(name)
    model = str(candidate.get("model", MODEL.default))
    if parameter is None or not takes(model, name):
        return ABSENT
    optimizer = str(candidate.get("optimizer", PARAMETERS["optimizer"].default))
    losses = PARAMETERS["loss"]
    loss = str(candidate.get("loss", losses.default_for.get(task, losses.default)))
    default = default_of(parameter, task, optimizer, model, loss)
    return ABSENT if default is None else default


def following(found: Sequence[Factor]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of factors of which the first says the second, with fewer values than the first has."""
    pairs = []
    for one in found:
        for other in found:
            if one is other or one.is_range or other.is_range:
                continue
            goes_with: dict[object, object] = {}
            cells = zip(one.cells, other.cells, strict=True)
            known = [(identity(a), identity(b)) for a, b in cells if a is not ABSENT and b is not ABSENT]
            complete = len(known) == len(one.cells)
            if complete and all(goes_with.setdefault(a, b) == b for a, b in known):
                pairs.append((one.name, other.name))
    return tuple(pairs)


def is_number(value: object) -> bool:
    """Return whether it is a finite number, which a bool is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def identity(cell: Cell) -> object:
    """Return what tells values apart: ``1`` from ``True``, but not ``1`` from ``1.0``."""
    return tuple(map(identity, cell)) if isinstance(cell, tuple) else (isinstance(cell, bool), cell)


def _factor(name: str, cells: tuple[Cell, ...], axes: Sequence[Simple]) -> Factor:
    present = [cell for cell in cells if cell is not ABSENT]
    numbers = [float(cell) for cell in present if is_number(cell)]  # type: ignore[arg-type]
    spread = [axis for axis in axes if isinstance(axis, Distribution)]
    listed = [value for axis in axes if isinstance(axis, Choices) for value in axis.values]
    if len(numbers) < len(present):
        return Factor(name, cells, _levels(present, listed))
    ends = [*numbers, *(end for axis in spread for end in (axis.low, axis.high))]
    low, high = min(ends), max(ends)
    log = low > 0 and (any(axis.log for axis in spread) if spread else high >= LOG_SPAN * low)
    is_range = len(set(numbers)) > FEW and (bool(spread) or not set(present) <= set(listed))
    levels = () if is_range else tuple(sorted(_levels(present, ()), key=float))  # type: ignore[arg-type]
    return Factor(name, cells, levels, low, high, log)


def _levels(present: Iterable[Cell], listed: Iterable[Value]) -> tuple[Cell, ...]:
    """Return the different values, those of the space first, in its order."""
    there = {identity(cell): cell for cell in present}
    order = dict.fromkeys([*(key for key in map(identity, listed) if key in there), *there])
    return tuple(there[key] for key in order)


def _joined(found: Sequence[Factor]) -> list[Factor]:
    """Return the factors, those with a one-to-one relation between their values made one."""
    groups: dict[object, list[Factor]] = {}
    for factor in found:
        # Equal partitions of the trials have equal first-seen numbers.
        seen: dict[object, int] = {}
        partition = tuple(seen.setdefault(identity(cell), len(seen)) for cell in factor.cells)
        groups.setdefault(factor.name if factor.is_range else partition, []).append(factor)
    joined = []
    for group in groups.values():
        if len(group) == 1:
            joined += group
            continue
        # The model first, since it is what the others follow.
        group.sort(key=lambda factor: (factor.name != "model", factor.name))
        together = zip(*(factor.cells for factor in group), strict=True)
        cells = tuple(ABSENT if set(cell) == {ABSENT} else cell for cell in together)
        levels = _levels([cell for cell in cells if cell is not ABSENT], ())
        joined.append(Factor(JOINED.join(factor.name for factor in group), cells, levels))
    return joined
