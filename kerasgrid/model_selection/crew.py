"""The crew of a search: worker processes that evaluate its tasks."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kerasgrid.model_selection.bundles import Bundle
from kerasgrid.model_selection.handler import task_handler
from kerasgrid.model_selection.programs import needs_engine
from kerasgrid.model_selection.task import Outcome, Task
from kerasgrid.registry import extension_modules
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.deaths import Again
from kerasgrid.workers.processes import start_server
from kerasgrid.workers.schedule import Schedule

_PRELOAD = ("sklearn.model_selection",)


def get_ready(estimator: Any) -> None:
    """Begin to import what workers of a search need, in the background.

    Args:
        estimator: What is searched.

    Raises:
        RunError: if it holds an estimator of Keras, and this machine cannot train.
    """
    start_server(_preload(with_engine=needs_engine(estimator, {})))


def _preload(*, with_engine: bool) -> tuple[str, ...]:
    if not with_engine:
        return _PRELOAD
    from kerasgrid.engine.keras_setup import PRELOAD, check_backend

    check_backend()
    # Before Keras, whose wrappers for scikit-learn, and whose reader of frames, are not there without these: what the
    # engine does without, scikeras and Keras's own estimators need.
    frames = ("pandas",) if "pandas" in sys.modules else ()
    return (*_PRELOAD, *frames, *PRELOAD, "kerasgrid.estimators.programs")


class TaskCrew(Crew[Bundle, Outcome]):
    """Evaluates bundles of tasks in worker processes on this machine; the outcome of each task comes by itself.

    Args:
        tasks: All tasks of the bundles that it will be given; they have one shelf.
        n_workers: Number of processes; None for one per core.

    Attributes:
        needs_engine: Whether a task holds an estimator of Keras.

    Raises:
        RunError: if one does, and this machine cannot train.
    """

    jobs_option = "n_jobs"

    def __init__(self, tasks: Sequence[Task], n_workers: int | None = None) -> None:
        # The tasks of a candidate share its parameters, and each has a clone of the one estimator.
        candidates = {id(task.kwargs["parameters"]): task for task in tasks}.values()
        self.needs_engine = any(needs_engine(task.args[0], task.kwargs["parameters"]) for task in candidates)
        preload = _preload(with_engine=self.needs_engine)
        super().__init__(task_handler, n_workers, preload, extension_modules() if self.needs_engine else ())
        self._tasks = tasks

    def _furnish(self, folder: Path) -> None:
        for shelf in {id(task.shelf): task.shelf for task in self._tasks}.values():
            shelf.write(folder)

    def _program(self, request: Bundle) -> Hashable:
        return request.tasks[0].program

    def _lost(self, request: Bundle, words: str) -> Outcome:
        return Outcome(lost=words)

    def _rest(self, request: Bundle, result: Outcome) -> Bundle | None:
        return request.rest

    def _expected(self, request: Bundle, result: Outcome) -> float:
        if request.rest is None:
            return result.seconds
        return result.seconds * request.epochs[-1] / request.epochs[0]

    def _bury(self, worker: Any, schedule: Schedule[Bundle], again: Again[Bundle]) -> Iterator[tuple[Bundle, Outcome]]:
        for bundle, outcome in super()._bury(worker, schedule, again):
            yield bundle, outcome
            # What ended the worker may be its scorer. The others of its bundle have their attempts, as alone.
            if bundle.rest is not None:
                schedule.put_back(bundle.rest)
            return
