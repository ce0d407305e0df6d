"""A watcher of a search that has the pictures of its trials drawn while the winner is refitted."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kerasgrid.fits.fit import FitResult
from kerasgrid.reports.ahead.illustrator import NoIllustrator
from kerasgrid.reports.files import REPORTS
from kerasgrid.reports.write import Make, made_here
from kerasgrid.run.record import read
from kerasgrid.run.store import Store

if TYPE_CHECKING:
    from kerasgrid.run.loop import Watcher
    from kerasgrid.run.tally import Tally


class DrawnAhead:
    """A watcher that orders the files that need no more than trials as soon as the fits have ended.

    Used as a context manager around the search. This process, which would only wait for the refit, looks after what the
    pictures show meanwhile, in a thread.

    Args:
        watcher: Is told everything, too.
        folder: Of the run.
        illustrator: Draws, if it has been started.
    """

    def __init__(self, watcher: Watcher, folder: Path, illustrator: NoIllustrator) -> None:
        self._watcher = watcher
        self._folder = folder
        self._illustrator = illustrator
        self._thread: threading.Thread | None = None
        self._fits_version: tuple[int, int | None] | None = None

    def started(self, tally: Tally) -> None:
        """Tell the watcher."""
        self._watcher.started(tally)

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """Tell the watcher."""
        self._watcher.fit_done(tally, result)

    def refitting(self, tally: Tally) -> None:
        """Tell the watcher, and have the pictures drawn."""
        self._watcher.refitting(tally)
        if self._illustrator.is_there:
            self._thread = threading.Thread(target=self._order, name="pictures")
            self._thread.start()

    def stop(self) -> None:
        """Tell the watcher."""
        self._watcher.stop()

    def make(self, store: Store) -> Make:
        """Return what makes the files: the illustrator if what it was asked to draw is what this store says now."""
        return self._illustrator.made if self._fits_version == store.fits_version() else made_here

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Before the search's own store is closed, so that this is the last to close and leaves no log behind.
        if self._thread is not None:
            self._thread.join()

    def _order(self) -> None:
        # What is the matter is told where the reports are written, without pictures ordered.
        with suppress(Exception):
            with Store.open_readonly(self._folder) as store:
                version = store.fits_version()
                run = read(store)
            # Computed here, where what this needs has been imported meanwhile; it travels with the run.
            run.effects()
            self._illustrator.order(run, [row for row in REPORTS.values() if row.stage == "trials"])
            # What was asked for is written before the first fit, and no picture of these shows more than that and the
            # fits: how long all took, and the refit itself, come later.
            self._fits_version = version
