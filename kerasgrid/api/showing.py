"""A run as text, from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgrid.run.run import Run

_WIDTH = 150


def show(run: Run, *, top: int = 10) -> None:
    """Print a run as ``kerasgrid show`` does: the best trials, what cannot be told from the best, where to look next.

    Args:
        run: The run.
        top: How many trials to list; those of a ``list`` are all listed.

    Examples:
        >>> kerasgrid.show(kerasgrid.open_run("runs/digits"), top=5)
    """
    from rich.console import Console

    from kerasgrid.reports.text.console import print_run

    # Plain text, in a notebook, too: lines are never wrapped.
    print_run(Console(width=_WIDTH, force_terminal=False, force_jupyter=False), run, top=top)
