"""The commands that read what is there: runs, and what kerasgrid offers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from kerasgrid.cli.browser import show_page
from kerasgrid.cli.options import OpenOption, RunArgument
from kerasgrid.cli.telling import console, print_lines
from kerasgrid.errors import legible
from kerasgrid.reports.export.export import EXPORTS

_TABLES = [form.name for form in EXPORTS.values() if form.is_table]


def _either(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"


def report_command(run: RunArgument, open_page: OpenOption = False) -> None:
    """Write the report files of a run again."""
    from kerasgrid.api.opening import rewrite_reports

    paths = rewrite_reports(run)
    print_lines([str(path) for path in paths.written()])
    if paths.note:
        print(f"kerasgrid: {legible(paths.note)}", file=sys.stderr)
    if open_page:
        show_page(paths.page.resolve().as_uri())


def show_command(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many trials to list.")] = 10,
    effects: Annotated[bool, typer.Option("--effects", help="Show what each axis does, not the trials.")] = False,
) -> None:
    """Show a run as text, also while it is going on."""
    from kerasgrid.api.opening import open_run
    from kerasgrid.reports.text.console import print_effects, print_run

    found = open_run(run)
    if effects:
        print_effects(console(), found)
    else:
        print_run(console(), found, top=top)


def narrow_command(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many of the best count, at most half of all.")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="Write the space here instead of printing it.")] = None,
) -> None:
    """Print a narrower space around a run's best trials."""
    from kerasgrid.api.opening import narrow_run
    from kerasgrid.system.files import write_text

    space = narrow_run(run, top)
    if out is None:
        print(space.to_json(), end="")
    else:
        write_text(out, space.to_json())


def watch_command(
    run: RunArgument,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8765,
    open_page: OpenOption = False,
) -> None:
    """Serve a run's page, live, on this machine.

    Start it before, during or after the search; Ctrl-C ends it.
    """
    from kerasgrid.api.opening import watch_run

    def ready(address: str, is_there: bool) -> None:
        print(address, flush=True)
        if not is_there:
            print(f"kerasgrid: waiting for the run {run}", file=sys.stderr)
        if open_page:
            show_page(address)

    # Being interrupted is how it ends.
    with suppress(KeyboardInterrupt):
        watch_run(run, port, ready)


def export_command(
    run: RunArgument,
    to: Annotated[str, typer.Option("--to", metavar="FORM", help=f"{_either(EXPORTS)}.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write, or folder for tensorboard.  [default: in the run's folder]"),
    ] = None,
    epochs: Annotated[
        bool, typer.Option("--epochs", help=f"A row for each epoch of each fit ({', '.join(_TABLES)}).")
    ] = False,
) -> None:
    """Write a run for other tools."""
    from kerasgrid.api.opening import export_run

    path, opens = export_run(run, to, out, epochs=epochs)
    print_lines([str(path), *([f"open it with: {opens}"] if opens else [])])


def list_command() -> None:
    """List bundled spaces, data sets, models and their parameters."""
    from kerasgrid.reports.text.listing import list_lines

    print_lines(list_lines())


def schema_command() -> None:
    """Print the JSON Schema of the space file."""
    from kerasgrid.space.schema import space_schema

    print_lines([json.dumps(space_schema(), indent=2, ensure_ascii=False)])
