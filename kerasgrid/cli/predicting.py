"""The command that uses a run's model: predict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from kerasgrid.cli.options import RunArgument, RunModelOption
from kerasgrid.cli.telling import print_lines
from kerasgrid.errors import legible

if TYPE_CHECKING:
    import pandas as pd


def predict_command(
    run: RunArgument,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A table with the columns of the training, images, or a .npz file."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a CSV file instead of printing it.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Of a text file, where it does not show.")] = None,
    model: RunModelOption = None,
) -> None:
    """Print a file's rows with what a run's model predicts.

    Where the target is there, how good the predictions are is told, too.
    """
    from kerasgrid.api.predicting import predict_run
    from kerasgrid.reports.text.sentences import scores_text
    from kerasgrid.system.files import writing_text

    found = predict_run(run, file, encoding=encoding, model=model)
    for note in found.notes:
        print(f"kerasgrid: {legible(note)}", file=sys.stderr)
    if found.scores:
        print(f"kerasgrid: of {found.n_known:,} known: {scores_text(found.scores)}", file=sys.stderr)
    if out is None:
        _write(found.parts(), sys.stdout)
        return
    with writing_text(out) as stream:
        _write(found.parts(), stream)
    print_lines([str(out)])


def _write(parts: Iterator[pd.DataFrame], stream: TextIO) -> None:
    from kerasgrid.reports.tables.spreadsheet import csv_text

    for number, part in enumerate(parts):
        stream.write(csv_text(part, header=number == 0))
