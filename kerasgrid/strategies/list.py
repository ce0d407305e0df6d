"""The strategy ``list``: candidates that have names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel, Field, field_validator, model_serializer

from kerasgrid.axes.blocks import Block, Label, parse_models
from kerasgrid.axes.candidate import Value
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.parameters import takes
from kerasgrid.axes.problems import CONFIG, together
from kerasgrid.errors import SpaceError
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.values import ModelAndValues, NamedValues, named_blocks, one_value_each


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
    params: ModelAndValues = Field(default_factory=dict)

    @model_serializer
    def _plain(self) -> dict[str, Any]:
        """Return this as the file has it: what is empty is left out."""
        given = {"name": self.name, "note": self.note, "params": self.params}
        return {key: value for key, value in given.items() if value}


class ListKeys(BaseModel):
    """What is tried.

    Attributes:
        candidates: The named candidates, in the order to be shown in; ``params`` has what they share.
    """

    model_config = CONFIG

    candidates: tuple[NamedCandidate, ...] | None = Field(None, json_schema_extra={"minItems": 1})

    @field_validator("candidates", mode="before")
    @classmethod
    def _as_tuple(cls, raw: Any) -> Any:
        return tuple(raw) if isinstance(raw, list) else raw


class NamedList(Strategy):
    """Candidates in their order, each with its name: a story that reports tell in this order."""

    keys: ListKeys

    name: ClassVar[str] = "list"
    description: ClassVar[str] = "candidates that have names, in their order"
    Keys: ClassVar[type[BaseModel]] = ListKeys
    takes_distributions: ClassVar[bool] = False
    takes_no_params: ClassVar[bool] = True
    is_ordered: ClassVar[bool] = True

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """One block a candidate, in order, each with its label.

        Raises:
            SpaceError: Everything that is wrong, one problem a line.
        """
        self._check()
        named: list[NamedValues] = []
        problems: list[SpaceError] = []
        shared: dict[str, Value] = {}
        try:
            shared = one_value_each(self.params, self._every_model(), "params")
        except SpaceError as error:
            problems.append(error)
        names: set[str] = set()
        for index, candidate in enumerate(self.keys.candidates or ()):
            where = f"candidates[{index}]"
            if candidate.name in names:
                got = f"{shown(candidate.name)} twice"
                problems.append(SpaceError("names must differ", where=f"{where}.name", got=got))
            names.add(candidate.name)
            try:
                named.append(self._named(candidate, shared, where))
            except SpaceError as error:
                problems.append(error)
        if problems:
            raise together(problems)
        return named_blocks(named)

    def _check(self) -> None:
        if self.keys.candidates is None:
            raise SpaceError("is missing", where="candidates", hint="the strategy list tries these")
        if not self.keys.candidates:
            raise SpaceError("must have at least one candidate", where="candidates", got="[]")
        if len(self.models) > 1:
            rule = "the strategy list has one model, and a candidate may have its own"
            hint = "write model into a candidate's params"
            raise SpaceError(rule, where="model", got=shown(list(self.models)), hint=hint)
        if not isinstance(self.params, Mapping):
            rule = "must be an object of what the candidates share"
            raise SpaceError(rule, where="params", got=shown(self.params))

    def _every_model(self) -> tuple[str, ...]:
        """Return the models of all candidates: a shared value may be for some of them only."""
        own = [candidate.params.get("model") for candidate in self.keys.candidates or ()]
        return (*self.models, *(model for model in own if isinstance(model, str)))

    def _named(self, candidate: NamedCandidate, shared: Mapping[str, Value], where: str) -> NamedValues:
        own = dict(candidate.params)
        model = _one_model(own.pop("model"), f"{where}.params.model") if "model" in own else self.models[0]
        taken = [name for name in shared if takes(model, name)]
        values = {name: shared[name] for name in taken}
        values |= one_value_each(own, (model,), f"{where}.params")
        return model, Label(candidate.name, candidate.note), values, where


def _one_model(raw: Any, where: str) -> str:
    models = parse_models(raw, where)
    if len(models) > 1:
        raise SpaceError("must be one model", where=where, got=shown(raw))
    return models[0]
