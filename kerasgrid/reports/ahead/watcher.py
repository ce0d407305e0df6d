"""A watcher of a search that has the pictures of its trials drawn while the winner is refitted."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kerasgrid.fits.fit import FitResult
from kerasgrid.reports.ahead.illustrator import Illustrator, NoIllustrator
from kerasgrid.reports.files import REPORTS, ReportFile
from kerasgrid.run.run import Run
from kerasgrid.workers.processes import n_cores

if TYPE_CHECKING:
    from kerasgrid.run.tally import Tally
    from kerasgrid.run.watcher import Watcher

_MOST_FITS = 5_000
"""A run of more fits is too much to send to another process for the half second that it saves."""


def suitable_illustrator() -> NoIllustrator:
    """Return what draws on this machine: on a single core two processes draw no faster than one."""
    return Illustrator() if n_cores() > 1 else NoIllustrator()


class DrawnAhead:
    """A watcher that orders the files that need no more than trials as soon as the fits have ended.

    Used as a context manager around the search and its reports. This process, which would only wait for the refit,
    looks after what the pictures show meanwhile, in a thread.

    Args:
        watcher: Is told everything, too.
        illustrator: Draws.
    """

    def __init__(self, watcher: Watcher, illustrator: NoIllustrator) -> None:
        self._watcher = watcher
        self._illustrator = illustrator
        self._thread: threading.Thread | None = None
        self._ordered: Run | None = None

    def started(self, tally: Tally) -> None:
        """Tell the watcher, and begin to import what draws, if there is something to train."""
        self._watcher.started(tally)
        if tally.done < tally.n_fits:
            self._illustrator.start()

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """Tell the watcher."""
        self._watcher.fit_done(tally, result)

    def refitting(self, tally: Tally, run: Run) -> None:
        """Tell the watcher, and have the pictures drawn."""
        self._watcher.refitting(tally, run)
        if self._illustrator.is_there and len(run.results) <= _MOST_FITS:
            self._thread = threading.Thread(target=self._order, args=(run,), name="pictures")
            self._thread.start()

    def say(self, text: str) -> None:
        """Tell the watcher."""
        self._watcher.say(text)

    def stop(self) -> None:
        """Tell the watcher."""
        self._watcher.stop()

    def made(self, row: ReportFile, run: Run) -> bytes | None:
        """Return the content of a file: what was drawn ahead, if it shows the trials that this run has now."""
        if self._thread is not None:
            self._thread.join()
        is_ordered = self._ordered is not None and run.trials is self._ordered.trials
        return self._illustrator.made(row, run) if is_ordered else row.content(run)

    def __enter__(self) -> Self:
        self._illustrator.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.join()
        self._illustrator.__exit__(kind, error, trace)

    def _order(self, run: Run) -> None:
        # What is the matter is told where the reports are written, without pictures ordered.
        with suppress(Exception):
            # Computed here, where what this needs has been imported meanwhile; it travels with the run.
            run.effects()
            self._illustrator.order(run, [row for row in REPORTS.values() if row.stage == "trials"])
            self._ordered = run
