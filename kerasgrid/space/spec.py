"""A space: a validated search-space file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, InstanceOf, ValidationError, field_validator, model_validator
from pydantic import ValidationInfo as Info
from pydantic.json_schema import SkipJsonSchema

from kerasgrid.axes.blocks import Block, Label, parse_models
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import TASKS, is_own
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.axes.problems import CONFIG, carried, first_key, nested_keys, problems_of, together
from kerasgrid.axes.sampling import MAX_SEED
from kerasgrid.errors import RunError, SpaceError
from kerasgrid.fits.metric import asked_for, choices_for
from kerasgrid.insight.narrow import narrowed
from kerasgrid.insight.ranges import TOP, top_trials
from kerasgrid.insight.ranking import Trial
from kerasgrid.space.baselines import baseline_names, baselines_written
from kerasgrid.space.dataset_spec import DatasetSpec, dataset_or_name
from kerasgrid.space.losses import why_losses_differ
from kerasgrid.space.metrics import check_suits, metric_name, metric_names, ranked_by
from kerasgrid.space.plain import LONGEST_NAME, NAME, name_in, plain
from kerasgrid.space.racing import race_name, race_written
from kerasgrid.space.sizes import size_or_default
from kerasgrid.strategies.different import check_labels
from kerasgrid.strategies.grid import Grid
from kerasgrid.strategies.reading import MISSING, is_long, read_strategy, strategies_keys, takes_no_params
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.table import STRATEGIES

DEFAULT_STRATEGY = Grid.name
DEFAULT_CV = 3
MAX_REPEATS = 1000
SUFFIX = "_narrow"
"""What the name of a narrower space ends with."""


class _Given(dict[str, Any]):
    """The keys of a file that are some strategy's; of this type so that no file can hold it."""


class Space(BaseModel):
    """A search space: what to try, on which data, and how to compare.

    Attributes:
        name: Name of the search, and of its folder.
        description: What it is for.
        dataset: The data.
        model: One model or several.
        strategy: Name of the strategy, which says what to try: a row of :data:`kerasgrid.strategies.table.STRATEGIES`.
        race: Name of the race, which says which fits are worth training: a row of
            :data:`kerasgrid.races.race.RACES`; None leaves it to the strategy, see :mod:`kerasgrid.space.racing`.
        cv: Number of folds; None with ``validation_split``.
        validation_split: Share of the training examples held out, instead of folds.
        repeats: How often each candidate is trained on all folds: each repeat shuffles the folds anew, and has initial
            weights, batch orders and dropout masks of its own.
        metric: What to compare by; None leaves it to the task, see :meth:`metric_for`.
        metrics: What to record besides.
        curve_metrics: What to record at each epoch, of what is computed from predictions.
        seed: Seed of the draws, the folds and the fits.
        curve_every: Also record the training loss of every so many training steps; None records epochs only.
        baselines: Names of simple models that are trained on the same folds, see :mod:`kerasgrid.space.baselines`.
        keep_states: How many bytes of the states that fits end with are kept in the run's folder, so that more epochs
            later go on from them; None for none. A file has ``true`` (2 GB) or a size such as ``"500 MB"``.
        confirm: How many new repeats the winner gets after the search, at most, beside the strategy's
            :attr:`~kerasgrid.strategies.strategy.Strategy.default`; None for none.
        ensemble: Whether the trials that cannot be told from the best are joined, where that pays.
        explain: Whether the best trial is looked at closer: its calibration, its columns, its worst predictions.
        params: The axes as the file has them; :attr:`blocks` has them parsed.
        tried: The strategy itself, with the keys of the file that are its own. The file has these beside the others.
    """

    model_config = CONFIG

    name: Annotated[str, NAME]
    description: str = ""
    dataset: Annotated[DatasetSpec, dataset_or_name()]
    model: str | tuple[str, ...] = "mlp"
    strategy: Annotated[str, name_in(lambda: STRATEGIES, "strategy")] = DEFAULT_STRATEGY
    race: Annotated[str | None, race_name()] = None
    cv: int | None = Field(None, ge=2)
    validation_split: float | None = Field(None, gt=0, lt=1)
    repeats: int = Field(1, ge=1, le=MAX_REPEATS)
    metric: Annotated[str, metric_name("metric")] | None = None
    metrics: Annotated[tuple[str, ...], metric_names("metrics")] = ()
    curve_metrics: Annotated[tuple[str, ...], metric_names("curve_metrics")] = ()
    seed: int = Field(0, ge=0, le=MAX_SEED)
    curve_every: int | None = Field(None, ge=1, le=1_000_000_000)
    baselines: Annotated[tuple[str, ...], baseline_names()] = ()
    keep_states: Annotated[int | None, size_or_default("keep_states")] = None
    confirm: int | None = Field(None, ge=1, le=MAX_REPEATS)
    ensemble: bool = False
    explain: bool = False
    params: Any
    tried: SkipJsonSchema[InstanceOf[Strategy]] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = strategies_keys()
        may_be_null = {key for key, field in cls.model_fields.items() if field.default in (None, ())}.union(known)
        filled = {key: value for key, value in data.items() if value is not None or key not in may_be_null}
        if "cv" not in filled and "validation_split" not in filled:
            filled["cv"] = DEFAULT_CV
        if takes_no_params(filled.get("strategy")):
            filled.setdefault("params", {})
        given = _Given({key: filled.pop(key) for key in known if key in filled})
        return {"tried": given, **filled}

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

    @field_validator("params", mode="before")
    @classmethod
    def _plain_params(cls, raw: Any) -> Any:
        return plain(raw)

    @field_validator("tried", mode="before")
    @classmethod
    def _make_strategy(cls, given: Any, info: Info) -> Any:
        if not isinstance(given, _Given):
            raise carried([SpaceError("unknown key", where="tried", hint=f"known are {', '.join(file_keys())}")])
        models = info.data.get("model")
        strategy, problems = read_strategy(
            info.data.get("strategy"),
            given,
            info.data.get("params", MISSING),
            (models,) if isinstance(models, str) else models,
            info.data.get("seed", 0),
        )
        if strategy is None:
            raise carried(problems)
        return strategy

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cv is not None and self.validation_split is not None:
            got = f"cv={self.cv}, validation_split={self.validation_split}"
            raise carried([SpaceError("must have either cv or validation_split", got=got)])
        if self.baselines and self.metric == "loss":
            raise carried([SpaceError("the loss is the networks' own", where="baselines", hint="name another metric")])
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that some candidate has."""
        return tuple(dict.fromkeys(block.model for block in self.blocks))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model; one block a candidate where candidates have names."""
        return self.tried.blocks

    @property
    def labels(self) -> Mapping[Candidate, Label]:
        """Name and note of each candidate; empty for a strategy that names none."""
        return self.tried.labels

    def metric_for(self, task: str) -> str:
        """Return the metric to compare by, see :func:`kerasgrid.space.metrics.ranked_by`."""
        return ranked_by(self.metric, task)

    def metrics_for(self, task: str) -> tuple[str, ...]:
        """Return the metrics that fits record besides those of the task, in alphabetical order."""
        return asked_for([self.metric_for(task), *self.metrics, *self.curve_metrics], task)

    def check_task(self, task: str) -> None:
        """Check what can be checked only when the data is known: metric, losses and output activations.

        Raises:
            SpaceError: One of them does not suit the task, or the metric is a loss and losses do not compare.
        """
        if task not in TASKS:
            raise ValueError(f"unknown task {task!r}")
        metric, differ = self.metric_for(task), why_losses_differ(self.blocks, task)
        check_suits(self.metrics, task, "metrics")
        check_suits(self.curve_metrics, task, "curve_metrics")
        check_labels(self.labels, task)
        if metric == "loss" and differ is not None:
            rule, got = differ
            raise SpaceError(rule, where="metric", got=got, hint=f"compare by {choices_for(task)[0]}")

    def changed(self, **changes: Any) -> Space:
        """Return a validated copy with some keys of the file changed; None removes a key.

        ``cv`` and ``validation_split`` replace each other; another strategy drops the keys of this one, unless they are
        all that there is to try.

        Raises:
            SpaceError: The changed space is not valid.
        """
        if changes.get("cv") is not None:
            changes.setdefault("validation_split", None)
        if changes.get("validation_split") is not None:
            changes.setdefault("cv", None)
        other = STRATEGIES.get(changes.get("strategy", self.strategy))
        if other is not None and not self.tried.takes_no_params:
            changes = {**dict.fromkeys(self.tried.Keys.model_fields.keys() - other.Keys.model_fields), **changes}
        merged = {**self.to_dict(), **changes}
        own = self.model if isinstance(self.model, str) and is_own(self.model) else None
        return space_from_dict({key: value for key, value in merged.items() if value is not None}, own_model=own)

    def narrowed(self, trials: Sequence[Trial], top: int = TOP) -> Space:
        """Return a space around the best trials, for the same data, model, folds and number of trials.

        Its name ends with ``_narrow``. A strategy that draws gets the next seed, so that folds are others, too.

        Args:
            trials: Best first. The strategy takes from all combinations of the axes.
            top: How many of the best count, see :func:`kerasgrid.insight.narrow.narrowed`.

        Raises:
            RunError: No trial has a score.
        """
        if not top_trials(trials, top):
            raise RunError("no trial has a score", where=self.name, hint="there is nothing to narrow the space to")
        asked = {"names_models": isinstance(self.model, tuple), "keeps_layers": True}
        return self.changed(
            name=f"{self.name[: LONGEST_NAME - len(SUFFIX)]}{SUFFIX}",
            params=narrowed(self.params, self.tried.parts, trials, top, **asked),
            seed=self.tried.narrowed_seed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the file's document, defaults filled in; :func:`space_from_dict` takes it back."""
        values = plain(self.model_dump(exclude={"dataset", "params", "tried"}, exclude_none=True))
        values |= plain(self.tried.keys.model_dump(exclude_none=True))
        values |= {"model": list(self.model) if isinstance(self.model, tuple) else self.model}
        values |= {"dataset": self.dataset.plain(), "params": self.params}
        values |= {"ensemble": self.ensemble or "", "explain": self.explain or ""}
        if self.race is not None:
            values["race"] = race_written(self.race)
        values["baselines"] = baselines_written(self.baselines)
        return {key: values[key] for key in file_keys() if key in values and values[key] not in ("", [])}

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
    try:
        if own_model is not None:
            return Space.model_validate({**data, "model": own_model}, context=own_model)
        return Space.model_validate(data)
    except ValidationError as error:
        keys = file_keys()
        known = {**nested_keys(error, Space), (): keys}
        problems = [_with_params_hint(problem) for problem in problems_of(error, known)]
        # In the order of a file, as far as a problem has one place; unknown keys come last.
        problems.sort(key=lambda problem: keys.index(key) if (key := first_key(problem)) in keys else len(keys))
        raise together(problems, where) from None
    except RecursionError:
        raise SpaceError("is nested too deeply", where=where) from None


def file_keys() -> tuple[str, ...]:
    """Return every key that a file may have, in the order of a file: what is long stands at its end."""
    keys = [key for key in Space.model_fields if key != "tried"]
    short = [key for key, field in strategies_keys().items() if not is_long(field)]
    long = [key for key, field in strategies_keys().items() if is_long(field)]
    after_strategy, end = keys.index("strategy") + 1, keys.index("params")
    return (*keys[:after_strategy], *short, *keys[after_strategy:end], *long, *keys[end:])


def _with_params_hint(problem: SpaceError) -> SpaceError:
    if problem.rule == "unknown key" and problem.where in PARAMETERS:
        return SpaceError(problem.rule, where=problem.where, hint="a parameter goes into params")
    return problem
