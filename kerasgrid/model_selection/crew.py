"""The crew of a search: worker processes that evaluate its tasks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path

from kerasgrid.model_selection.bench import task_bench
from kerasgrid.model_selection.task import Outcome, Task
from kerasgrid.workers.crew import Crew

_PRELOAD = ("sklearn.model_selection",)


class TaskCrew(Crew[Task, Outcome]):
    """Evaluates tasks in worker processes on this machine.

    Args:
        tasks: All tasks that it will be given; they have one shelf.
        n_workers: Number of processes; None for one per core.

    Raises:
        RunError: as for a crew, or something on the shelf cannot be sent to another process.
    """

    jobs_option = "n_jobs"

    def __init__(self, tasks: Sequence[Task], n_workers: int | None = None) -> None:
        super().__init__(task_bench, n_workers, _PRELOAD)
        self._tasks = tasks

    def _furnish(self, folder: Path) -> None:
        for shelf in {id(task.shelf): task.shelf for task in self._tasks}.values():
            shelf.write(folder)

    def _program(self, order: Task) -> Hashable:
        return order.program

    def _lost(self, order: Task, words: str) -> Outcome:
        return Outcome(lost=words)
