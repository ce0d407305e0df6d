"""The crew of a search: worker processes that evaluate its tasks."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from pathlib import Path

from kerasgrid.model_selection.handler import task_handler
from kerasgrid.model_selection.programs import needs_engine
from kerasgrid.model_selection.task import Outcome, Task
from kerasgrid.registry import extension_modules
from kerasgrid.workers.crew import Crew

_PRELOAD = ("sklearn.model_selection",)


class TaskCrew(Crew[Task, Outcome]):
    """Evaluates tasks in worker processes on this machine.

    Args:
        tasks: All tasks that it will be given; they have one shelf.
        n_workers: Number of processes; None for one per core.

    Raises:
        RunError: if a task holds an estimator of Keras and this machine cannot train.
    """

    jobs_option = "n_jobs"

    def __init__(self, tasks: Sequence[Task], n_workers: int | None = None) -> None:
        preload: tuple[str, ...] = _PRELOAD
        modules: Sequence[str] = ()
        if any(needs_engine(task.args[0], task.kwargs["parameters"]) for task in tasks):
            from kerasgrid.engine.keras_setup import PRELOAD, check_backend

            check_backend()
            # Before Keras, whose wrappers for scikit-learn, and whose reader of frames, are not there without these:
            # what the engine does without, scikeras and Keras's own estimators need.
            frames = ("pandas",) if "pandas" in sys.modules else ()
            preload, modules = (*_PRELOAD, *frames, *PRELOAD), extension_modules()
        super().__init__(task_handler, n_workers, preload, modules)
        self._tasks = tasks

    def _furnish(self, folder: Path) -> None:
        for shelf in {id(task.shelf): task.shelf for task in self._tasks}.values():
            shelf.write(folder)

    def _program(self, request: Task) -> Hashable:
        return request.program

    def _lost(self, request: Task, words: str) -> Outcome:
        return Outcome(lost=words)
