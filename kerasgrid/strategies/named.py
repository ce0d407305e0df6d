"""The strategies that name their candidates: ``one_factor``, a baseline varied axis by axis, and ``list``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.blocks import Block, Label, contradictions, parse_blocks, parse_models
from kerasgrid.axes.candidate import Candidate, Value, value_text
from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.parameters import check_taken, takes
from kerasgrid.axes.problems import CONFIG, together
from kerasgrid.errors import SpaceError

BASELINE = "baseline"
"""The name of the candidate that ``one_factor`` varies."""


class NamedCandidate(BaseModel):
    """One of the ``candidates`` of the strategy ``list``.

    Attributes:
        name: What it is called in every report.
        note: What changed, and why.
        params: Its values, one for each parameter; they come before those of the space's ``params``. It may have a
            ``model`` of its own.
    """

    model_config = CONFIG

    name: str = Field(min_length=1, max_length=100)
    note: str = Field("", max_length=500)
    params: dict[str, Any] = Field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return this as the file has it."""
        return self.model_dump(exclude_defaults=True)


def parse_strategy(
    params: Any,
    models: tuple[str, ...],
    strategy: str | None,
    baseline: Mapping[str, Any] | None,
    candidates: Sequence[NamedCandidate] | None,
) -> tuple[Block, ...]:
    """Return the blocks of a space; see :func:`kerasgrid.axes.blocks.parse_blocks` for ``grid`` and ``random``.

    ``one_factor`` and ``list`` have one block a candidate, in order, each with its label.

    Raises:
        SpaceError: Everything that is wrong, one problem a line.
    """
    if strategy is None:
        return parse_blocks(params, models, None)
    if baseline is not None and strategy != "one_factor":
        raise SpaceError("goes with the strategy one_factor only", where="baseline")
    if candidates is not None and strategy != "list":
        raise SpaceError("goes with the strategy list only", where="candidates")
    if strategy == "one_factor":
        return _one_factor(params, models, baseline or {})
    if strategy == "list":
        if candidates is None:
            raise SpaceError("is missing", where="candidates", hint="the strategy list tries these")
        if not candidates:
            raise SpaceError("must have at least one candidate", where="candidates", got="[]")
        return _listed(params, models, candidates)
    return parse_blocks(params, models, strategy)


def same_when_resolved(labels: Mapping[Candidate, Label], task: str) -> None:
    """Check that named candidates differ in more than in defaults that some write down.

    Raises:
        SpaceError: Two do not.
    """
    seen: dict[str, str] = {}
    for candidate, label in labels.items():
        key = candidate.resolved(task).canonical
        if key in seen:
            raise SpaceError(
                f"candidates must differ, with their defaults filled in {shown(label.name)} is {shown(seen[key])}",
                where="candidates",
            )
        seen[key] = label.name


def _one_factor(params: Any, models: tuple[str, ...], baseline: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return the baseline's block, and one for each value of each axis.

    In a list of objects, each has one axis, and its single values change together with it.
    """
    if len(models) > 1:
        hint = "compare models with the strategy grid or list"
        raise SpaceError("one_factor varies one model", where="model", got=shown(list(models)), hint=hint)
    given = _values(baseline, models, BASELINE)
    parts = params if isinstance(params, list) else [params]
    blocks = parse_blocks(params, models, "one_factor")
    first, varied, problems = dict(given), [], []
    for index, (part, block) in enumerate(zip(parts, blocks, strict=True)):
        where = f"params[{index}]" if isinstance(params, list) else "params"
        if "model" in part:
            raise SpaceError("one_factor has its model beside params", where=f"{where}.model")
        # The order of the file is what its author had in mind.
        values = {name: axis.values for name in part if isinstance(axis := block.axes[name], Choices)}
        if not isinstance(params, list):
            first = {name: choices[0] for name, choices in values.items()} | given
            together_with: dict[str, Value] = {}
            axes = list(values)
        else:
            axes = [name for name in values if len(values[name]) > 1] or list(values)[:1]
            together_with = {name: choices[0] for name, choices in values.items() if name not in axes}
            problems += _ill_grouped(axes, given, where)
        varied += [
            (name, value, {**together_with, name: value})
            for name in axes
            for value in values[name]
            if value != first.get(name)
        ]
    if problems:
        raise together(problems)
    if not varied:
        hint = "give an axis a list of values"
        raise SpaceError("one_factor needs an axis with another value than the baseline's", where="params", hint=hint)
    candidates = [(Label(BASELINE), first)]
    for name, value, changed in varied:
        others = [f"{other} {value_text(changed[other])}" for other in changed if other != name]
        note = f"with {', '.join(others)}" if others else ""
        candidates.append((Label(f"{name} {value_text(value)}", note, name), {**first, **changed}))
    return tuple(_blocks([(models[0], label, values, "params") for label, values in candidates]))


def _ill_grouped(axes: Sequence[str], baseline: Mapping[str, Value], where: str) -> list[SpaceError]:
    if len(axes) != 1:
        hint = "one object an axis; its single values change together with it"
        return [SpaceError("must have one axis", where=where, got=", ".join(axes) or "none", hint=hint)]
    if axes[0] not in baseline:
        return [SpaceError("must be in the baseline, too", where=f"{where}.{axes[0]}")]
    return []


def _listed(params: Any, models: tuple[str, ...], candidates: Sequence[NamedCandidate]) -> tuple[Block, ...]:
    if len(models) > 1:
        rule = "the strategy list has one model, and a candidate may have its own"
        raise SpaceError(rule, where="model", got=shown(list(models)), hint="write model into a candidate's params")
    if not isinstance(params, Mapping):
        raise SpaceError("must be an object of what the candidates share", where="params", got=shown(params))
    parts: list[tuple[str, Label, Mapping[str, Value], str]] = []
    problems: list[SpaceError] = []
    names: dict[str, int] = {}
    # A shared value may be for some of the models only.
    own_models = [candidate.params["model"] for candidate in candidates if "model" in candidate.params]
    every = (*models, *(model for model in own_models if isinstance(model, str)))
    try:
        shared = _values(params, every, "params")
    except SpaceError as error:
        problems.append(error)
        shared = {}
    for index, candidate in enumerate(candidates):
        where = f"candidates[{index}]"
        if candidate.name in names:
            problems.append(
                SpaceError("names must differ", where=f"{where}.name", got=f"{shown(candidate.name)} twice")
            )
        names.setdefault(candidate.name, index)
        try:
            own = dict(candidate.params)
            (model,) = _one_model(own.pop("model"), f"{where}.params.model") if "model" in own else models
            values = {name: value for name, value in shared.items() if takes(model, name)}
            values |= _values(own, (model,), f"{where}.params")
            parts.append((model, Label(candidate.name, candidate.note), values, where))
        except SpaceError as error:
            problems.append(error)
    if problems:
        raise together(problems)
    return tuple(_blocks(parts))


def _blocks(parts: Iterable[tuple[str, Label, Mapping[str, Value], str]]) -> list[Block]:
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
    return blocks


def _one_model(raw: Any, where: str) -> tuple[str, ...]:
    models = parse_models(raw, where)
    if len(models) > 1:
        raise SpaceError("must be one model", where=where, got=shown(raw))
    return models


def _values(raw: Mapping[str, Any], models: tuple[str, ...], where: str) -> dict[str, Value]:
    """Return one value for each parameter of an object."""
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
    if isinstance(raw, Mapping):
        raise SpaceError("must be one value", where=where, got=shown(raw), hint="axes go with the other strategies")
    if isinstance(raw, list | tuple) and len(raw) == 1 and (parameter.kind != "sizes" or isinstance(raw[0], list)):
        raw = raw[0]
    elif isinstance(raw, list | tuple) and (parameter.kind != "sizes" or any(isinstance(i, list) for i in raw)):
        raise SpaceError("must be one value", where=where, got=f"{len(raw)} of them")
    return parameter.normalise(raw, where)
