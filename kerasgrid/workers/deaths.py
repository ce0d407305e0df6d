"""Whether workers that die do so because of what they are asked, or because nothing can be trained on this machine."""

from __future__ import annotations

from collections.abc import Hashable

from kerasgrid.errors import WorkersDieError

_MOST_IN_A_ROW = 8


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
