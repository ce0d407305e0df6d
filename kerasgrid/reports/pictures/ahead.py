"""Drawing ahead: the pictures of the trials are drawn while the winner is refitted."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kerasgrid.fits.fit import FitResult
from kerasgrid.reports.pictures.illustrator import Illustrator
from kerasgrid.reports.pictures.pictures import Picture, trial_pictures
from kerasgrid.run.making import read_run as read
from kerasgrid.run.store import Store

if TYPE_CHECKING:
    from kerasgrid.run.loop import Watcher
    from kerasgrid.run.tally import Tally


class DrawnAhead:
    """A watcher of a search that orders the pictures of its trials as soon as its fits have ended.

    Used as a context manager around the search. This process, which would only wait for the refit, looks after what the
    pictures show meanwhile, in a thread.

    Args:
        watcher: Is told everything, too.
        folder: Of the run.
        illustrator: Draws, if it has been started.
    """

    def __init__(self, watcher: Watcher, folder: Path, illustrator: Illustrator) -> None:
        self._watcher = watcher
        self._folder = folder
        self._illustrator = illustrator
        self._thread: threading.Thread | None = None
        self._pictures: list[Picture] = []
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

    def pictures(self, store: Store) -> Iterable[Picture] | None:
        """Return the pictures that were ordered, if they are what this store says now; None otherwise."""
        return self._pictures if self._fits_version == store.fits_version() else None

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
            ordered = self._illustrator.ordered(trial_pictures(run, run.trials, run.results))
            self._pictures = list(ordered)
            # What was asked for is written before the first fit, and no picture of these shows more than that and the
            # fits: how long all took, and the refit itself, come later.
            self._fits_version = version
