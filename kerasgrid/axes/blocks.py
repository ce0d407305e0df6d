"""A block: the axes of one object of ``params`` for one model; a space is a union of blocks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Any

from kerasgrid.axes import names
from kerasgrid.axes.axis import Axis, Choices, endless
from kerasgrid.axes.axis_reading import parse_axis
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameter import Beside, shown
from kerasgrid.axes.parameters import MODEL, PARAMETERS, check_taken, takes
from kerasgrid.axes.problems import together
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError


@dataclass(frozen=True, slots=True)
class Label:
    """What a candidate is called.

    Attributes:
        name: Such as ``trial 2: batch 32``, or ``optimizer Adam`` for what was varied.
        note: What changed, and why; may be empty.
        axis: For ``one_factor``, the axis that was varied; empty for the baseline.
    """

    name: str
    note: str = ""
    axis: str = ""


@dataclass(frozen=True)
class Block:
    """All combinations of the values of some axes.

    Attributes:
        model: The model of all its candidates.
        axes: The axes that this model takes, in alphabetical order of their names.
        label: Name and note of its only candidate, where the strategy names candidates.
    """

    model: str
    axes: Mapping[str, Axis]
    label: Label | None = None

    @property
    def size(self) -> int | None:
        """The exact number of combinations; None if a distribution makes it endless."""
        sizes = [axis.size for axis in self.axes.values()]
        finite = [size for size in sizes if size is not None]
        return math.prod(finite) if len(finite) == len(sizes) else None

    def at(self, index: int) -> Candidate:
        """Return a combination by its index, from 0, in the order of scikit-learn's ``ParameterGrid``.

        That is: the alphabetically last axis changes fastest.
        """
        values: dict[str, Value] = {}
        for name, axis in reversed(list(self.axes.items())):
            assert axis.size is not None
            index, here = divmod(index, axis.size)
            values[name] = axis.at(here)
        return Candidate({"model": self.model, **values})

    def draw(self, seed: str) -> Candidate:
        """Return a combination drawn at random; each axis draws by itself, so that another axis does not disturb it."""
        # A string seed is hashed by SHA-512, hence the same in every process.
        values = {name: axis.draw(Random(f"{seed}:{name}")) for name, axis in self.axes.items()}
        return Candidate({"model": self.model, **values})


def parse_blocks(raw: Any, models: tuple[str, ...], finite: str | None = None) -> tuple[Block, ...]:
    """Return the blocks of ``params``, in the order of the file, then of the models; see :func:`parse_parts`."""
    return tuple(chain.from_iterable(parse_parts(raw, models, finite)))


def parse_parts(raw: Any, models: tuple[str, ...], finite: str | None = None) -> tuple[tuple[Block, ...], ...]:
    """Return the blocks of each object of ``params``, one a model, in the order of the file.

    Args:
        raw: An object, or a list of objects.
        models: The models of the file; an object with its own ``model`` overrides them.
        finite: Who takes no distributions, for the message; None takes them.

    Raises:
        SpaceError: Everything that is wrong, one problem a line.
    """
    if isinstance(raw, list) and not raw:
        raise SpaceError("must have at least one object", where="params", got="[]")
    found: list[tuple[Block, ...]] = []
    problems: list[SpaceError] = []
    for index, part in enumerate(raw if isinstance(raw, list) else [raw]):
        where = f"params[{index}]" if isinstance(raw, list) else "params"
        if not isinstance(part, Mapping):
            rule = "must be an object" if isinstance(raw, list) else "must be an object or a list of objects"
            problems.append(SpaceError(rule, where=where, got=shown(part)))
            continue
        try:
            found.append(_parse_object(part, models, finite, where))
        except SpaceError as error:
            problems.append(error)
    if problems:
        raise together(problems)
    return tuple(found)


def parse_models(raw: Any, where: str) -> tuple[str, ...]:
    """Return the models of a ``model`` axis: a name or a list of names.

    Raises:
        SpaceError: A name is unknown, or stands twice, or there is none; or it is a user's own model, for a file must
            not import code.
    """
    own = next((name for name in (raw if isinstance(raw, list | tuple) else [raw]) if names.is_own(name)), None)
    if own is not None:
        hint = f"give it on the command line: --model {own.partition('@')[0]}"
        raise SpaceError("a space file cannot name a model of your own", where=where, got=shown(own), hint=hint)
    axis = parse_axis(MODEL, raw, where)
    assert isinstance(axis, Choices)
    return tuple(str(value) for value in axis.values)


def _parse_object(raw: Mapping[str, Any], models: tuple[str, ...], finite: str | None, where: str) -> tuple[Block, ...]:
    if "model" in raw:
        if any(map(names.is_own, models)):
            raise SpaceError("must not name a model where --model does", where=f"{where}.model")
        models = parse_models(raw["model"], f"{where}.model")
    axes: dict[str, Axis] = {}
    problems: list[SpaceError] = []
    for name in sorted(raw):
        if name == "model":
            continue
        path = f"{where}.{name}"
        try:
            axis = parse_axis(check_taken(name, models, path), raw[name], path)
            drawn = endless(axis)
            if finite is not None and drawn is not None:
                raise SpaceError(
                    f"{finite} takes lists, lin_space or log_space, no distribution",
                    where=f"{path}.{drawn}",
                    hint="the random strategy draws from one",
                )
            axes[name] = axis
        except SpaceError as error:
            problems.append(error)
    if not problems:
        problems = contradictions(axes, where)
    if problems:
        raise together(problems)
    return tuple(Block(model, {n: axis for n, axis in axes.items() if takes(model, n)}) for model in models)


def contradictions(axes: Mapping[str, Axis], where: str) -> list[SpaceError]:
    """Return what :func:`kerasgrid.axes.parameters.resolve` would refuse in some candidate, whatever the task."""
    problems = []
    for name, parameter in PARAMETERS.items():
        beside = parameter.beside
        if beside is None or name not in axes or not _may_be_set(beside, axes[name]):
            continue
        if beside.other in axes:
            others = _values(axes[beside.other])
        else:
            others = (PARAMETERS[beside.other].default if beside.implied is None else beside.implied,)
        problem = beside.problem(others, f"{where}.{name}", beside.hint)
        if problem is not None:
            problems.append(problem)
    return problems


def _may_be_set(beside: Beside, axis: Axis) -> bool:
    return not isinstance(axis, Choices) or any(map(beside.is_set, axis.values))


def _values(axis: Axis) -> tuple[Value, ...]:
    return axis.values if isinstance(axis, Choices) else ()
