"""Schedules: how the learning rate moves over the steps of a fit, one row each.

A schedule is a pure function of the share of the steps that are done. It says by what the learning rate is multiplied::

    from kerasgrid.sockets import SCHEDULES, Fields, Parameter, Schedule

    POWER = Parameter("power", "float", "how steeply it falls", "", structural=False, default=2.0, low=0)
    falling = lambda ops, t, of: ops.pow(1 - t, of["power"])
    SCHEDULES.add(Schedule("falling", "falls to 0", Fields(POWER), falling, 1.0, 0.0))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerasgrid.axes.objects import NAME, Fields, Variants
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.value import Value
from kerasgrid.registry import Registry


@dataclass(frozen=True, slots=True)
class Ops:
    """The functions that schedules are made of, beside ``+ - * /``: of Python's numbers, or of a graph's tensors.

    Attributes:
        cos: Of an angle.
        floor: The whole number below.
        log: The natural logarithm.
        pow: The first to the power of the second.
        minimum: Of two.
        maximum: Of two.
        where: From whether something is so to the second or the third.
    """

    cos: Callable[[Any], Any]
    floor: Callable[[Any], Any]
    log: Callable[[Any], Any]
    pow: Callable[[Any, Any], Any]
    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]
    where: Callable[[Any, Any, Any], Any]


NUMBERS = Ops(math.cos, math.floor, math.log, math.pow, min, max, lambda is_so, one, other: one if is_so else other)
"""Of Python's numbers."""

Factor = Callable[[Ops, Any, Mapping[str, Any]], Any]
"""From the operations, the share of all steps that are done (in [0, 1)) and the numbers of its fields to the factor.

In a graph these are tensors; but of which of them are 0 another graph is made, where they are Python's 0.0."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate moves.

    Attributes:
        name: Its name in a space file.
        description: What it does, in one line.
        fields: Its numbers, each with a default.
        factor: See :data:`Factor`; finite, from 0 to 1.
        begins: Its factor at the first step, with the defaults.
        ends: What its factor comes near to at the end, with the defaults; as many steps as there are, the nearer.
    """

    name: str
    description: str
    fields: Fields
    factor: Factor
    begins: float
    ends: float


def _share(name: str, description: str, default: float, **range_: Any) -> Parameter:
    bounds = {"low": 0, "high": 1, **range_}
    return Parameter(name, "float", description, "", structural=False, default=default, **bounds)


_WARMUP = _share("warmup", "share of all steps over which the rate rises from 0", 0.0, high_open=True)
_ALPHA = _share("alpha", "what is left of the rate at the end", 0.0)
_COSINES = 1 + 15
"""Of RealMLP's schedule: log₂ of it, 4, is the number of its cycles."""

_ROUNDING = 1e-5
"""Before the next whole number by less than this, a share that a float32 holds has reached it."""

_LONGER = 1.001
"""Cycles whose length grows by a smaller factor are of equal length."""


def _is_off(number: Any) -> bool:
    return isinstance(number, float) and number == 0


def _down_to(alpha: Any, left: Any) -> Any:
    """Return what falls from 1 to ``alpha`` while ``left`` falls from 1 to 0."""
    return left if _is_off(alpha) else alpha + (1.0 - alpha) * left


def _rise(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    """Return the factor of the warm-up: linear from 0, then 1."""
    if _is_off(of["warmup"]):
        return 1.0
    return ops.where(t < of["warmup"], t / ops.maximum(of["warmup"], 1e-9), 1.0)


def _rest(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    """Return the share of the steps after the warm-up that are done."""
    if _is_off(of["warmup"]):
        return t
    # A float32 may hold a share just below 1 as 1.
    return ops.maximum(t - of["warmup"], 0.0) / ops.maximum(1.0 - of["warmup"], 1e-7)


def _half_cosine(ops: Ops, u: Any) -> Any:
    """Return what falls from 1 to 0 while ``u`` rises from 0 to 1."""
    return 0.5 * (1.0 + ops.cos(math.pi * u))


def _constant(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    return _rise(ops, t, of)


def _cosine(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    return _rise(ops, t, of) * _down_to(of["alpha"], _half_cosine(ops, _rest(ops, t, of)))


def _exponential(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    return _rise(ops, t, of) * ops.pow(of["decay_rate"], _rest(ops, t, of))


def _step(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    n_drops = ops.floor(_rest(ops, t, of) / of["every"] + _ROUNDING)
    return _rise(ops, t, of) * ops.pow(of["drop"], n_drops)


def _polynomial(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    left = ops.pow(1.0 - _rest(ops, t, of), of["power"])
    return _rise(ops, t, of) * _down_to(of["alpha"], left)


def _one_cycle(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    down = _down_to(of["alpha"], _half_cosine(ops, _rest(ops, t, of)))
    if _is_off(of["warmup"]):
        return down
    risen = 1.0 - _half_cosine(ops, t / ops.maximum(of["warmup"], 1e-9))
    up = of["start"] + (1.0 - of["start"]) * risen
    return ops.where(t < of["warmup"], up, down)


def _restarts(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    u, longer, n = _rest(ops, t, of), of["t_mul"], of["cycles"]
    # Cycles of equal length are counted in another way: the geometric sum divides by 0 then.
    is_equal, safe = longer < _LONGER, ops.maximum(longer, _LONGER)
    done = u * (ops.pow(safe, n) - 1.0) / (safe - 1.0)
    number = ops.minimum(ops.floor(ops.log(1.0 + done * (safe - 1.0)) / ops.log(safe) + _ROUNDING), n - 1.0)
    length = ops.pow(safe, number)
    within = (done - (length - 1.0) / (safe - 1.0)) / length
    equal = ops.minimum(ops.floor(u * n + _ROUNDING), n - 1.0)
    cycle = ops.where(is_equal, equal, number)
    at = ops.where(is_equal, u * n - equal, within)
    left = ops.pow(of["m_mul"], cycle) * _half_cosine(ops, at)
    return _rise(ops, t, of) * _down_to(of["alpha"], left)


def _coslog4(ops: Ops, t: Any, of: Mapping[str, Any]) -> Any:
    cycles = ops.log(1.0 + (_COSINES - 1) * t) / math.log(2.0)
    return _rise(ops, t, of) * 0.5 * (1.0 - ops.cos(2.0 * math.pi * cycles))


SCHEDULES: Registry[Schedule] = Registry("learning rate schedule", (
    Schedule("constant", "the learning rate as it is", Fields(_WARMUP), _constant, 1.0, 1.0),
    Schedule("cosine", "falls as half a cosine does", Fields(_WARMUP, _ALPHA), _cosine, 1.0, 0.0),
    Schedule(
        "exponential", "falls by the same share at every step",
        Fields(_WARMUP, _share("decay_rate", "what is left of the rate at the end", 0.01, low_open=True)),
        _exponential, 1.0, 0.01,
    ),
    Schedule(
        "step", "falls at once, again and again",
        Fields(
            _WARMUP,
            _share("drop", "what a fall leaves of the rate", 0.2),
            _share("every", "share of the steps from one fall to the next", 0.3, low=0.001),
        ),
        _step, 1.0, 0.2**3,
    ),
    Schedule(
        "polynomial", "falls as a power of the share of steps that are left; with power 1 as a line",
        Fields(
            _WARMUP,
            Parameter("power", "float", "the power", "", structural=False, default=1.0, low=0, low_open=True),
            _ALPHA,
        ),
        _polynomial, 1.0, 0.0,
    ),
    Schedule(
        "one_cycle", "rises as half a cosine does to the learning rate, then falls",
        Fields(
            _share("warmup", "share of all steps over which the rate rises", 0.3, high_open=True),
            _share("start", "the share of the rate that it begins with", 0.04),
            _ALPHA,
        ),
        _one_cycle, 0.04, 0.0,
    ),
    Schedule(
        "cosine_restarts", "falls as half a cosine does, and starts again",
        Fields(
            _WARMUP,
            Parameter("cycles", "int", "how often it falls", "", structural=False, default=3, low=1, high=30),
            Parameter("t_mul", "float", "how much longer a cycle is than the one before", "", structural=False,
                      default=2.0, low=1, high=10),
            _share("m_mul", "what a restart leaves of the rate", 1.0),
            _ALPHA,
        ),
        _restarts, 1.0, 0.0,
    ),
    Schedule(
        "coslog4", "rises and falls four times, ever more slowly: RealMLP's", Fields(_WARMUP), _coslog4, 0.0, 0.0,
    ),
))  # fmt: skip
"""Every schedule by its name. Those after Keras's: see ``docs/how_to/training.md`` for their formulas and sources."""


class _FieldsOfSchedules(Mapping[str, Fields]):
    """The fields of each schedule, as the registry has them at the time."""

    def __getitem__(self, name: str) -> Fields:
        return SCHEDULES[name].fields

    def __iter__(self) -> Iterator[str]:
        return iter(SCHEDULES)

    def __len__(self) -> int:
        return len(SCHEDULES)


FORM = Variants(_FieldsOfSchedules())
"""What ``learning_rate_schedule`` takes."""

DEFAULT = "constant"


def schedule_of(value: Value) -> tuple[Schedule, dict[str, float]]:
    """Return the schedule that a value of ``learning_rate_schedule`` names, and the numbers of its fields."""
    filled = FORM.filled(value)
    return SCHEDULES[filled.pop(NAME)], {name: float(number) for name, number in filled.items()}


def moves(value: Value) -> bool:
    """Whether a value of ``learning_rate_schedule`` has the rate move: over all steps of a fit, so by its epochs."""
    return value != DEFAULT


def program_of(value: Value) -> str:
    """Return what of a value makes another program: its kind, and which of its numbers are not 0."""
    schedule, numbers = schedule_of(value)
    return " ".join([schedule.name, *(name for name, number in numbers.items() if number)])


def factor_at(value: str | Mapping[str, Any], t: float) -> float:
    """Return what the learning rate is multiplied by when the share ``t`` of all steps is done, in [0, 1).

    Args:
        value: As a space file has it.
        t: The share.

    Raises:
        SpaceError: There is no such schedule, or something in it is wrong.
    """
    schedule, numbers = schedule_of(FORM.read(value, "learning_rate_schedule"))
    return float(schedule.factor(NUMBERS, t, numbers))
