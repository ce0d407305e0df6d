"""What strategies that learn share: a start, then rounds of a few candidates each, named by the results before."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, Field, field_validator

from kerasgrid.axes.axis import MAX_CANDIDATES, Axis, Choices, DepthWidth
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import CONFIG, carried, together
from kerasgrid.axes.sampling import sample
from kerasgrid.errors import SpaceError
from kerasgrid.insight.ranking import Trial
from kerasgrid.strategies.different import different
from kerasgrid.strategies.moves import evenly, middle
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.values import ModelAndValues, one_value_each
from kerasgrid.system.words import counted

DEFAULT_TRIALS = 60

_FEWEST_AT_FIRST = 8
_AT_FIRST_PER_AXIS = 2


class LearningKeys(BaseModel):
    """How much to try, and from where.

    Attributes:
        trials: How many candidates in all.
        per_round: How many are named at a time, by what is known then: with fewer more is learnt from each, with more
            fewer processes wait for the others.
        start: The first candidates: so many, evenly spread over the space; or these, an object of values each, where
            an axis that it leaves out has its first choice or the middle of its range. They may be beyond the axes.
            None: 8, or 2 for each axis if that is more.
    """

    model_config = CONFIG

    trials: int = Field(DEFAULT_TRIALS, ge=1, le=MAX_CANDIDATES)
    per_round: int = Field(4, ge=1, le=1000)
    start: int | tuple[ModelAndValues, ...] | None = None

    @field_validator("start", mode="before")
    @classmethod
    def _check_start(cls, raw: Any) -> Any:
        is_number = isinstance(raw, int) and not isinstance(raw, bool) and raw >= 1
        is_list = isinstance(raw, list | tuple) and raw and all(isinstance(part, Mapping) for part in raw)
        if raw is None or is_number:
            return raw
        if is_list:
            return tuple(dict(part) for part in raw)
        rule = "must be a whole number of at least 1, or a list of objects of one value for each parameter"
        raise carried([SpaceError(rule, where="start", got=shown(raw))])


@dataclass(frozen=True)
class Known:
    """What a round is decided by.

    Attributes:
        trials: All so far, those with a mean first, best first.
        values: The mean of each, made so that greater is better; of those without one, that of the worst.
        number: Of the round, counted from 2.
        n: How many candidates to name, at most.
        task: What is predicted.
    """

    trials: tuple[Trial, ...]
    values: tuple[float, ...]
    number: int
    n: int
    task: str

    @property
    def candidates(self) -> list[Candidate]:
        """The candidates of the trials."""
        return [trial.candidate for trial in self.trials]


class Learning(Strategy):
    """Starts with candidates spread evenly over the space, or with given ones, and goes on in rounds.

    A round is decided once every fit of the rounds before it has a result, from these results alone.
    """

    keys: LearningKeys

    Keys: ClassVar[type[BaseModel]] = LearningKeys
    lacks: ClassVar[Mapping[str, str]] = MappingProxyType({"rounds": "per_round says how many candidates a round has"})
    is_drawn: ClassVar[bool] = True
    is_remembered: ClassVar[bool] = True
    is_raced: ClassVar[bool] = True

    @property
    def n_asked(self) -> int:
        """How many candidates the file asks for; there may be fewer."""
        return self.keys.trials

    @property
    def note(self) -> str:
        """Says that a start is longer than all that is to be tried."""
        start = self.keys.start
        n = len(set(self._started(self.blocks, start))) if isinstance(start, tuple) else 0
        if n <= self.keys.trials:
            return ""
        return f"start has {counted(n, 'candidate')}, trials is {self.keys.trials:,}: the others are not tried"

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """How many candidates the start and each round after it have."""
        n_first = min(self._n_first, self.keys.trials)
        rounds, rest = divmod(self.keys.trials - n_first, self.keys.per_round)
        return (n_first, *([self.keys.per_round] * rounds), *([rest] if rest else []))

    @property
    def tells_rounds(self) -> bool:
        """Always: the first ones were not chosen by anything."""
        return True

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model.

        Raises:
            SpaceError: Everything that is wrong with ``params`` or ``start``, one problem a line.
        """
        blocks = super().blocks
        if isinstance(self.keys.start, tuple):
            self._started(blocks, self.keys.start)
        return blocks

    @cached_property
    def first(self) -> tuple[Candidate, ...]:
        """The candidates of the start, or all there are if there are fewer."""
        n = self.batch_sizes[0]
        if isinstance(self.keys.start, tuple):
            return tuple(dict.fromkeys(self._started(self.blocks, self.keys.start)))[:n]
        return evenly(self.blocks, n, self.seed)

    @property
    def default(self) -> Candidate | None:
        """The first of the candidates that the start was given; None of one that is spread evenly."""
        return self.first[0] if isinstance(self.keys.start, tuple) else None

    def next(self, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
        """Return the candidates of the next round; those that mean the same as earlier ones are replaced by others.

        Raises:
            SpaceError: One does not suit the task.
            ValueError: A trial does not say of which round it is.
        """
        if not trials:
            return super().next(trials, task)
        rounds = [trial.round for trial in trials if trial.round is not None]
        if len(rounds) < len(trials):
            raise ValueError("the trials of a search in rounds must say of which round they are")
        number, n = max(rounds) + 1, min(self.keys.per_round, self.keys.trials - len(trials))
        taken = [trial.candidate for trial in trials]
        if n < 1 or number > self.n_batches:
            return ()
        if not different(self._others(number, len(taken) + 1), task, taken):
            return ()  # all there are were tried
        known = Known(*_by_value(trials), number, n, task)
        found = different(self.chosen(known), task, taken)[:n]
        if len(found) < n:
            more = self._others(number, n + len(taken))
            found = (*found, *different(more, task, [*taken, *found]))[:n]
        return found

    @abstractmethod
    def chosen(self, known: Known) -> Sequence[Candidate]:
        """Return candidates to try next, the most promising first; there may be more than asked for, and old ones."""

    @property
    def _n_first(self) -> int:
        start = self.keys.start
        if isinstance(start, tuple):
            return len(start)
        n_axes = max(sum(axis.size != 1 for axis in block.axes.values()) for block in self.blocks)
        return start or max(_FEWEST_AT_FIRST, _AT_FIRST_PER_AXIS * n_axes)

    def _others(self, number: int, n: int) -> tuple[Candidate, ...]:
        return sample(self.blocks, n, f"{self.seed}:others {number}")

    def _started(self, blocks: Sequence[Block], start: Sequence[Mapping[str, Any]]) -> list[Candidate]:
        found: list[Candidate] = []
        problems: list[SpaceError] = []
        for index, given in enumerate(start):
            try:
                found.append(_completed(dict(given), blocks, f"start[{index}]"))
            except SpaceError as error:
                problems.append(error)
        if problems:
            raise together(problems)
        return found


def _completed(given: dict[str, Any], blocks: Sequence[Block], where: str) -> Candidate:
    model = str(given.pop("model", blocks[0].model))
    values = one_value_each(given, (model,), where)
    block = next((b for b in blocks if b.model == model and values.keys() <= b.axes.keys()), None)
    if block is None:
        unknown = sorted(name for name in values if all(name not in b.axes for b in blocks if b.model == model))
        got = ", ".join(unknown) if unknown else f"model {model}"
        raise SpaceError("must have axes of the space alone", where=where, got=got, hint="params says which there are")
    rest = {name: _usual(axis) for name, axis in block.axes.items() if name not in values}
    return Candidate({"model": model, **rest, **values})


def _usual(axis: Axis) -> Any:
    if isinstance(axis, DepthWidth):
        return axis.sizes(**{name: _usual(part) for name, part in axis.parts.items()})
    return axis.values[0] if isinstance(axis, Choices) else middle(axis)


def _by_value(trials: Sequence[Trial]) -> tuple[tuple[Trial, ...], tuple[float, ...]]:
    """Return the trials, those with a mean first, and their means in such a sign that greater is better."""
    there = [trial for trial in trials if trial.mean is not None]
    means = [trial.mean for trial in there if trial.mean is not None]
    # They come best first; a confirmed one may stand before a better one.
    sign = 1.0 if not means or means[0] >= means[-1] else -1.0
    values = [sign * mean for mean in means]
    lost = [trial for trial in trials if trial.mean is None]
    return (*there, *lost), (*values, *[min(values, default=0.0)] * len(lost))
