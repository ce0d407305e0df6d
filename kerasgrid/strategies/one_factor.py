"""The strategy ``one_factor``: a baseline, varied one axis at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel

from kerasgrid.axes.blocks import Block, Label
from kerasgrid.axes.candidate import Candidate, Value, value_text
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import CONFIG, together
from kerasgrid.errors import SpaceError
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.values import Values, named_blocks, one_value_each

BASELINE = "baseline"
"""The name of the candidate that is varied."""


_Values = dict[str, Value]

_Change = tuple[str, _Values]
"""The axis that is varied, and its value together with those that go with it."""


class OneFactorKeys(BaseModel):
    """What is varied.

    Attributes:
        baseline: Values that stand for all other axes while one is varied; an axis that is not in it has its first
            choice there.
    """

    model_config = CONFIG

    baseline: Values | None = None


class OneFactor(Strategy):
    """A baseline, and one candidate for each other value of each axis.

    In a list of objects, each has one axis, and its single values change together with it.
    """

    keys: OneFactorKeys

    name: ClassVar[str] = "one_factor"
    description: ClassVar[str] = "a baseline, varied one axis at a time"
    Keys: ClassVar[type[BaseModel]] = OneFactorKeys
    takes_distributions: ClassVar[bool] = False

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """One block a candidate, the baseline's first, each with its label.

        Raises:
            SpaceError: Everything that is wrong, one problem a line.
        """
        if len(self.models) > 1:
            hint = "compare models with the strategy grid or list"
            raise SpaceError("one_factor varies one model", where="model", got=shown(list(self.models)), hint=hint)
        given = one_value_each(self.keys.baseline or {}, self.models, BASELINE)
        first, changes = self._grouped(given) if isinstance(self.params, list) else self._each_by_itself(given)
        if not changes:
            hint = "give an axis a list of values"
            rule = "one_factor needs an axis with another value than the baseline's"
            raise SpaceError(rule, where="params", hint=hint)
        named = [(Label(BASELINE), first), *((_label(*change), {**first, **change[1]}) for change in changes)]
        return named_blocks([(self.models[0], label, values, "params") for label, values in named])

    @property
    def baseline(self) -> Candidate:
        """The candidate that is varied."""
        return self.blocks[0].at(0)

    def _each_by_itself(self, given: Mapping[str, Value]) -> tuple[_Values, list[_Change]]:
        """Return the baseline's values and the changes of one object: each axis is varied alone."""
        axes = _choices(self.params, self.parts[0], "params")
        first = {**{name: values[0] for name, values in axes.items()}, **given}
        return first, [(name, {name: value}) for name in axes for value in axes[name] if value != first[name]]

    def _grouped(self, given: Mapping[str, Value]) -> tuple[_Values, list[_Change]]:
        """Return the baseline's values and the changes of several objects: each has one axis, and what goes with it."""
        changes: list[_Change] = []
        problems: list[SpaceError] = []
        for index, (part, blocks) in enumerate(zip(self.params, self.parts, strict=True)):
            where = f"params[{index}]"
            values = _choices(part, blocks, where)
            axes = [name for name in values if len(values[name]) > 1] or list(values)[:1]
            problems += _ill_grouped(axes, given, where)
            others = {name: choices[0] for name, choices in values.items() if name not in axes}
            changes += [
                (name, {**others, name: value}) for name in axes for value in values[name] if value != given.get(name)
            ]
        if problems:
            raise together(problems)
        return dict(given), changes


def _choices(part: Mapping[str, Any], blocks: Sequence[Block], where: str) -> dict[str, tuple[Value, ...]]:
    """Return the values of each axis of an object, in the order of the file: that is what its author had in mind."""
    if "model" in part:
        raise SpaceError("one_factor has its model beside params", where=f"{where}.model")
    axes = {name: blocks[0].axes[name] for name in part}
    return {name: tuple(axis.at(index) for index in range(axis.size or 0)) for name, axis in axes.items()}


def _label(name: str, changed: Mapping[str, Value]) -> Label:
    others = [f"{other} {value_text(changed[other])}" for other in changed if other != name]
    note = f"with {', '.join(others)}" if others else ""
    return Label(f"{name} {value_text(changed[name])}", note, name)


def _ill_grouped(axes: Sequence[str], baseline: Mapping[str, Value], where: str) -> list[SpaceError]:
    if len(axes) != 1:
        hint = "one object an axis; its single values change together with it"
        return [SpaceError("must have one axis", where=where, got=", ".join(axes) or "none", hint=hint)]
    if axes[0] not in baseline:
        return [SpaceError("must be in the baseline, too", where=f"{where}.{axes[0]}")]
    return []
