"""A smaller training set, drawn at random from the whole one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_seed
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import DataError


def subset(dataset: Dataset, train_size: int, seed: int) -> Dataset:
    """Return ``dataset`` with ``train_size`` of its training samples, in their order; the test set stays whole.

    Classes keep their shares to within a sample, and each keeps at least one.

    Raises:
        DataError: ``train_size`` exceeds the training set, or is below the number of classes.
    """
    check_seed(seed)
    n = len(dataset.x_train)
    if isinstance(train_size, bool) or not isinstance(train_size, int) or train_size < 1:
        raise DataError("must be a whole number of samples, at least 1", where="train_size", got=repr(train_size))
    if train_size > n:
        raise DataError(
            f"must not exceed the {n} training samples of {dataset.name}", where="train_size", got=str(train_size)
        )
    if dataset.classes is not None and train_size < len(dataset.classes):
        raise DataError(
            f"must leave at least one sample for each of the {len(dataset.classes)} classes",
            where="train_size",
            got=str(train_size),
        )
    if train_size == n:
        return dataset
    rng = np.random.default_rng(seed)
    if dataset.classes is None:
        chosen = rng.choice(n, train_size, replace=False)
    else:
        counts = np.bincount(dataset.y_train, minlength=len(dataset.classes))
        parts = [
            rng.permutation(np.flatnonzero(dataset.y_train == label))[:size]
            for label, size in enumerate(shares(counts, train_size))
        ]
        chosen = np.concatenate(parts)
    chosen = np.sort(chosen)
    return replace(dataset, x_train=dataset.x_train[chosen], y_train=dataset.y_train[chosen])


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

    Classes keep their shares. With groups, whole groups move; with times, the last samples do.

    Raises:
        DataError: There is a test set, or too few samples would be left on either side.
    """
    raise NotImplementedError
