"""The samples that a fit watches to know when to stop: some of those that it would train on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.hold_out import last_times, whole_groups
from kerasgrid.data.rare import counts_of_groups
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

IndexArray = npt.NDArray[np.int32]


def watched_part(dataset: Dataset, train: IndexArray, share: float, seed: int) -> tuple[IndexArray, IndexArray]:
    """Return the samples to train on and those to watch, both sorted.

    With times the last samples are watched, those of equal time together; with groups whole groups are; with both, what
    is left of the groups that are watched is not trained on. Else they are drawn, for classification with the shares
    of the classes to within a sample; a class of a single sample is trained on.

    Args:
        dataset: The data set.
        train: Indices of the samples that would be trained on, int32, sorted.
        share: The share of them in (0, 1) to watch; at least one sample is.
        seed: Of the drawing.

    Raises:
        DataError: There is nothing to train on beside what is watched.
    """
    splits = dataset.splits
    if len(train) < 2:
        raise _nothing_left(dataset, counted(len(train), "sample"))
    is_classes = dataset.task == "classification"
    labels = dataset.y_train[train] if is_classes else np.zeros(len(train), np.int64)
    groups = None if splits.groups is None else splits.groups[train]
    if splits.times is not None:
        times = splits.times[train]
        if len(np.unique(times)) < 2:
            raise _nothing_left(dataset, "samples of 1 time")
        is_watched = last_times(times, share)
        is_left = ~is_watched if groups is None else ~np.isin(groups, groups[is_watched])
        if not is_left.any():
            raise _nothing_left(dataset, "earlier samples that are all of watched groups")
        return train[is_left], train[is_watched]
    if groups is not None:
        _, group_of = np.unique(groups, return_inverse=True)
        counts = counts_of_groups(labels, group_of, dataset.n_outputs if is_classes else 1)
        if len(counts) < 2:
            raise _nothing_left(dataset, "samples of 1 group")
        is_watched = np.isin(group_of, whole_groups(counts, share, seed))
    else:
        is_watched = _drawn(labels, share, seed)
    return train[~is_watched], train[is_watched]


def _drawn(labels: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return which samples are watched: at even distances of the shuffled samples, class by class."""
    n = len(labels)
    order = np.random.default_rng(seed).permutation(n)
    order = order[np.argsort(labels[order], kind="stable")]
    if (counts := np.bincount(labels)).max() > 1:
        order = order[counts[labels[order]] > 1]
    n_watched = min(max(1, round(share * n)), len(order) - 1)
    places = ((np.arange(n_watched) + 0.5) * len(order) / n_watched).astype(np.int64)
    is_watched = np.zeros(n, np.bool_)
    is_watched[order[places]] = True
    return is_watched


def _nothing_left(dataset: Dataset, got: str) -> DataError:
    return DataError(
        "early stopping must have samples to watch beside those that are trained on",
        where=dataset.name,
        got=got,
        hint="use more samples, or leave validation_split of early_stopping or reduce_on_plateau out",
    )
