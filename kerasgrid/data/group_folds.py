"""Folds of whole groups, of about equal size and shares of the classes.

The rule is that of scikit-learn's ``StratifiedGroupKFold``: one group after the other, those whose counts of the
classes differ most first, goes to the fold that leaves the shares of the classes most even; of equally good folds to
the one of fewest samples. It is written here because the shuffling of scikit-learn 1.5 takes groups for others, because
folds are part of the keys of fits and must not depend on its version, and because it walks over samples in Python: a
million of them in 100,000 groups take it a minute.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.hold_out import Parts
from kerasgrid.data.rare import check_classes, check_groups, counts_of_groups

_TIE = 1e-7
"""Differences of shares below this are rounding, which may be another on another machine."""


def group_folds(dataset: Dataset, cv: int, seed: int) -> Iterator[Parts]:
    """Yield folds of whole groups.

    Args:
        dataset: With groups.
        cv: Number of folds, at least 2.
        seed: Of the order of groups that are alike, 0..2³²-1.

    Raises:
        DataError: There are too few groups, or a class is of one group or has too few samples.
    """
    group_of = check_groups(dataset, cv, "cv", f"{cv} folds")
    labels, n_classes = np.zeros(len(group_of), np.int64), 1
    if dataset.task == "classification":
        labels, n_classes = dataset.y_train, dataset.n_outputs
        if np.bincount(labels).max() < cv:
            check_classes(dataset, cv, f"the {cv} folds", fewer_folds=True)
    fold_of = balanced(counts_of_groups(labels, group_of, n_classes), cv, seed)[group_of]
    for fold in range(cv):
        yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def balanced(counts: npt.NDArray[np.int64], cv: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of each group, (groups,), from 0; no fold is empty.

    Args:
        counts: Samples of each class in each group, (groups, classes), with a sample at least in each group.
        cv: Number of folds, at most that of the groups.
        seed: Of the order of groups that are alike.
    """
    order = np.random.default_rng(seed).permutation(len(counts))
    # Stable, so that groups that are alike stay in the order of the shuffling.
    order = order[np.argsort(-counts[order].std(axis=1), kind="stable")]
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    sizes = counts.sum(axis=1)
    of_folds, n_samples = np.zeros((cv, counts.shape[1])), np.zeros(cv, np.int64)
    fold_of = np.zeros(len(counts), np.int64)
    for group in order:
        share = shares[group]
        # Of the shares of each class over the folds, (where the group goes, classes), from sums to go over them once.
        squares = (of_folds**2).sum(axis=0) + share * (2 * of_folds + share)
        variances = squares / cv - ((of_folds.sum(axis=0) + share) / cv) ** 2
        unevenness = np.sqrt(np.maximum(variances, 0)).sum(axis=1)
        best = np.flatnonzero(unevenness <= unevenness.min() + _TIE)
        fold = best[n_samples[best].argmin()]
        fold_of[group] = fold
        of_folds[fold] += share
        n_samples[fold] += sizes[group]
    return fold_of
