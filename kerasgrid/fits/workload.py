"""What all fits of one run have in common: what a fitter is handed before it trains any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fold_models import FoldModels
from kerasgrid.fits.states import States
from kerasgrid.registry import extension_modules


class Compiled(Protocol):
    """Says which fits XLA compiles, and for which batch sizes; decided once for a run, see the workers' room."""

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return the batch sizes that this fit is compiled for; None if it is not."""

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return the batch sizes that the candidate's refit on all training data is compiled for; None if it is not."""


class NothingCompiled:
    """Every fit is traced."""

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return None."""
        return None

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return None."""
        return None


@dataclass(frozen=True, eq=False)
class Workload:
    """The data of a run, and how its fits are to be trained.

    Attributes:
        dataset: The data set.
        folds: Its folds, repeat by repeat; a fit's ``fold`` counts in those of its ``repeat``.
        n_repeats: Of how many repeats the folds are; it divides their number.
        compiled: Which fits are compiled.
        metrics: What the winner's test set is scored by, besides the metrics of the task.
        states: Where the states are kept that fits end with, and go on from; None for nowhere.
        fold_models: Where fits of the first repeat leave the weights that they ended with; None for nowhere.
        modules: What every process that trains must import first: modules that have added rows to a registry.
    """

    dataset: Dataset
    folds: Sequence[Fold]
    n_repeats: int = 1
    compiled: Compiled = field(default_factory=NothingCompiled)
    metrics: Sequence[str] = ()
    states: States | None = None
    fold_models: FoldModels | None = None
    modules: Sequence[str] = field(default_factory=extension_modules)
