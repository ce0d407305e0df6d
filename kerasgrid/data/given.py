"""Folds as the data itself gives them, by a column or by time; and what is said of splits that follow the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.data.hold_out import Parts, apart, times_of
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

By = Literal["fold", "time", "group"]
"""What the data splits by: given folds or a validation set, the order of time, or groups."""

_NAMED = 5


def given_by(splits: Splits) -> By | None:
    """Return what the data splits by; None if it leaves that to the search.

    Given folds win over times, and times over groups, which stand apart then, too.
    """
    if splits.fold_of is not None:
        return "fold"
    if splits.times is not None:
        return "time"
    return None if splits.groups is None else "group"


def is_fixed(splits: Splits) -> bool:
    """Whether repeats cannot shuffle the folds: they are given, or follow time."""
    return given_by(splits) in ("fold", "time")


def given_folds(dataset: Dataset) -> Iterator[Parts]:
    """Yield the folds of ``fold_of`` in their order; what is in none of them is always trained on.

    Raises:
        DataError: No sample is held out, a fold leaves none to train on, or one parts a group.
    """
    fold_of, groups = dataset.splits.fold_of, dataset.splits.groups
    assert fold_of is not None
    numbers = np.unique(fold_of[fold_of >= 0])
    if not len(numbers):
        raise DataError("some sample must be held out", where=dataset.name, got="folds of none")
    if groups is not None:
        n_groups, n_pairs = len(np.unique(groups)), len(np.unique(np.stack([groups, fold_of]), axis=1).T)
        if n_pairs > n_groups:
            raise DataError(
                "rows of one group must have one fold",
                where=dataset.name,
                got="groups in several folds",
                hint="leave fold or group out",
            )
    for number in numbers:
        is_held_out = fold_of == number
        if is_held_out.all():
            raise DataError(
                "must leave samples to train on", where=dataset.name, got=f"a fold of all {len(fold_of):,} samples"
            )
        yield np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def time_folds(dataset: Dataset, cv: int) -> Iterator[Parts]:
    """Yield folds as scikit-learn's ``TimeSeriesSplit`` makes them, of different times instead of samples.

    Each holds out the stretch that follows what it trains on; samples of equal time stand together, and later ones are
    in neither part. The first trains on about ``1 / (cv + 1)`` of the times, the last on all but as much.

    Raises:
        DataError: There are too few different times, or with groups a fold has nothing to train on.
    """
    from sklearn.model_selection import TimeSeriesSplit

    starts, position = np.unique(times_of(dataset), return_inverse=True)
    if len(starts) <= cv:
        raise DataError(
            "must be below the number of different times",
            where="cv",
            got=f"{cv} folds for {counted(len(starts), 'time')} of {dataset.name}",
            hint="use fewer folds, or leave time out",
        )
    for _, stretch in TimeSeriesSplit(cv).split(starts):
        train = np.flatnonzero(position < stretch[0])
        held_out = np.flatnonzero((position >= stretch[0]) & (position <= stretch[-1]))
        yield apart(dataset, train, held_out), held_out


def fold_notes(
    dataset: Dataset, folds: Sequence[Parts], *, cv: int | None, validation_split: float | None, repeats: int
) -> tuple[str, ...]:
    """Return what is to be said of folds that the data gives, a line each; nothing where it gives none.

    Args:
        dataset: Of which they are.
        folds: Those of the first repeat.
        cv: The folds that the space asks for.
        validation_split: The share to hold out that it asks for.
        repeats: How often each candidate is trained on all folds.
    """
    by = given_by(dataset.splits)
    if by is None:
        return ()
    n, held_out = len(dataset.y_train), [len(part) for _, part in folds]
    sizes = _range([len(part) for part, _ in folds])
    if by == "fold":
        asked = f"cv {cv}" if cv is not None else f"validation_split {validation_split:g}"
        what = f"a validation set of {held_out[0]:,} of {n:,} samples" if len(folds) == 1 else f"{len(folds)} folds"
        notes = [f"held out is what the data says, {what}" + ("" if len(folds) == cv else f"; {asked} has no say")]
    elif by == "time":
        notes = [f"split by time: trained on {sizes} samples, scored on {_range(held_out)} later ones"]
        if dataset.splits.groups is not None:
            notes += ["trained on are earlier rows, without those of groups that are held out"]
    else:
        assert dataset.splits.groups is not None
        n_groups = len(np.unique(dataset.splits.groups))
        notes = [f"split by {n_groups:,} groups: each is on one side of every split"]
    if repeats > 1 and by != "group":
        notes += ["repeats change seeds only: these splits cannot be shuffled"]
    return (*notes, *_unseen(dataset, folds))


def _unseen(dataset: Dataset, folds: Sequence[Parts]) -> list[str]:
    """Return a note of classes that some fold is scored on without having been trained on."""
    if dataset.task != "classification":
        return []
    assert dataset.classes is not None
    unseen = sorted(
        set[int]().union(*(_labels(dataset, held_out) - _labels(dataset, train) for train, held_out in folds))
    )
    if not unseen:
        return []
    named = ", ".join(dataset.classes[label] for label in unseen[:_NAMED])
    more = "" if len(unseen) <= _NAMED else f" and {len(unseen) - _NAMED:,} more"
    return [f"in some split no training sample is of the {'class' if len(unseen) == 1 else 'classes'} {named}{more}"]


def _labels(dataset: Dataset, part: npt.NDArray[np.integer]) -> set[int]:
    return set(np.unique(dataset.y_train[part]).tolist())


def _range(sizes: Sequence[int]) -> str:
    least, most = min(sizes), max(sizes)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
