"""A space: a validated search-space file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic import ValidationInfo as Info

from kerasgrid.axes.axis import MAX_CANDIDATES, Choices
from kerasgrid.axes.blocks import Block, Label, parse_models
from kerasgrid.axes.candidate import Candidate, Value
from kerasgrid.axes.names import METRICS, TASKS, is_own
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.parameters import PARAMETERS, resolve
from kerasgrid.axes.problems import CONFIG, Location, carried, problems_of, together
from kerasgrid.errors import SpaceError
from kerasgrid.space.dataset_spec import MAX_SEED, DatasetSpec
from kerasgrid.strategies.named import NamedCandidate, parse_strategy, same_when_resolved

Metric = Literal["accuracy", "loss", "mse", "mae", "r2"]
Strategy = Literal["grid", "random", "one_factor", "list"]

DEFAULT_CV = 3
DEFAULT_TRIALS = 100
MAX_REPEATS = 1000

_NULLABLE = ("trials", "rounds", "cv", "validation_split", "metric", "baseline", "candidates", "curve_every")


class Space(BaseModel):
    """A search space: what to try, on which data, and how to compare.

    Attributes:
        name: Name of the search, and of its folder.
        description: What it is for.
        dataset: The data.
        model: One model or several.
        strategy: ``grid`` tries every combination, ``random`` draws ``trials`` of them, ``one_factor`` varies one axis
            at a time, ``list`` tries the ``candidates``.
        trials: How many candidates ``random`` draws; None for ``grid``.
        rounds: In how many rounds ``random`` draws them: each after the first draws around the best trials so far. None
            is one round.
        cv: Number of folds; None with ``validation_split``.
        validation_split: Share of the training examples held out, instead of folds.
        repeats: How often each candidate is trained on all folds: each repeat shuffles the folds anew, and has initial
            weights, batch orders and dropout masks of its own.
        metric: What to compare by; None leaves it to the task, see :meth:`metric_for`.
        seed: Seed of the draws, the folds and the fits.
        curve_every: Also record the training loss of every so many training steps; None records epochs only.
        baseline: For ``one_factor``: values that stand for all other axes while one is varied; an axis that is not in
            it has its first choice there.
        candidates: For ``list``: the named candidates, in the order to be shown in; ``params`` has what they share.
        params: The axes as the file has them; :attr:`blocks` has them parsed.
    """

    model_config = CONFIG

    name: str
    description: str = ""
    dataset: DatasetSpec
    model: str | tuple[str, ...] = "mlp"
    strategy: Strategy = "grid"
    trials: int | None = Field(None, ge=1, le=MAX_CANDIDATES)
    rounds: int | None = Field(None, ge=1)
    cv: int | None = Field(None, ge=2)
    validation_split: float | None = Field(None, gt=0, lt=1)
    repeats: int = Field(1, ge=1, le=MAX_REPEATS)
    metric: Metric | None = None
    seed: int = Field(0, ge=0, le=MAX_SEED)
    curve_every: int | None = Field(None, ge=1, le=1_000_000_000)
    baseline: dict[str, Any] | None = None
    candidates: tuple[NamedCandidate, ...] | None = None
    params: Any

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        filled = {key: value for key, value in data.items() if value is not None or key not in _NULLABLE}
        if "cv" not in filled and "validation_split" not in filled:
            filled["cv"] = DEFAULT_CV
        if filled.get("strategy") == "random":
            filled.setdefault("trials", DEFAULT_TRIALS)
        if filled.get("strategy") == "list":
            filled.setdefault("params", {})
        return filled

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
            rule = "must be letters, digits, - _ and ., a letter or digit first, at most 100 in all"
            raise carried([SpaceError(rule, where="name", got=shown(name))])
        return name

    @field_validator("dataset", mode="before")
    @classmethod
    def _name_dataset(cls, raw: Any) -> Any:
        if not isinstance(raw, str | Mapping | DatasetSpec):
            raise carried([SpaceError("must be a name or an object", where="dataset", got=shown(raw))])
        return {"name": raw} if isinstance(raw, str) else raw

    @field_validator("model", mode="before")
    @classmethod
    def _parse_model(cls, raw: Any, info: Info) -> str | tuple[str, ...]:
        if info.context is not None and raw == info.context:
            return str(raw)
        try:
            models = parse_models(raw, "model")
        except SpaceError as error:
            raise carried([error]) from None
        return models if isinstance(raw, list | tuple) else models[0]

    @field_validator("candidates", mode="before")
    @classmethod
    def _as_tuple_of_candidates(cls, raw: Any) -> Any:
        return tuple(raw) if isinstance(raw, list) else raw

    @field_validator("params", mode="before")
    @classmethod
    def _check_params(cls, raw: Any, info: Info) -> Any:
        plain = _plain(raw)
        if "model" not in info.data:  # it is wrong, and said to be
            return plain
        try:
            if {"baseline", "candidates"} <= info.data.keys():  # else they are wrong, and said to be
                parts = (info.data.get(key) for key in ("strategy", "baseline", "candidates"))
                parse_strategy(plain, _as_tuple(info.data["model"]), *parts)
        except SpaceError as error:
            raise carried([error]) from None
        return plain

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cv is not None and self.validation_split is not None:
            got = f"cv={self.cv}, validation_split={self.validation_split}"
            raise carried([SpaceError("must have either cv or validation_split", got=got)])
        if self.strategy != "random" and self.trials is not None:
            hint = "a grid tries every combination" if self.strategy == "grid" else None
            raise carried([SpaceError("goes with the random strategy only", where="trials", hint=hint)])
        if self.rounds is not None and self.strategy != "random":
            raise carried([SpaceError("goes with the random strategy only", where="rounds")])
        if self.rounds is not None and self.trials is not None and self.rounds > self.trials:
            rule = f"must be at most the number of trials, {self.trials}"
            raise carried([SpaceError(rule, where="rounds", got=str(self.rounds))])
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that some candidate has."""
        return tuple(dict.fromkeys(block.model for block in self.blocks))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model."""
        return parse_strategy(self.params, _as_tuple(self.model), self.strategy, self.baseline, self.candidates)

    @property
    def labels(self) -> dict[Candidate, Label]:
        """Name and note of each candidate, for ``one_factor`` and ``list``; empty for the other strategies."""
        return {block.at(0): block.label for block in self.blocks if block.label is not None}

    def metric_for(self, task: str) -> str:
        """Return the metric to compare by: the file's, or else accuracy for classes and mse for regression.

        Raises:
            SpaceError: The file's metric is not one of the task's.
        """
        if self.metric is None:
            return METRICS[task][0]
        if self.metric not in METRICS[task]:
            rule = f"must suit the task {task}"
            hint = "one of " + ", ".join(METRICS[task])
            raise SpaceError(rule, where="metric", got=shown(self.metric), hint=hint)
        return self.metric

    def check_task(self, task: str) -> None:
        """Check what can be checked only when the data is known: metric, losses and output activations.

        Raises:
            SpaceError: One of them does not suit the task, or the metric is a loss and there are several losses.
        """
        if task not in TASKS:
            raise ValueError(f"unknown task {task!r}")
        metric = self.metric_for(task)
        losses: dict[Value, None] = {}
        for block in self.blocks:
            for loss in _choices(block, "loss"):
                for output in _choices(block, "output_activation"):
                    given = {"model": block.model, "loss": loss, "output_activation": output}
                    set_ = {name: value for name, value in given.items() if value is not None}
                    losses[resolve(set_, task)["loss"]] = None
        same_when_resolved(self.labels, task)
        if metric == "loss" and len(losses) > 1:
            got = "the losses " + ", ".join(map(str, losses))
            hint = f"compare by {METRICS[task][0]}"
            raise SpaceError("losses of different kinds do not compare", where="metric", got=got, hint=hint)

    def changed(self, **changes: Any) -> Space:
        """Return a validated copy with some keys of the file changed; None removes a key.

        ``cv`` and ``validation_split`` replace each other; another strategy than ``random`` drops ``trials`` and
        ``rounds``, another than ``one_factor`` the ``baseline``.

        Raises:
            SpaceError: The changed space is not valid.
        """
        if changes.get("cv") is not None:
            changes.setdefault("validation_split", None)
        if changes.get("validation_split") is not None:
            changes.setdefault("cv", None)
        strategy = changes.get("strategy", self.strategy)
        for key, owner in (("trials", "random"), ("rounds", "random"), ("baseline", "one_factor")):
            if strategy != owner:
                changes.setdefault(key, None)
        merged = {**self.to_dict(), **changes}
        own = self.model if isinstance(self.model, str) and is_own(self.model) else None
        return space_from_dict({key: value for key, value in merged.items() if value is not None}, own_model=own)

    def to_dict(self) -> dict[str, Any]:
        """Return the file's document, defaults filled in; :func:`space_from_dict` takes it back."""
        values = self.model_dump(exclude={"dataset", "params", "candidates"}, exclude_none=True)
        if self.candidates is not None:
            values["candidates"] = [candidate.plain() for candidate in self.candidates]
        values |= {"model": list(self.model) if isinstance(self.model, tuple) else self.model}
        values |= {"dataset": self.dataset.plain(), "params": self.params}
        order = [key for key in type(self).model_fields if key in values and values[key] != ""]
        return {key: values[key] for key in order}

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON, indented by two blanks, with a newline at the end."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


def space_from_dict(data: Any, where: str | None = None, *, own_model: str | None = None) -> Space:
    """Return the space of a document that was read already.

    Args:
        data: What the JSON document holds.
        where: Its file, put before the places of messages.
        own_model: Full name of a user's own model, which replaces the document's; see :mod:`kerasgrid.models.named`.

    Raises:
        SpaceError: Everything that is wrong, one problem a line.
    """
    if not isinstance(data, Mapping):
        raise SpaceError("a space must be a JSON object", where=where, got=shown(data))
    known: dict[Location, tuple[str, ...]] = {
        (): tuple(Space.model_fields),
        ("dataset",): tuple(DatasetSpec.model_fields),
    }
    named = data.get("candidates")
    for index in range(len(named) if isinstance(named, list | tuple) else 0):
        known["candidates", index] = tuple(NamedCandidate.model_fields)
    try:
        if own_model is not None:
            return Space.model_validate({**data, "model": own_model}, context=own_model)
        return Space.model_validate(data)
    except ValidationError as error:
        problems = [_with_params_hint(problem) for problem in problems_of(error, known)]
        raise together(problems, where) from None
    except RecursionError:
        raise SpaceError("is nested too deeply", where=where) from None


def _with_params_hint(problem: SpaceError) -> SpaceError:
    if problem.rule == "unknown key" and problem.where in PARAMETERS:
        return SpaceError(problem.rule, where=problem.where, hint="a parameter goes into params")
    return problem


def _as_tuple(model: str | tuple[str, ...]) -> tuple[str, ...]:
    return (model,) if isinstance(model, str) else model


def _choices(block: Block, name: str) -> tuple[Value, ...]:
    axis = block.axes.get(name)
    return axis.values if isinstance(axis, Choices) else (None,)


def _plain(raw: Any) -> Any:
    """Return a copy in the types of JSON: tuples become lists, numpy scalars Python's."""
    if isinstance(raw, Mapping):
        return {str(key): _plain(value) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [_plain(item) for item in raw]
    return raw.item() if hasattr(raw, "item") and getattr(raw, "ndim", None) == 0 else raw
