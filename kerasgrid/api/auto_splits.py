"""Into which parts ``kerasgrid auto`` splits data: its test set and its folds, of few samples and rare classes, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kerasgrid.api.auto_time import HELD_OUT
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset

TEST_SHARE = 0.2

_LEAST_FOR_A_TEST_SET = 100
"""Samples. Of fewer than so many every one is needed."""

_FOLDS = ((5_000, 5), (20_000, 3))
"""Up to so many samples so many folds; one split of the largest."""

_FOLDS_OF_IMAGES = ((2_000, 3),)
"""Images take longer."""

_FEWEST_HELD_OUT = 2
"""Numbers to predict that a fold holds out: of a single one R² is not defined."""

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """How data is split.

    Attributes:
        dataset: The data, with given folds where a class is too rare to be split.
        keys: ``cv`` or ``validation_split`` of the space; or ``test_split`` of its data.
        notes: What is not as usual, a line each.
    """

    dataset: Dataset
    keys: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def takes_test_set(dataset: Dataset) -> bool:
    """Return whether a share of the samples is put aside to test the winner: where there are enough, of each class."""
    is_large = dataset.x_test is None and len(dataset.y_train) >= _LEAST_FOR_A_TEST_SET
    return is_large and not len(_single(dataset))


def tested_on_a_share(dataset: Dataset, seed: int) -> Parts:
    """Return the data with a share of its samples as its test set, or as it is where that cannot be split.

    Args:
        dataset: The data, without a test set.
        seed: Of the shuffling.
    """
    from kerasgrid.data.subset import with_test_set

    try:
        return Parts(with_test_set(dataset, TEST_SHARE, seed), {"test_split": TEST_SHARE})
    except DataError as error:
        # Nobody has asked for it, so nobody is to mend it.
        got = "" if error.got is None else f", got {error.got}"
        return Parts(dataset, {}, (f"no samples are put aside as a test set: {error.rule}{got}",))


def parts_of(dataset: Dataset, seed: int) -> Parts:
    """Return how a data set is split, by its size.

    Of a class with fewer samples than there are folds there are fewer folds. Of a class with a single sample, that is
    trained on in every fold, and never scored.

    Args:
        dataset: The data.
        seed: Of the shuffling.
    """
    usual = next((cv for most, cv in _folds_of(dataset) if len(dataset.y_train) <= most), None)
    if len(_single(dataset)) and (with_folds := rare_in_training(dataset, usual, seed)) is not dataset:
        return Parts(with_folds, _keys(usual), (_rare_text(dataset),))
    if usual is None:
        return Parts(dataset, _keys(None))
    most, why = _most_folds(dataset)
    if most >= usual:
        return Parts(dataset, _keys(usual))
    n = max(2, most)
    return Parts(dataset, _keys(n), (f"{n} folds instead of {usual}, for {why}",))


def rare_in_training(dataset: Dataset, cv: int | None, seed: int) -> Dataset:
    """Return a data set whose given folds hold out no class of a single sample; itself where there is none.

    Args:
        dataset: The data.
        cv: How many folds, at most; None for one split.
        seed: Of the shuffling.
    """
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    single = _single(dataset)
    rest = np.flatnonzero(~np.isin(dataset.y_train, single))
    if not len(single) or not len(rest):
        return dataset
    labels = dataset.y_train[rest]
    counts = np.bincount(labels)
    n = min(cv or round(1 / HELD_OUT), int(counts[counts > 0].min()))
    fold_of = np.full(len(dataset.y_train), -1, np.int32)
    for number, (_, held_out) in enumerate(StratifiedKFold(n, shuffle=True, random_state=seed).split(rest, labels)):
        if cv is not None or not number:
            fold_of[rest[held_out]] = number
    return replace(dataset, splits=replace(dataset.splits, fold_of=fold_of))


def _keys(cv: int | None) -> dict[str, Any]:
    return {"validation_split": HELD_OUT} if cv is None else {"cv": cv}


def _folds_of(dataset: Dataset) -> tuple[tuple[int, int], ...]:
    return _FOLDS_OF_IMAGES if dataset.has_images else _FOLDS


def _single(dataset: Dataset) -> Any:
    """Return the classes of a single sample, of data that leaves its splits to us."""
    import numpy as np

    from kerasgrid.data.given import given_by

    if dataset.task != "classification" or given_by(dataset.splits) is not None:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.bincount(dataset.y_train, minlength=dataset.n_outputs) == 1)


def _most_folds(dataset: Dataset) -> tuple[int, str]:
    """Return into how many folds the data can be split at most, and what limits that."""
    import numpy as np

    from kerasgrid.data.given import given_by

    by, n = given_by(dataset.splits), len(dataset.y_train)
    if by == "fold":
        return n, ""
    if by is not None:
        values = dataset.splits.times if by == "time" else dataset.splits.groups
        assert values is not None
        n_values = len(np.unique(values))
        # What is trained on is earlier than all folds.
        return n_values - (by == "time"), f"there are {counted(n_values, by)}"
    if dataset.task == "classification":
        assert dataset.classes is not None
        counts = np.bincount(dataset.y_train, minlength=dataset.n_outputs)
        rarest = int(counts.argmin())
        return int(counts[rarest]), f"class {dataset.classes[rarest]} has {counted(int(counts[rarest]), 'sample')}"
    return n // _FEWEST_HELD_OUT, f"there are {counted(n, 'sample')}"


def _rare_text(dataset: Dataset) -> str:
    assert dataset.classes is not None
    names = [dataset.classes[place] for place in _single(dataset)]
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
    if len(names) == 1:
        return f"class {shown} has a single sample: it is always trained on, and never scored"
    return f"classes of a single sample each are always trained on, and never scored: {shown}"
