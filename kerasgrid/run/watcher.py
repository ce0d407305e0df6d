"""Who is told how far a search is."""

from __future__ import annotations

from typing import Protocol

from kerasgrid.fits.fit import FitResult
from kerasgrid.run.run import Run
from kerasgrid.run.tally import Tally


class Watcher(Protocol):
    """Is told how far a search is."""

    def started(self, tally: Tally) -> None:
        """Reused fits are counted, training begins."""

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """One more fit is in the store."""

    def refitting(self, tally: Tally, run: Run) -> None:
        """The winner is being trained on all training data; all else is known."""

    def say(self, text: str) -> None:
        """Something else is to be told, as a line."""

    def stop(self) -> None:
        """The search has ended, however."""


class Silence:
    """Watches a search and says nothing."""

    def started(self, tally: Tally) -> None:
        """Say nothing."""

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """Say nothing."""

    def refitting(self, tally: Tally, run: Run) -> None:
        """Say nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Nothing is live."""
