"""What a search is at: told in a small file beside its store, for who watches it.

It is written by whoever holds the lock of the run, once a second at most however many fits there are, and removed when
the search ends. What one that was killed has left counts for nothing: its process is gone, or gives no sign of life.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import AtWork
from kerasgrid.run.database import LOCK
from kerasgrid.system.locks import living_holder

FILE = ".now.json"
"""The name of the file, inside the run's folder."""

_SECONDS_PER_WRITE = 1.0


class Now:
    """Tells what a search is at, for as long as it goes on.

    That the disk does not take it is no reason for a search to end.

    Args:
        folder: The run's folder.
        clock: Returns seconds.
        seconds: From now to the search's end, if its time is limited; None else.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic, seconds: float | None = None) -> None:
        self._path = folder / FILE
        self._ends = {} if seconds is None else {"ends": time.time() + seconds}
        self._clock = clock
        self._next = -math.inf
        self._told: object = None
        self.end()

    def tell(self, at_work: Callable[[], Sequence[AtWork]]) -> float:
        """Tell what the workers are at, if it is time; see :data:`kerasgrid.fits.fitter.Tell`."""
        left = self._next - self._clock()
        if left > 0:
            return left
        found = list(at_work())
        if found != self._told:
            self._told = found
            self._write(fits=[_told(one) for one in found])
        return math.inf

    def does(self, what: str) -> None:
        """Tell what is done beside training fits, now."""
        self._told = what
        self._write(does=what, since=time.time())
        self._next = -math.inf  # and what the workers are at next, as soon as it is known

    def end(self) -> None:
        """Tell nothing any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _write(self, **content: Any) -> None:
        self._next = self._clock() + _SECONDS_PER_WRITE
        # Not written to the disk at once, as the store is: of a machine that goes down it tells nothing.
        temporary = self._path.with_name(f".{FILE}.{os.getpid()}.tmp")
        with suppress(OSError):
            temporary.write_text(json.dumps({"process": os.getpid(), **self._ends, **content}), encoding="utf-8")
            temporary.replace(self._path)


@dataclass(frozen=True, slots=True)
class Working:
    """What a search is at.

    Attributes:
        fits: What its workers are at.
        does: What it does beside training fits; empty if nothing.
        since: Since when, in seconds since 1970, UTC.
        ends: When it ends at the latest, on the same clock; None if its time is not limited.
    """

    fits: tuple[AtWork, ...] = ()
    does: str = ""
    since: float = 0.0
    ends: float | None = None


def working(folder: Path) -> Working | None:
    """Return what the search is at that goes on in this folder; None if there is none, or if it does not tell."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        holder = living_holder(folder / LOCK)
        if holder is None or holder.process != told["process"]:
            return None
        fits = tuple(_at_work(one) for one in told.get("fits", ()))
        ends = None if told.get("ends") is None else float(told["ends"])
        return Working(fits, str(told.get("does", "")), float(told.get("since", 0.0)), ends)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _told(one: AtWork) -> dict[str, Any]:
    fit = one.fit
    place = {"fold": fit.fold, "repeat": fit.repeat, "pauses": fit.pauses}
    return {"worker": one.worker, "since": one.since, "candidate": json.loads(fit.candidate.canonical), **place}


def _at_work(told: dict[str, Any]) -> AtWork:
    fit = Fit(Candidate(told["candidate"]), int(told["fold"]), int(told["repeat"]), pauses=bool(told["pauses"]))
    return AtWork(str(told["worker"]), fit, float(told["since"]))
