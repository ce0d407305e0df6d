"""What is said where classes or groups have too few samples to be split: once, for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted

_NAMED = 10
"""How many classes a message names."""


def check_classes(dataset: Dataset, least: int, what: str, *, fewer_folds: bool) -> None:
    """Check that every class of a classification has some number of samples.

    Args:
        dataset: Its training set is looked at.
        least: The samples that each class needs.
        what: What needs them, such as ``the 3 folds``.
        fewer_folds: Whether fewer folds would need fewer.

    Raises:
        DataError: Some classes have fewer; all of them are named with their counts.
    """
    assert dataset.classes is not None
    counts = np.bincount(dataset.y_train, minlength=len(dataset.classes))
    rare = np.flatnonzero(counts < least)
    if not len(rare):
        return
    these = "that class" if len(rare) == 1 else "those classes"
    # Two folds are the fewest.
    ways = ["use fewer folds"] if fewer_folds and counts[rare].min() >= 2 else []
    ways += ["more samples" if ways else "add samples"]
    numbers = ", or predict numbers: task regression" if _are_numbers(dataset.classes) else ""
    hint = f"{', '.join(ways)}{',' if len(ways) > 1 else ''} or leave {these} out{numbers}"
    raise DataError(_fewer(dataset.classes, counts, rare, "sample", what), where=dataset.name, hint=hint)


def check_groups(dataset: Dataset, least: int, where: str, got: str) -> npt.NDArray[np.int64]:
    """Check that there are enough groups, and that no class is of one group alone, and number the groups.

    Args:
        dataset: With groups; its training set is looked at.
        least: The groups that are needed.
        where: The key of the space that needs them.
        got: How many that asks for, such as ``5 folds``.

    Returns:
        The number of each sample's group, from 0, int64, (n,).

    Raises:
        DataError: There are too few.
    """
    assert dataset.splits.groups is not None
    groups, group_of = np.unique(dataset.splits.groups, return_inverse=True)
    if len(groups) < least:
        raise DataError(
            "must not exceed the number of groups" if where == "cv" else "must have at least 2 groups to hold one out",
            where=where,
            got=f"{got} for {counted(len(groups), 'group')} of {dataset.name}",
            hint="a group stands on one side of every split: use fewer folds or more groups"
            if where == "cv" and len(groups) >= 2
            else "a group stands on one side of every split: add groups, or leave group out",
        )
    if dataset.task == "classification":
        assert dataset.classes is not None
        of_class = groups_of_classes(dataset.y_train, group_of, len(dataset.classes))
        if len(alone := np.flatnonzero(of_class < 2)):
            these = "that class" if len(alone) == 1 else "those classes"
            needed = "the 2 that a class needs to be both trained on and scored on"
            raise DataError(
                _fewer(dataset.classes, of_class, alone, "group", needed),
                where=dataset.name,
                hint=f"add groups, leave {these} out, or leave group out",
            )
    return group_of


def counts_of_groups(labels: npt.NDArray[np.int64], group_of: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
    """Return the samples of each class in each group, (groups, k), given both numbers of each sample, (n,)."""
    n_groups = int(group_of.max()) + 1
    counts: npt.NDArray[np.int64] = np.bincount(group_of * k + labels, minlength=n_groups * k).reshape(n_groups, k)
    return counts


def groups_of_classes(labels: npt.NDArray[np.int64], group_of: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
    """Return in how many groups each class has samples, (k,)."""
    pairs = np.unique(group_of * k + labels)
    return np.bincount(pairs % k, minlength=k)


def _fewer(
    classes: Sequence[str], counts: npt.NDArray[np.int64], rare: npt.NDArray[np.int64], unit: str, what: str
) -> str:
    if len(rare) == 1:
        return f"class {classes[rare[0]]} has {counted(int(counts[rare[0]]), unit)}, fewer than {what}"
    rarest = rare[np.argsort(counts[rare], kind="stable")]
    named = ", ".join(f"{classes[index]} ({counts[index]:,})" for index in rarest[:_NAMED])
    more = "" if len(rare) <= _NAMED else f" and {len(rare) - _NAMED:,} more"
    return f"{len(rare):,} classes have fewer {unit}s than {what}: {named}{more}"


def _are_numbers(classes: Sequence[str]) -> bool:
    # Of two classes the answer to a question that is no number, as a rule.
    try:
        return len([float(name) for name in classes]) > 2
    except ValueError:
        return False
