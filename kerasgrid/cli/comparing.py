"""The command that holds runs against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kerasgrid.cli.browser import show_page
from kerasgrid.cli.options import OpenOption
from kerasgrid.cli.telling import console, print_lines


def compare_command(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Folders of runs, or names under runs/.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write a page here.  [default with --open: compare.html]"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs to read.")] = False,
    open_page: OpenOption = False,
) -> None:
    """Show runs side by side, and whether their best trials differ."""
    from kerasgrid.api.comparing import PAGE, compare, write_comparison
    from kerasgrid.reports.text.compared import compared_dict
    from kerasgrid.reports.text.console import print_comparison

    found = compare(runs)
    page = Path(PAGE) if out is None and open_page else out
    if page is not None:
        write_comparison(found, page)
    if as_json:
        print_lines([json.dumps(compared_dict(found), indent=2, ensure_ascii=False, allow_nan=False)])
    else:
        print_comparison(console(), found)
        print_lines([] if page is None else [f"page: {page}"])
    if open_page and page is not None:
        show_page(page.resolve().as_uri())
