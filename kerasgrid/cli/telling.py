"""What the commands print: results on standard output, all else on standard error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from kerasgrid.cli.browser import show_page
from kerasgrid.errors import RunError, legible, reason
from kerasgrid.system.files import FULL

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
    """Print lines on standard output; names in them may hold anything."""
    for line in lines:
        print(legible(line))


@contextmanager
def system_explained() -> Iterator[None]:
    """Tell in one message what the system refuses wherever it is asked: a full standard output, a name too long.

    Raises:
        RunError: in place of what came of it.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG and error.filename is not None:
            raise RunError(
                "there can be no such file or folder", where=str(error.filename), got=reason(error)
            ) from error
        # Files have names, and tell of themselves.
        if error.errno not in FULL or error.filename is not None:
            raise
        # Python would try once more, and complain, when it exits.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        raise RunError("standard output takes no more", got=reason(error), hint="make room", exit_code=1) from error


def console(*, stderr: bool = False) -> Console:
    """Return the terminal on standard output, or on standard error."""
    from rich.console import Console

    return Console(stderr=stderr)
