"""Folds: which samples a fit trains on, and which are held out to score it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_seed
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.given import fold_notes, given_by, given_folds, is_fixed, time_folds
from kerasgrid.data.group_folds import group_folds
from kerasgrid.data.hold_out import hold_out
from kerasgrid.data.rare import check_classes
from kerasgrid.errors import DataError

IndexArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Fold:
    """Index arrays into the training set, sorted and disjoint.

    Together they hold every sample once, but where samples are split by time: what is later than the held-out part is
    in neither.

    Attributes:
        train: Samples to train on, int32, (n_train,).
        held_out: Samples to score on, int32, (n_held_out,).
    """

    train: IndexArray
    held_out: IndexArray

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of a hash of both index arrays."""
        digest = hashlib.blake2b(f"{len(self.train)},{len(self.held_out)};".encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.train).data)
        digest.update(np.ascontiguousarray(self.held_out).data)
        return digest.hexdigest()


def make_folds(
    dataset: Dataset, *, cv: int | None, validation_split: float | None, seed: int, repeats: int = 1
) -> tuple[Fold, ...]:
    """Split the training set into folds; give exactly one of ``cv`` and ``validation_split``.

    With repeats, the samples are shuffled anew for each, as by scikit-learn's ``RepeatedStratifiedKFold``. The folds of
    a repeat depend on its index and the seed alone: more repeats later leave the first ones as they are.

    What the data says of its splits is followed: folds that it gives replace those that are asked for, times are split
    in their order, and groups stay whole; see :mod:`kerasgrid.data.given` and ``group_folds`` beside it. Given folds
    and times cannot be shuffled: every repeat has the same folds then.

    Args:
        dataset: Its training set is split; its test set is left alone.
        cv: Number of folds, at least 2: stratified and shuffled for classification, else shuffled.
        validation_split: The share in (0, 1) that is held out once, stratified for classification.
        seed: Of the shuffling, 0..2³²-1. The same seed gives the same folds.
        repeats: How often to split, at least 1.

    Returns:
        The folds of the first repeat, then those of the next.

    Raises:
        DataError: The samples, or those of some class, or groups or times, are too few; given folds leave nothing to
            train on; or an argument is out of range.
    """
    check_seed(seed)
    if (cv is None) == (validation_split is None):
        raise DataError("give exactly one of cv and validation_split", got="neither" if cv is None else "both")
    if is_fixed(dataset.splits):
        return _split(dataset, cv, validation_split, seed) * repeats
    seeds = [_seed_of(seed, repeat) for repeat in range(repeats)]
    return tuple(fold for one in seeds for fold in _split(dataset, cv, validation_split, one))


def notes_on_folds(
    dataset: Dataset, folds: Sequence[Fold], *, cv: int | None, validation_split: float | None, repeats: int
) -> tuple[str, ...]:
    """Return what is to be said of folds that :func:`make_folds` made of what the data says; nothing of others."""
    parts = [(fold.train, fold.held_out) for fold in folds[: len(folds) // repeats]]
    return fold_notes(dataset, parts, cv=cv, validation_split=validation_split, repeats=repeats)


def _seed_of(seed: int, repeat: int) -> int:
    """Return the seed of a repeat's shuffling; the first has the seed itself."""
    return seed if repeat == 0 else int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])


def _split(dataset: Dataset, cv: int | None, validation_split: float | None, seed: int) -> tuple[Fold, ...]:
    """Return the folds of one repeat."""
    by = given_by(dataset.splits)
    if by == "fold":
        return tuple(_fold(*parts) for parts in given_folds(dataset))
    if cv is None:
        assert validation_split is not None
        return (_fold(*hold_out(dataset, validation_split, seed)),)
    _check_cv(dataset, cv)
    if by == "time":
        return tuple(_fold(*parts) for parts in time_folds(dataset, cv))
    if by == "group":
        return tuple(_fold(*parts) for parts in group_folds(dataset, cv, seed))
    return _cross_validation(dataset, cv, seed)


def _check_cv(dataset: Dataset, cv: int) -> None:
    if isinstance(cv, bool) or not isinstance(cv, int) or cv < 2:
        raise DataError("must be a whole number of folds, at least 2", where="cv", got=repr(cv))
    n = len(dataset.y_train)
    if n < cv:
        raise DataError(
            "must not exceed the number of training samples",
            where="cv",
            got=f"{cv} folds for {n} samples",
            hint="use fewer folds or more samples",
        )


def _cross_validation(dataset: Dataset, cv: int, seed: int) -> tuple[Fold, ...]:
    from sklearn.model_selection import KFold, StratifiedKFold

    y = dataset.y_train
    if dataset.task == "classification":
        check_classes(dataset, cv, f"the {cv} folds", fewer_folds=True)
        splitter = StratifiedKFold(cv, shuffle=True, random_state=seed)
    else:
        splitter = KFold(cv, shuffle=True, random_state=seed)
    # Neither splitter looks at the samples' values, so one byte a sample stands for them.
    return tuple(_fold(train, held_out) for train, held_out in splitter.split(np.zeros(len(y), dtype=np.int8), y))


def _fold(train: npt.NDArray[np.integer], held_out: npt.NDArray[np.integer]) -> Fold:
    # Sorted, because gathering in order is kinder to the memory; the engine shuffles anyway.
    arrays = [np.sort(indices).astype(np.int32) for indices in (train, held_out)]
    for indices in arrays:
        indices.flags.writeable = False
    return Fold(*arrays)
