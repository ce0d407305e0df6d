"""Which fits of a search XLA compiles, decided by its plan as the command line does. Imports no TensorFlow or Keras."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kerasgrid.axes.parameters import structure
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import content_key
from kerasgrid.fits.stopping import looks_at_epochs
from kerasgrid.model_selection.programs import Trained
from kerasgrid.model_selection.task import Task
from kerasgrid.models.costs import cost_of
from kerasgrid.workers.compiling import Gain, chosen, is_small

_Shape = tuple[tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What fits must have in common to share what is compiled.

    Attributes:
        structure: That of their program.
        n_samples: Samples that they are given.
        sizes: Of their batches.
    """

    structure: str
    n_samples: int
    sizes: BatchSizes

    @property
    def key(self) -> str:
        """What is kept of it between searches."""
        return content_key(self.structure, self.n_samples, asdict(self.sizes))


class Compiling:
    """Which tasks of a search are compiled.

    As :func:`kerasgrid.workers.compiling.decide` has it, by what a search has planned, never by what is left of it or
    by how many work at it: all fits of a kind are trained alike, however often it is interrupted. Of one kind are fits
    of one structure that are given as many samples, in batches of the same sizes.

    Args:
        tasks: All tasks of the search, with what each trains.
        finished: Those that an earlier search in the same folder has finished: of a kind that it did not compile, none
            will be.
        before: The keys of what earlier searches in the same folder compiled.

    Attributes:
        keys: What to keep of the decision, for later searches in the same folder; sorted.
    """

    keys: tuple[str, ...]

    def __init__(
        self, tasks: Mapping[Task, Trained], finished: Collection[Task] = (), before: Collection[str] = ()
    ) -> None:
        self._shapes: dict[tuple[int, int], _Shape | None] = {}
        self._structures: dict[int, str] = {}
        gains: dict[_Kind, Gain] = {}
        kinds = {task: self._kind(task, trained, gains) for task, trained in tasks.items()}
        ended = {kind for task in finished if (kind := kinds[task]) is not None}
        compiled, self.keys = chosen(gains, ended, before)
        self._samples = {task: kind.n_samples for task, kind in kinds.items() if kind in compiled and kind is not None}

    def samples_of(self, task: Task) -> int | None:
        """Return of how many samples the task's fits are compiled; None if they are traced."""
        return self._samples.get(task)

    def _kind(self, task: Task, trained: Trained, gains: dict[_Kind, Gain]) -> _Kind | None:
        params = trained.params
        if params is None or looks_at_epochs(params):
            return None
        found = self._shape(task, trained.task)
        if found is None:
            return None
        n_samples, (shape, n_outputs) = len(task.kwargs["train"]), found
        n_train = n_samples - round(n_samples * trained.held_out)
        cost, sizes = cost_of(params, shape, n_outputs), BatchSizes.of(params, n_train, n_samples - n_train)
        if cost is None or not is_small(cost, sizes):
            return None
        if id(params) not in self._structures:
            self._structures[id(params)] = content_key(structure(params))
        kind = _Kind(self._structures[id(params)], n_samples, sizes)
        n_steps = int(params["epochs"]) * math.ceil(n_train / sizes.train)
        gains.setdefault(kind, Gain.of(cost, sizes)).add(cost, n_steps)
        return kind

    def _shape(self, task: Task, kind: str) -> _Shape | None:
        """Return the shape of a sample as the search is given it, and the number of outputs that its targets need.

        None where the samples or targets are of no one shape: the fit will say what is wrong, or a pipeline mends it.
        """
        X, y = task.args[1], task.args[2]
        if (id(X), id(y)) not in self._shapes:
            self._shapes[id(X), id(y)] = _shape_of(X, y, kind)
        return self._shapes[id(X), id(y)]


def _shape_of(X: Any, y: Any, task: str) -> _Shape | None:
    try:
        # Of a list the first sample stands for all.
        of_samples = getattr(X, "shape", None) or np.shape(X[:1])
        of_targets = getattr(y, "shape", None) or np.shape(y)
        if len(of_targets) > 1:
            return tuple(of_samples[1:]), int(of_targets[1])
        return tuple(of_samples[1:]), len(set(np.asarray(y).tolist())) if task == "classification" else 1
    except (TypeError, ValueError, LookupError):
        return None
