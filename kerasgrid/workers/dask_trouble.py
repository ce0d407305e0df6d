"""What goes wrong again and again on a cluster, and nothing else: a search must not go on so for ever."""

from __future__ import annotations

import time

from kerasgrid.errors import WorkersDieError
from kerasgrid.system.words import duration

_LEAST = 10
"""Failures in a row that say more than one that took long."""


class Trouble:
    """Counts failures between two results.

    Args:
        patience: Seconds of nothing but failures that are borne.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
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
        if self._n >= _LEAST and time.monotonic() >= self._since + self._patience:
            hint = f"tried {self._n:,} times in {duration(self._patience)}; what is done is kept"
            raise WorkersDieError("nothing comes of what the cluster is sent", got=words or "no reason", hint=hint)
