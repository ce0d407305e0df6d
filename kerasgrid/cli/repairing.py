"""The command for damaged runs: repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kerasgrid.cli.options import RunArgument, parse_folder
from kerasgrid.cli.telling import print_lines
from kerasgrid.system.words import counted


def repair_command(
    run: RunArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            parser=parse_folder,
            metavar="FOLDER",
            help="A new folder for what is salvaged.  [default: the run's own, with the damaged file beside it]",
        ),
    ] = None,
) -> None:
    """Salvage what can be read of a damaged run.

    The damaged file is kept. Searching again trains what is missing.
    """
    from kerasgrid.api.repair import repair

    done = repair(run, out)
    if done.damage is None:
        print_lines([f"{done.folder}: nothing is damaged, and nothing was written"])
        return
    failed = f", {done.n_failed} of them failed" if done.n_failed else ""
    lines = [
        f"damage:        {done.damage}",
        f"salvaged:      {counted(done.n_fits, 'fit')}{failed}; {counted(done.n_models, 'refit')}",
        *([f"lost:          at least {counted(done.n_lost, 'row')}"] if done.n_lost else []),
        f"repaired run:  {done.folder}",
        f"damaged file:  {done.kept}",
    ]
    if not done.is_asked:
        lines.append("What the search was asked is lost, so that the run can be shown only once it is searched again.")
    print_lines([*lines, "The same search again, in that folder, trains what is missing."])
