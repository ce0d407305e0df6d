"""Folds: which samples a fit trains on, and which are held out to score it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_seed
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import DataError

IndexArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Fold:
    """Index arrays into the training set, sorted and disjoint; together they hold every sample once.

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

    Args:
        dataset: Its training set is split; its test set is left alone.
        cv: Number of folds, at least 2: stratified and shuffled for classification, shuffled for regression.
        validation_split: The share in (0, 1) that is held out once, stratified for classification.
        seed: Of the shuffling, 0..2³²-1. The same seed gives the same folds.
        repeats: How often to split, at least 1.

    Returns:
        The folds of the first repeat, then those of the next.

    Raises:
        DataError: The samples, or those of some class, are too few; or an argument is out of range.
    """
    check_seed(seed)
    seeds = [_seed_of(seed, repeat) for repeat in range(repeats)]
    if cv is not None and validation_split is None:
        return tuple(fold for one in seeds for fold in _cross_validation(dataset, cv, one))
    if validation_split is not None and cv is None:
        return tuple(_hold_out(dataset, validation_split, one) for one in seeds)
    raise DataError("give exactly one of cv and validation_split", got="neither" if cv is None else "both")


def _seed_of(seed: int, repeat: int) -> int:
    """Return the seed of a repeat's shuffling; the first has the seed itself."""
    return seed if repeat == 0 else int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])


def _cross_validation(dataset: Dataset, cv: int, seed: int) -> tuple[Fold, ...]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if isinstance(cv, bool) or not isinstance(cv, int) or cv < 2:
        raise DataError("must be a whole number of folds, at least 2", where="cv", got=repr(cv))
    y = dataset.y_train
    if len(y) < cv:
        raise DataError(
            "must not exceed the number of training samples",
            where="cv",
            got=f"{cv} folds for {len(y)} samples",
            hint="use fewer folds or more samples",
        )
    if dataset.task == "classification":
        _check_classes(dataset, cv, f"the {cv} folds", "use fewer folds, more samples, or leave that class out")
        splitter = StratifiedKFold(cv, shuffle=True, random_state=seed)
    else:
        splitter = KFold(cv, shuffle=True, random_state=seed)
    # Neither splitter looks at the samples' values, so one byte a sample stands for them.
    return tuple(_fold(train, held_out) for train, held_out in splitter.split(np.zeros(len(y), dtype=np.int8), y))


def _hold_out(dataset: Dataset, share: float, seed: int) -> Fold:
    from sklearn.model_selection import train_test_split

    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise DataError("must be a share between 0 and 1, both excluded", where="validation_split", got=repr(share))
    n = len(dataset.y_train)
    n_held_out = math.ceil(share * n)
    if n_held_out >= n:
        raise DataError(
            "must leave samples to train on",
            where="validation_split",
            got=f"{share:g} of {n} samples",
            hint="use a smaller share or more samples",
        )
    stratify = None
    if dataset.task == "classification":
        _check_classes(dataset, 2, "the 2 that a stratified split needs", "add samples, or leave that class out")
        for part, size in (("held-out part", n_held_out), ("training part", n - n_held_out)):
            if size < dataset.n_outputs:
                raise DataError(
                    "each part must have at least one sample for every class",
                    where="validation_split",
                    got=f"{share:g} of {n} samples, a {part} of {size} for {dataset.n_outputs} classes",
                    hint="use another share or more samples",
                )
        stratify = dataset.y_train
    train, held_out = train_test_split(np.arange(n), test_size=share, random_state=seed, stratify=stratify)
    return _fold(train, held_out)


def _check_classes(dataset: Dataset, least: int, what: str, hint: str) -> None:
    assert dataset.classes is not None
    counts = np.bincount(dataset.y_train, minlength=len(dataset.classes))
    rarest = int(counts.argmin())
    if counts[rarest] < least:
        samples = "1 sample" if counts[rarest] == 1 else f"{counts[rarest]} samples"
        raise DataError(
            f"class {dataset.classes[rarest]} has {samples}, fewer than {what}", where=dataset.name, hint=hint
        )


def _fold(train: npt.NDArray[np.int64], held_out: npt.NDArray[np.int64]) -> Fold:
    # Sorted, because gathering in order is kinder to the memory; the engine shuffles anyway.
    arrays = [np.sort(indices).astype(np.int32) for indices in (train, held_out)]
    for indices in arrays:
        indices.flags.writeable = False
    return Fold(*arrays)
