"""Bundles: tasks of a search that are one training, which one worker evaluates one after the other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasgrid.estimators.parameters import frozen
from kerasgrid.model_selection.programs import Trained
from kerasgrid.model_selection.task import Task

_EPOCHS = "epochs"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Tasks that go to one worker together: each of them goes on where the one before it ended.

    Attributes:
        tasks: They, those of fewer epochs first; of what is no training of ours, each by itself.
        epochs: How many each of them has; 0 of what is none.
    """

    tasks: tuple[Task, ...]
    epochs: tuple[int, ...]

    @property
    def rest(self) -> Bundle | None:
        """All but the first; None if there are no others."""
        return Bundle(self.tasks[1:], self.epochs[1:]) if len(self.tasks) > 1 else None

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker needs their calls alone.
        return tuple, (self.tasks,)


def bundles(tasks: Mapping[Task, Trained]) -> list[Bundle]:
    """Return the bundles that tasks are, those of most epochs first.

    Towards the end, when there is not enough left for every worker, they are at short ones then. A bundle takes about
    as long as its longest task alone, so that no worker would be done sooner if it were handed out in parts.

    Args:
        tasks: Tasks of one search, with what each trains.
    """
    groups: dict[Hashable, list[Task]] = {}
    for task, trained in tasks.items():
        groups.setdefault(_in_common(task, trained), []).append(task)
    found = []
    for group in groups.values():
        ordered = sorted(group, key=lambda task: _n_epochs(tasks[task]))
        found.append(Bundle(tuple(ordered), tuple(_n_epochs(tasks[task]) for task in ordered)))
    return sorted(found, key=lambda bundle: -bundle.epochs[-1])


def _n_epochs(trained: Trained) -> int:
    """Return how many epochs are trained, as far as is known; 0 of what is no training of ours."""
    return 0 if trained.params is None else int(trained.params[_EPOCHS])


def _in_common(task: Task, trained: Trained) -> Hashable:
    """Return what the tasks of one bundle have in common; the task itself where there are no others."""
    if trained.prefix is None:
        return task
    # Those of other steps of a pipeline among them; all other arguments of the call are those of the search.
    others = {name: _told(value) for name, value in task.kwargs["parameters"].items() if not _is_epochs(name)}
    return trained.prefix, frozenset(others.items()), id(task.kwargs["train"]), id(task.kwargs["test"])


def _is_epochs(name: str) -> bool:
    return name.rpartition("__")[2] == _EPOCHS


def _told(value: Any) -> Hashable:
    """Return what tells values apart: numbers and texts by themselves, objects by which they are."""
    is_plain = isinstance(value, str | int | float | np.generic | list | tuple | dict | None)
    told: Hashable = frozen(value) if is_plain else id(value)
    return told
