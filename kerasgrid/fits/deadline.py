"""When the fits of a search must have ended, so that what comes after them ends in time, too."""

from __future__ import annotations

import time


class Deadline:
    """The end of a search's time, which begins now.

    Args:
        seconds: From now to the end of everything.

    Attributes:
        seconds: As given.
        reserved: Seconds of them that are kept for what comes after the fits. Whoever knows better changes it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.reserved = 0.0
        self._end = time.monotonic() + seconds

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return self.seconds - (self._end - time.monotonic())

    @property
    def to_the_end(self) -> float:
        """Seconds to the end of everything, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def left(self) -> float:
        """Seconds that are left for fits, below 0 if there are none: what is in flight then is lost."""
        return self._end - self.reserved - time.monotonic()
