"""The folds that a space asks for."""

from __future__ import annotations

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.space.spec import Space


def make_space_folds(space: Space, dataset: Dataset, more_repeats: int = 0) -> tuple[Fold, ...]:
    """Return the folds of a space's repeats, and of so many more, repeat by repeat.

    Raises:
        DataError: if the samples are too few for the folds.
    """
    return make_folds(
        dataset,
        cv=space.cv,
        validation_split=space.validation_split,
        seed=space.seed,
        repeats=space.repeats + more_repeats,
    )
