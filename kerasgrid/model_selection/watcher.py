"""Who is told how far a search is: the command line's progress, or nobody."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgrid.run.watcher import Watcher


def watcher_for(verbose: int) -> Watcher:
    """Return a live bar on a terminal, lines elsewhere (in a notebook, too), nothing with ``verbose=0``."""
    from kerasgrid.run.watcher import Silence

    if not verbose:
        return Silence()
    from rich.console import Console

    from kerasgrid.reports.text.progress import make_progress

    # A notebook's kernel sets FORCE_COLOR, which rich would take for a terminal.
    return make_progress(Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty()))
