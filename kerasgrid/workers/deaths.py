"""Whether workers that die do so because of what they are asked, or because nothing can be trained on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Generic

from kerasgrid.errors import WorkersDieError
from kerasgrid.workers.folders import check_there
from kerasgrid.workers.member import Member, Request
from kerasgrid.workers.worker import log_path

_MOST_IN_A_ROW = 8

_KILLED = 9
"""The signal by which a system that is out of memory ends a process; not every system has a name for it."""


class Again(Generic[Request]):
    """Requests that are tried once more, each by a worker without others beside it.

    Attributes:
        waiting: They, in order.
    """

    def __init__(self) -> None:
        self.waiting: deque[Request] = deque()
        self._died: set[Request] = set()

    def takes(self, request: Request) -> bool:
        """Note that a worker died of this request; return whether it is tried once more."""
        if request in self._died:
            return False
        self._died.add(request)
        self.waiting.append(request)
        return True


def last_words(worker: Member[Any], folder: Path, jobs_option: str) -> str:
    """Return how a worker has died, and the last that it wrote, in one line.

    Args:
        worker: It is dead or dying.
        folder: That of its crew.
        jobs_option: How the user sets the number of workers.

    Raises:
        WorkersDieError: The folder is gone.
    """
    worker.process.join(5)
    check_there(folder)
    log, code = log_path(folder, worker.number), worker.process.exitcode
    cause = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    words = f"the worker process died ({cause})" + (f": {lines[-1][:300]}" if lines else "")
    if code == -_KILLED:
        mend = "though no other worker was at work" if worker.alone else f"which fewer {jobs_option} would mend"
        words += f"; perhaps memory ran out, {mend}"
    return words


class Deaths:
    """Counts the deaths of workers since the last answer of any.

    A worker that died before it was ready says that it is the machine. One that was ready says so of what it was asked
    for: that is one cause however often it kills, and only many causes in a row are the machine.
    """

    def __init__(self) -> None:
        self._n_unready = 0
        self._causes: set[Hashable] = set()

    def forget(self) -> None:
        """Begin anew: a worker answered."""
        self._n_unready = 0
        self._causes.clear()

    def add(self, cause: Hashable, words: str, *, was_ready: bool) -> None:
        """Count the death of a worker that had never answered.

        Args:
            cause: What is to blame, if it is not the machine.
            words: The worker's last ones, for the message.
            was_ready: Whether it could have answered.

        Raises:
            WorkersDieError: It is the machine.
        """
        if was_ready:
            self._causes.add(cause)
        else:
            self._n_unready += 1
        if max(self._n_unready, len(self._causes)) >= _MOST_IN_A_ROW:
            raise WorkersDieError("worker processes die before they answer", got=words)
