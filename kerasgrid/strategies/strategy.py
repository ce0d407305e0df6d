"""The socket of strategies: what a strategy is."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel

from kerasgrid.axes.axis import MAX_CANDIDATES
from kerasgrid.axes.blocks import Block, Label, parse_parts
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.problems import CONFIG
from kerasgrid.errors import SpaceError
from kerasgrid.insight.ranking import Trial
from kerasgrid.strategies.different import different


class NoKeys(BaseModel):
    """The keys of a strategy that has none."""

    model_config = CONFIG


@dataclass(frozen=True)
class Strategy(ABC):
    """Says which candidates to try next, from the results so far alone.

    A strategy holds what a space file says, and nothing else: no random state, no results. So it can be asked again at
    any moment, and says the same of the same results.

    One that names all of its candidates at once says which by :attr:`first`, or by its :attr:`blocks` alone. One that
    looks at results has its own :meth:`next` and :attr:`batch_sizes`, too.

    Attributes:
        keys: The space file's keys that are the strategy's own, validated by :attr:`Keys`.
        params: The axes as the file has them.
        models: The models of the file.
        seed: Seed of the run.

    Class attributes:
        name: As in a space file.
        description: One line, for people: what it tries.
        Keys: The keys of the space file that are its own. Each has a default, and ``null`` stands for it in the file.
            A model that finds a key wrong raises :func:`kerasgrid.axes.problems.carried`.
        lacks: Keys of other strategies that people may look for here, and why there are none.
        takes_distributions: Whether axes may be distributions, rather than finitely many values.
        takes_no_params: Whether a file may do without ``params``, since the strategy's keys say what to try.
        is_ordered: Whether its candidates tell a story, so that tables show them in its order.
        is_remembered: Whether a run keeps what it named, since to name it again takes time.
        is_raced: Whether candidates that cannot win any more are trained no further, unless the file says otherwise.
        is_drawn: Whether it takes from all combinations of the axes: such a space can be narrowed, and be made random.
    """

    keys: Any
    params: Any
    models: tuple[str, ...]
    seed: int = 0

    name: ClassVar[str]
    description: ClassVar[str]
    Keys: ClassVar[type[BaseModel]] = NoKeys
    lacks: ClassVar[Mapping[str, str]] = MappingProxyType({})
    takes_distributions: ClassVar[bool] = True
    takes_no_params: ClassVar[bool] = False
    is_ordered: ClassVar[bool] = False
    is_drawn: ClassVar[bool] = False
    is_remembered: ClassVar[bool] = False
    is_raced: ClassVar[bool] = False

    @classmethod
    def title(cls) -> str:
        """What messages call it as the owner of a key."""
        return f"the strategy {cls.name}"

    @cached_property
    def parts(self) -> tuple[tuple[Block, ...], ...]:
        """The blocks of each object of ``params``.

        Raises:
            SpaceError: Everything that is wrong with ``params``, one problem a line.
        """
        return parse_parts(self.params, self.models, None if self.takes_distributions else self.name)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The axes of each object of ``params`` for each model.

        Raises:
            SpaceError: Everything that is wrong with ``params``, one problem a line.
        """
        return tuple(chain.from_iterable(self.parts))

    @property
    def labels(self) -> dict[Candidate, Label]:
        """Name and note of each candidate that has some."""
        return {block.at(0): block.label for block in self.blocks if block.label is not None}

    @property
    def baseline(self) -> Candidate | None:
        """The candidate that the others are held against, if there is one."""
        return None

    @property
    def default(self) -> Candidate | None:
        """The candidate that stands for no search, which a confirmed winner is held against; None without one."""
        return self.baseline

    @property
    def draws_alike(self) -> bool:
        """Whether its candidates are independent draws, whatever the results: so those tried tell of those to come."""
        return False

    @property
    def n_asked(self) -> int | None:
        """How many candidates the file asks for, if it does; there may be fewer."""
        return None

    @property
    def note(self) -> str:
        """What people may overlook in a file that is valid; empty if there is nothing."""
        return ""

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """How many candidates each batch names, at most, without making any."""
        return (sum(block.size or 0 for block in self.blocks),)

    @property
    def n_candidates(self) -> int:
        """How many candidates it will name in all, at most."""
        return sum(self.batch_sizes)

    @property
    def n_batches(self) -> int:
        """In how many batches it names them, at most."""
        return len(self.batch_sizes)

    def n_undecided(self, n_named: int) -> int:
        """Return how many candidates the batches after so many will name, at most."""
        return sum(self.batch_sizes[n_named:])

    @property
    def tells_rounds(self) -> bool:
        """Whether reports say of each trial which batch named it."""
        return self.n_batches > 1

    @property
    def narrowed_seed(self) -> int:
        """The seed of a run that goes on with narrower axes, if the file has a seed for this one."""
        return self.seed

    @cached_property
    def first(self) -> tuple[Candidate, ...]:
        """The candidates of the first batch, for which no result is needed; some may mean the same.

        Unless a strategy says otherwise, every combination of the axes: in the order of scikit-learn's
        ``ParameterGrid``, object by object of ``params``, and model by model in each.

        Raises:
            SpaceError: There are more than 100,000.
        """
        size = self.n_candidates
        if size > MAX_CANDIDATES:
            rule = f"the grid has {size:,} candidates, more than {MAX_CANDIDATES:,}"
            raise SpaceError(rule, where="params", hint="take fewer values, or the random strategy")
        every = [block.at(index) for block in self.blocks for index in range(block.size or 0)]
        # One block alone repeats nothing, and hashing every candidate would take most of the time.
        return tuple(every) if len(self.blocks) == 1 else tuple(dict.fromkeys(every))

    def next(self, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
        """Return the candidates to try next; none if there is nothing more to try.

        No two of them, and none of those before, mean the same, see :func:`kerasgrid.strategies.different.meaning`.

        Args:
            trials: Of all candidates so far, best first; each of their fits has a result, of whatever status, unless a
                race found it not worth training. With several batches, ``round`` says which named them, from 1.
            task: ``classification`` or ``regression``.

        Raises:
            SpaceError: There are too many, or one does not suit the task.
        """
        return () if trials else different(self.first, task)
