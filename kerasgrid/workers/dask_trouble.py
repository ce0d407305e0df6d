"""What goes wrong again and again on a cluster, and nothing else: a search must not go on so for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

from kerasgrid.errors import WorkersDieError
from kerasgrid.system.words import duration

_LEAST = 10
"""Failures in a row that say more than one that took long."""


class Trouble:
    """Counts failures between two results.

    Args:
        patience: Seconds of nothing but failures that are borne.
        oldest: Returns when what is under way for longest was begun; infinity if nothing is. What has gone on for as
            long as all patience is none of the trouble: long fits are well while one machine fails.
    """

    def __init__(self, patience: float, oldest: Callable[[], float]) -> None:
        self._patience = patience
        self._oldest = oldest
        self.over()

    def over(self) -> None:
        """Begin anew: something came of something."""
        self._n = 0
        self._since = 0.0

    def add(self, words: str) -> None:
        """Count a failure.

        Args:
            words: What it was, for the message.

        Raises:
            WorkersDieError: There has been nothing else for too long.
        """
        self._since = self._since if self._n else time.monotonic()
        self._n += 1
        begun = time.monotonic() - self._patience
        if self._n >= _LEAST and self._since <= begun < self._oldest():
            hint = f"tried {self._n:,} times in {duration(self._patience)}; what is done is kept"
            raise WorkersDieError("nothing comes of what the cluster is sent", got=words or "no reason", hint=hint)
