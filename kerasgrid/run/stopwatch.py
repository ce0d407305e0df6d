"""The time that searches spend in a folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kerasgrid.run.store import Store


class Stopwatch:
    """The wall time that searches spend in a folder, noted in its store as it goes: a kill loses its last part only.

    When each of them began is noted, too: nobody was idle between two of them.

    Args:
        store: Where it is added to that of earlier searches.
        more: Returns further facts that are noted with it.
    """

    def __init__(self, store: Store, more: Callable[[], Mapping[str, Any]] = dict) -> None:
        self._store = store
        self._more = more
        self._noted = time.monotonic()
        self._began = round(time.time(), 3)

    def note(self, at_least: float = 0.0) -> None:
        """Add the time since the last note, if that is so many seconds."""
        spent = time.monotonic() - self._noted
        if spent >= at_least:
            meta = self._store.meta()
            began = [*meta.get("began", ())]
            began += [] if self._began in began else [self._began]
            self._store.set_meta(elapsed=meta.get("elapsed", 0.0) + spent, began=began, **self._more())
            self._noted += spent
