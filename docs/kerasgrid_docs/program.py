"""The command line as it describes itself.

What ``--help`` prints is shown as it is. sphinxcontrib-typer 0.10 fails with a program whose help is plain text
(``rich_markup_mode=None``), and with boxes drawn by rich it shows a help that nobody gets to see.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator

from typer.main import get_command

from kerasgrid.cli.app import COMMANDS, app

_WIDTH = "80"


def overview() -> str:
    """Return what ``kerasgrid --help`` prints, as a block."""
    return f"```text\n{help_of()}\n```\n"


def commands() -> str:
    """Return the help of every command, each under a heading of its own."""
    texts = [f"## `kerasgrid {name}`\n\n```text\n{help_of(name)}\n```\n" for name in COMMANDS]
    return "\n".join(texts)


def help_of(*command: str) -> str:
    """Return what ``--help`` of a command prints."""
    printed = io.StringIO()
    with _columns(_WIDTH), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        app([*command, "--help"], prog_name="kerasgrid")
    return printed.getvalue().strip()


def options_of(command: str) -> frozenset[str]:
    """Return every option of a command."""
    found = get_command(app).commands[command].params  # type: ignore[attr-defined]
    return frozenset(option for parameter in found for option in (*parameter.opts, *parameter.secondary_opts))


@contextlib.contextmanager
def _columns(width: str) -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = width
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
