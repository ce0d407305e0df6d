"""The socket of strategies: what a strategy is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel

from kerasgrid.axes.blocks import Block, Label, parse_blocks
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.problems import CONFIG
from kerasgrid.insight.ranking import Trial


class NoKeys(BaseModel):
    """The keys of a strategy that has none."""

    model_config = CONFIG


@dataclass(frozen=True)
class Strategy(ABC):
    """Says which candidates to try next, from the results so far alone.

    A strategy holds what a space file says, and nothing else: no random state, no results. So it can be asked again at
    any moment, and says the same of the same results.

    Attributes:
        keys: The space file's keys that are the strategy's own, validated by :attr:`Keys`.
        params: The axes as the file has them.
        models: The models of the file.
        seed: Seed of the run.

    Class attributes:
        name: As in a space file.
        description: One line, for people: what it tries.
        Keys: The keys of the space file that are its own; each has a description.
        takes_distributions: Whether axes may be distributions, rather than finitely many values.
        is_ordered: Whether its candidates tell a story, so that tables show them in its order.
        is_drawn: Whether it draws from all combinations of the axes: such a space can be narrowed, and be made random.
    """

    keys: Any
    params: Any
    models: tuple[str, ...]
    seed: int = 0

    name: ClassVar[str]
    description: ClassVar[str]
    Keys: ClassVar[type[BaseModel]] = NoKeys
    takes_distributions: ClassVar[bool] = True
    is_ordered: ClassVar[bool] = False
    is_drawn: ClassVar[bool] = False

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model.

        Raises:
            SpaceError: Everything that is wrong with ``params``, one problem a line.
        """
        return parse_blocks(self.params, self.models, self)

    @property
    def labels(self) -> Mapping[Candidate, Label]:
        """Name and note of each candidate that has some."""
        return {block.at(0): block.label for block in self.blocks if block.label is not None}

    @property
    def baseline(self) -> Candidate | None:
        """The candidate that the others are held against, if there is one."""
        return None

    @property
    def n_candidates(self) -> int:
        """How many candidates it will name in all; an upper bound where results decide."""
        return len(self.next((), "classification"))

    @property
    def n_batches(self) -> int:
        """In how many batches it names them."""
        return 1

    @abstractmethod
    def next(self, trials: Sequence[Trial], task: str) -> Sequence[Candidate]:
        """Return the candidates to try next, all different from those before; none if there is nothing more to try.

        Args:
            trials: Of all candidates so far, best first; each of their fits has a result, of whatever status, unless a
                race found it not worth training. Their ``round`` says in which batch they were named, from 1.
            task: ``classification`` or ``regression``.
        """
