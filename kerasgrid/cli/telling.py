"""What the commands print: results on standard output, all else on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from kerasgrid.cli.browser import show_page

if TYPE_CHECKING:
    from rich.console import Console

    from kerasgrid.api.searching import Outcome

GOES_ON = "the same command goes on where this one stopped"


def tell(outcome: Outcome, *, open_page: bool) -> None:
    """Print how a search or a confirmation ended, and where its files are.

    Args:
        outcome: How it ended.
        open_page: Whether to open the page in the browser.

    Raises:
        typer.Exit: It was interrupted, or left no winner.
    """
    from kerasgrid.reports.text.console import print_run

    print_run(console(), outcome.run)
    print_lines(["", *(f"{name + ':':17}{path}" for name, path in outcome.paths.named())])
    if open_page:
        show_page(outcome.paths.page.resolve().as_uri())
    if outcome.end == "tied":
        print("kerasgrid: ended early; the same command without --stop-when-tied goes on", file=sys.stderr)
    elif outcome.end != "complete":
        print(f"kerasgrid: {outcome.end}; {GOES_ON}", file=sys.stderr)
    if outcome.end == "interrupted":
        raise typer.Exit(130)
    final = outcome.run.final
    if outcome.paths.best_params is None or (final is not None and final.status != "ok"):
        raise typer.Exit(1)


def print_lines(lines: list[str]) -> None:
    """Print lines on standard output."""
    for line in lines:
        print(line)


def console(*, stderr: bool = False) -> Console:
    """Return the terminal on standard output, or on standard error."""
    from rich.console import Console

    return Console(stderr=stderr)
