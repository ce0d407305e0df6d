"""Parts of a training set: a smaller one, drawn at random, and a test set taken out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_seed
from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.data.hold_out import hold_out
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted


def subset(dataset: Dataset, train_size: int, seed: int) -> Dataset:
    """Return ``dataset`` with ``train_size`` of its training samples, in their order; the test set stays whole.

    Classes keep their shares to within a sample, and each keeps at least one. A validation set stays whole, too, and
    does not count.

    Raises:
        DataError: ``train_size`` exceeds the training set, or is below the number of classes.
    """
    check_seed(seed)
    drawn_from = _not_validation(dataset)
    n = len(drawn_from)
    if isinstance(train_size, bool) or not isinstance(train_size, int) or train_size < 1:
        raise DataError("must be a whole number of samples, at least 1", where="train_size", got=repr(train_size))
    if train_size > n:
        raise DataError(
            f"must not exceed the {n} training samples of {dataset.name}", where="train_size", got=str(train_size)
        )
    y = dataset.y_train[drawn_from]
    labels, counts = np.unique(y, return_counts=True) if dataset.task == "classification" else (None, None)
    if labels is not None and train_size < len(labels):
        raise DataError(
            f"must leave at least one sample for each of the {len(labels)} classes",
            where="train_size",
            got=str(train_size),
        )
    if train_size == n:
        return dataset
    rng = np.random.default_rng(seed)
    if labels is None or counts is None:
        chosen = rng.choice(n, train_size, replace=False)
    else:
        sizes = zip(labels, shares(counts, train_size), strict=True)
        chosen = np.concatenate([rng.permutation(np.flatnonzero(y == label))[:size] for label, size in sizes])
    validation = np.setdiff1d(np.arange(len(dataset.y_train)), drawn_from)
    return _with_samples(dataset, np.sort(np.concatenate([drawn_from[chosen], validation])))


def shares(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Split ``size`` in proportion to ``counts``: largest remainders first, nobody below one.

    Args:
        counts: Samples per class, (k,), each at least 1.
        size: k <= size <= counts.sum().

    Returns:
        Samples to take per class, (k,), at most ``counts``, with sum ``size``.
    """
    total = int(counts.sum())
    taken = np.maximum(counts * size // total, 1)
    # In whole numbers, because float remainders would break ties by rounding noise.
    for _ in range(size - int(taken.sum())):
        taken[(counts * size - taken * total).argmax()] += 1
    while taken.sum() > size:
        excess = np.where(taken > 1, taken * total - counts * size, -total * size)
        taken[excess.argmax()] -= 1
    return taken


def with_test_set(dataset: Dataset, share: float, seed: int) -> Dataset:
    """Return ``dataset`` with a share of its training samples as its test set, where it has none.

    Classes keep their shares. With groups, whole groups move; with times, the last samples do; see
    :func:`kerasgrid.data.hold_out.hold_out`. A validation set stays as it is and does not count.

    Args:
        dataset: Without a test set.
        share: The share in (0, 1) of the training samples.
        seed: Of the drawing, 0..2³²-1.

    Raises:
        DataError: There is a test set, or too few samples would be left on either side.
    """
    check_seed(seed)
    if dataset.x_test is not None:
        raise DataError(
            f"{dataset.name} has a test set already",
            where="test_split",
            got=f"{share:g} beside {counted(len(dataset.x_test), 'test sample')}",
            hint="leave test_split out",
        )
    pool = _not_validation(dataset)
    of = _with_samples(dataset, pool) if len(pool) < len(dataset.y_train) else dataset
    train, test = (pool[part] for part in hold_out(of, share, seed, "test_split"))
    validation = np.setdiff1d(np.arange(len(dataset.y_train)), pool)
    left = _with_samples(dataset, np.sort(np.concatenate([train, validation])))
    splits = dataset.splits
    how = ", the last by time" if splits.times is not None else ", whole groups" if splits.groups is not None else ""
    note = f"test set: {len(test):,} of {len(pool):,} samples{how}"
    test = np.sort(test)
    return replace(left, x_test=dataset.x_train[test], y_test=dataset.y_train[test], notes=(*dataset.notes, note))


def _not_validation(dataset: Dataset) -> npt.NDArray[np.int64]:
    """Return the training samples that are no validation set: of more folds than one, all."""
    fold_of = dataset.splits.fold_of
    if fold_of is None or len(np.unique(fold_of[fold_of >= 0])) != 1:
        return np.arange(len(dataset.y_train))
    return np.flatnonzero(fold_of < 0)


def _with_samples(dataset: Dataset, chosen: npt.NDArray[np.int64]) -> Dataset:
    """Return ``dataset`` with these of its training samples, and what it says of their splits."""
    groups, times, fold_of = (
        None if values is None else values[chosen]
        for values in (dataset.splits.groups, dataset.splits.times, dataset.splits.fold_of)
    )
    x_train, y_train = dataset.x_train[chosen], dataset.y_train[chosen]
    weights = None if dataset.weights is None else dataset.weights[chosen]
    return replace(dataset, x_train=x_train, y_train=y_train, splits=Splits(groups, times, fold_of), weights=weights)
