"""Holding out: one part of the samples to train on, one to score on, by classes, whole groups or time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.rare import check_classes, check_groups, counts_of_groups
from kerasgrid.errors import DataError

Indices = npt.NDArray[np.integer]
Parts = tuple[Indices, Indices]
"""The samples to train on and those to score on."""

_DRAWS = 50
"""How many ways to hold out whole groups are drawn, of which the best is taken."""


def hold_out(dataset: Dataset, share: float, seed: int, where: str = "validation_split") -> Parts:
    """Return a part to train on and one to hold out.

    With times, the last samples are held out, those of equal time together. With groups, whole groups are: of some
    drawings that with the best size and shares of the classes. With both, the training part loses what is left of the
    groups that are held out. Else samples are drawn, for classification with the shares of the classes.

    Args:
        dataset: Its training set is split; given folds are not looked at.
        share: The share in (0, 1) to hold out.
        seed: Of the drawing, 0..2³²-1.
        where: What messages call the share.

    Raises:
        DataError: The share is out of range, or samples, classes, groups or times are too few for it.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise DataError("must be a share between 0 and 1, both excluded", where=where, got=repr(share))
    n = len(dataset.y_train)
    if math.ceil(share * n) >= n:
        raise DataError(
            "must leave samples to train on",
            where=where,
            got=f"{share:g} of {n} samples",
            hint="use a smaller share or more samples",
        )
    splits = dataset.splits
    if splits.times is not None:
        train, held_out = _last(dataset, share, where)
        return apart(dataset, train, held_out), held_out
    if splits.groups is not None:
        return _whole_groups(dataset, share, seed, where)
    return _drawn(dataset, share, seed, where)


def times_of(dataset: Dataset) -> npt.NDArray[np.float64]:
    """Return the time of each training sample, (n,).

    Raises:
        DataError: Some sample has none.
    """
    assert dataset.splits.times is not None
    times = np.asarray(dataset.splits.times, dtype=np.float64)
    if n_missing := int(np.isnan(times).sum()):
        raise DataError(
            "every row must have a time to be split by time",
            where=dataset.name,
            got=f"{n_missing:,} of {len(times):,} without",
            hint="fill them in, leave those rows out, or leave time out",
        )
    return times


def apart(dataset: Dataset, train: Indices, held_out: Indices) -> Indices:
    """Return the samples to train on without those of groups that are held out, too.

    Raises:
        DataError: None are left.
    """
    groups = dataset.splits.groups
    if groups is None:
        return train
    left = train[~np.isin(groups[train], groups[held_out])]
    if not len(left):
        raise DataError(
            "with time and group, what is held out must be later and of other groups than what is trained on",
            where=dataset.name,
            got="a split whose earlier rows are all of groups that are held out",
            hint="leave group or time out",
        )
    return left


def _last(dataset: Dataset, share: float, where: str) -> Parts:
    times = times_of(dataset)
    if len(np.unique(times)) < 2:
        raise DataError(
            "must have at least 2 different times to hold the last out", where=where, got=f"1 in {dataset.name}"
        )
    is_later = last_times(times, share)
    return np.flatnonzero(~is_later), np.flatnonzero(is_later)


def last_times(times: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.bool_]:
    """Return which samples are of the last times, about this share of them; there are two different times at least."""
    starts, counts = np.unique(times, return_counts=True)
    # How many samples are held out, if it begins at the second time, at the third, …
    later = counts[::-1].cumsum()[::-1][1:]
    is_later: npt.NDArray[np.bool_] = times >= starts[1:][np.abs(later - share * len(times)).argmin()]
    return is_later


def _whole_groups(dataset: Dataset, share: float, seed: int, where: str) -> Parts:
    group_of = check_groups(dataset, 2, where, f"{share:g}")
    is_classes = dataset.task == "classification"
    labels = dataset.y_train if is_classes else np.zeros(len(group_of), np.int64)
    counts = counts_of_groups(labels, group_of, dataset.n_outputs if is_classes else 1)
    is_held_out = np.isin(group_of, whole_groups(counts, share, seed))
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def whole_groups(counts: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.int64]:
    """Return the numbers of groups to hold out: of some drawings that with the best size and shares of the classes.

    Args:
        counts: Samples of each class in each group, (groups, classes), of two groups at least.
        share: The share in (0, 1) of the samples to hold out.
        seed: Of the drawing.
    """
    wanted, n = share * counts.sum(axis=0), int(counts.sum())
    rng = np.random.default_rng(seed)
    least, best = math.inf, np.zeros(0, np.int64)
    for _ in range(_DRAWS):
        order = rng.permutation(len(counts))
        # What is held out by the first group, by the first two, …; one at least is left.
        held_out = counts[order].cumsum(axis=0)[:-1]
        n_first = int(np.abs(held_out.sum(axis=1) - wanted.sum()).argmin())
        found = held_out[n_first]
        n_lacking = np.count_nonzero(found == 0) + np.count_nonzero(found == counts.sum(axis=0))
        miss = float(np.abs(found - wanted).sum()) + n * n_lacking
        if miss < least:
            least, best = miss, order[: n_first + 1]
    return best


def _drawn(dataset: Dataset, share: float, seed: int, where: str) -> Parts:
    from sklearn.model_selection import train_test_split

    n = len(dataset.y_train)
    n_held_out = math.ceil(share * n)
    stratify = None
    if dataset.task == "classification":
        check_classes(dataset, 2, "the 2 that a stratified split needs", fewer_folds=False)
        for part, size in (("held-out part", n_held_out), ("training part", n - n_held_out)):
            if size < dataset.n_outputs:
                raise DataError(
                    "each part must have at least one sample for every class",
                    where=where,
                    got=f"{share:g} of {n} samples, a {part} of {size} for {dataset.n_outputs} classes",
                    hint="use another share or more samples",
                )
        stratify = dataset.y_train
    train, held_out = train_test_split(np.arange(n), test_size=share, random_state=seed, stratify=stratify)
    return train, held_out
