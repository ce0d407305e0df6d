"""What a plan keeps of splits that the data gives, so that it can be rebuilt from a store without the data."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.data.given import given_by

_FACT = "splits"


@dataclass(frozen=True, slots=True)
class GivenSplits:
    """How the data is split, where it says so itself.

    Attributes:
        by: What it is split by, see :data:`kerasgrid.data.given.By`.
        n_train: Training samples of each fold of the first repeat.
        n_held_out: Samples that each of these is scored on.
    """

    by: str
    n_train: Sequence[int]
    n_held_out: Sequence[int]

    @property
    def n_folds(self) -> int:
        """Folds a repeat."""
        return len(self.n_train)

    @property
    def is_fixed(self) -> bool:
        """Whether every repeat has the same folds: by groups they are shuffled anew."""
        return self.by != "group"

    @property
    def held_out_share(self) -> float:
        """The share r / (1 + r) that has r, the mean of held-out over training samples, as its odds.

        By these odds comparisons count that training sets overlap.
        """
        ratio = statistics.fmean(held / train for train, held in zip(self.n_train, self.n_held_out, strict=True))
        return ratio / (1 + ratio)


def facts_of_splits(dataset: Dataset, folds: Sequence[Fold]) -> dict[str, Any]:
    """Return the fact that a plan keeps, given the folds of one repeat; nothing where the data says nothing."""
    by = given_by(dataset.splits)
    if by is None:
        return {}
    sizes = {"n_train": [len(fold.train) for fold in folds], "n_held_out": [len(fold.held_out) for fold in folds]}
    return {_FACT: {"by": by, **sizes}}


def given_splits(facts: Mapping[str, Any]) -> GivenSplits | None:
    """Return what the facts about a data set say of its splits; None for those that the search makes."""
    return GivenSplits(**facts[_FACT]) if _FACT in facts else None
