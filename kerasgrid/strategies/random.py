"""The strategy ``random``: candidates drawn at random, all at once or in rounds from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from kerasgrid.axes.axis import MAX_CANDIDATES
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.problems import CONFIG, carried
from kerasgrid.axes.sampling import MAX_SEED, sample
from kerasgrid.errors import SpaceError
from kerasgrid.insight.narrow import narrowed
from kerasgrid.insight.ranking import Trial
from kerasgrid.strategies.different import different
from kerasgrid.strategies.strategy import Strategy

DEFAULT_TRIALS = 100


class RandomKeys(BaseModel):
    """How much to draw.

    Attributes:
        trials: How many candidates.
        rounds: In how many rounds: each after the first draws around the best trials so far. None is one round.
    """

    model_config = CONFIG

    trials: int = Field(DEFAULT_TRIALS, ge=1, le=MAX_CANDIDATES)
    rounds: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rounds is not None and self.rounds > self.trials:
            rule = f"must be at most the number of trials, {self.trials}"
            raise carried([SpaceError(rule, where="rounds", got=str(self.rounds))])
        return self


class Random(Strategy):
    """Candidates drawn from all combinations, see :func:`kerasgrid.axes.sampling.sample`.

    With rounds, the first draws from the space, each later one from the space narrowed to the best trials of all rounds
    before it, see :func:`kerasgrid.insight.narrow.narrowed`. A round is decided once every fit of the rounds before it
    has a result, of whatever status. A failed fit that is trained again with another end can change the rounds after
    its own.
    """

    keys: RandomKeys

    name: ClassVar[str] = "random"
    description: ClassVar[str] = "combinations drawn at random, at once or in rounds around the best so far"
    Keys: ClassVar[type[BaseModel]] = RandomKeys
    is_drawn: ClassVar[bool] = True
    is_raced: ClassVar[bool] = True

    @classmethod
    def title(cls) -> str:
        """What messages call it as the owner of a key."""
        return "the random strategy"

    @property
    def draws_alike(self) -> bool:
        """With rounds, those of each are drawn from elsewhere."""
        return self.n_batches == 1

    @property
    def n_asked(self) -> int:
        """How many candidates the file asks for; there may be fewer."""
        return self.keys.trials

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """How many candidates each round draws: as equal as can be, the larger ones first."""
        n_rounds = self.keys.rounds or 1
        share, rest = divmod(self.keys.trials, n_rounds)
        return tuple(share + (index < rest) for index in range(n_rounds))

    @property
    def tells_rounds(self) -> bool:
        """Whether the file asks for rounds, if only for one."""
        return self.keys.rounds is not None

    @property
    def narrowed_seed(self) -> int:
        """The next seed: with this one every draw would be at the same place of the new ranges, as in this run."""
        return (self.seed + 1) % (MAX_SEED + 1)

    @cached_property
    def first(self) -> tuple[Candidate, ...]:
        """The candidates of the first round, or all there are if there are fewer."""
        return sample(self.blocks, self.batch_sizes[0], self.seed)

    def next(self, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
        """Return the candidates of the next round that finds some.

        Earlier rounds are gone through again: each narrows what the one before it left.

        Raises:
            ValueError: There are rounds, and a trial does not say of which it is.
        """
        if not trials or self.n_batches == 1:
            return super().next(trials, task)
        round_of = {trial.candidate: trial.round for trial in trials if trial.round is not None}
        if len(round_of) < len(trials):
            raise ValueError("the trials of a search in rounds must say of which round they are")
        n_known, n_named, around = max(round_of.values()), 1, self
        for number, size in enumerate(self.batch_sizes[1:], start=2):
            before = [trial for trial in trials if round_of[trial.candidate] <= n_named]
            around = around._narrowed(before)
            taken = [trial.candidate for trial in before]
            drawn = sample(around.blocks, size + len(taken), f"{self.seed}:round {number}")
            found = different(drawn, task, taken)[:size]
            if found and n_named == n_known:
                return found
            n_named += bool(found)
        return ()

    def _narrowed(self, trials: Sequence[Trial]) -> Random:
        params = narrowed(self.params, self.parts, trials, names_models=len(self.models) > 1)
        return replace(self, params=params)
