"""Who is told how far a search is: the command line's progress, or nobody."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.reports.text.progress import LiveProgress, PlainProgress
    from kerasgrid.run.tally import Tally


def watcher_for(verbose: int) -> LiveProgress | PlainProgress | Silence:
    """Return a live bar on a terminal, lines elsewhere (in a notebook, too), nothing with ``verbose=0``."""
    if not verbose:
        return Silence()
    from rich.console import Console

    from kerasgrid.reports.text.progress import make_progress

    # A notebook's kernel sets FORCE_COLOR, which rich would take for a terminal.
    return make_progress(Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty()))


class Silence:
    """Watches a search and says nothing."""

    def started(self, tally: Tally) -> None:
        """Say nothing."""

    def fit_done(self, tally: Tally, result: Any) -> None:
        """Say nothing."""

    def refitting(self, tally: Tally) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Nothing is live."""
