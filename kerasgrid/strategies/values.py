"""Named candidates: objects of one value for each parameter, which become blocks of one candidate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import WithJsonSchema

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.blocks import Block, Label, contradictions
from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.parameters import check_taken
from kerasgrid.axes.problems import together
from kerasgrid.errors import SpaceError

VALUES = "one value for each parameter"
MODEL_AND_VALUES = "a model, and one value for each parameter"

# The space's JSON Schema has what stands for these comments.
Values = Annotated[dict[str, Any], WithJsonSchema({"$comment": VALUES})]
"""A key of a strategy: one value for each parameter."""

ModelAndValues = Annotated[dict[str, Any], WithJsonSchema({"$comment": MODEL_AND_VALUES})]
"""A key of a strategy: one value for each parameter, and perhaps a model."""

NamedValues = tuple[str, Label, Mapping[str, Value], str]
"""The model of a named candidate, what it is called, its values, and its place in the file."""


def named_blocks(parts: Iterable[NamedValues]) -> tuple[Block, ...]:
    """Return a block for each named candidate, in their order.

    Raises:
        SpaceError: Two have the same values, or those of one contradict each other; one problem a line.
    """
    blocks: list[Block] = []
    seen: dict[Candidate, Label] = {}
    problems: dict[str, SpaceError] = {}
    for model, label, values, where in parts:
        block = Block(model, {name: Choices((values[name],)) for name in sorted(values)}, label)
        for problem in contradictions(block.axes, where):
            problems.setdefault(str(problem), SpaceError(problem.rule, where=problem.where, got=problem.got))
        other = seen.setdefault(block.at(0), label)
        if other is not label:
            problem = SpaceError(f"must differ from {shown(other.name)}, it has the same values", where=where)
            problems.setdefault(str(problem), problem)
        blocks.append(block)
    if problems:
        raise together(list(problems.values()))
    return tuple(blocks)


def one_value_each(raw: Mapping[str, Any], models: tuple[str, ...], where: str) -> dict[str, Value]:
    """Return one value for each parameter of an object.

    Args:
        raw: The object as the file has it.
        models: Of which one takes each parameter, at least.
        where: Its place in the file.

    Raises:
        SpaceError: Everything that is wrong, one problem a line.
    """
    values: dict[str, Value] = {}
    problems: list[SpaceError] = []
    for name, item in raw.items():
        path = f"{where}.{name}"
        try:
            if name == "model":
                raise SpaceError("stands beside params, not here", where=path)
            values[name] = _one_value(check_taken(name, models, path), item, path)
        except SpaceError as error:
            problems.append(error)
    if problems:
        raise together(problems)
    return values


def _one_value(parameter: Parameter, raw: Any, where: str) -> Value:
    """Return a single value; a list of one choice, as an axis would have it, is that choice."""
    if isinstance(raw, Mapping) and parameter.form is None:
        raise SpaceError("must be one value", where=where, got=shown(raw), hint="axes go with the other strategies")
    if isinstance(raw, list | tuple) and len(raw) == 1 and (parameter.kind != "sizes" or isinstance(raw[0], list)):
        raw = raw[0]
    elif isinstance(raw, list | tuple) and (parameter.kind != "sizes" or any(isinstance(i, list) for i in raw)):
        raise SpaceError("must be one value", where=where, got=f"{len(raw)} of them")
    return parameter.normalise(raw, where)
