"""The options that say which data to learn from and what it is, which several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from kerasgrid.cli.standing_in import with_options
from kerasgrid.data.dropped import parts_of_list
from kerasgrid.data.sources import suffixes

_PARAMETER = "data"
"""The parameter of a command that these options stand in for."""


@dataclass(frozen=True, slots=True)
class DataAsked:
    """What the command line says of the data.

    Attributes:
        dataset: The name of a data set, a file or a folder, instead of the space's; None for the space's.
        options: Further keys of a space file's ``dataset`` that were given, as such a file has them.
    """

    dataset: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


NO_DATA = DataAsked()
"""Nothing is said of the data."""


def takes_data_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes all of these options, in the place of its parameter ``data``.

    Args:
        command: It gets a :class:`DataAsked` as ``data``.
    """

    return with_options(command, _PARAMETER, _OPTIONS, _asked)


def parse_size(text: str) -> list[int] | int:
    """Return height and width of ``64x48``, or one number as it is."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise typer.BadParameter(f"must be height x width, such as 64x64, got {text}")
    sizes = [int(part) for part in parts]
    return sizes if len(sizes) == 2 else sizes[0]


def _asked(given: Mapping[str, Any]) -> DataAsked:
    options = {name: value for name, value in given.items() if value not in (None, [], ()) and name != "dataset"}
    if len(options.get("target", ())) == 1:
        options["target"] = options["target"][0]
    if "drop" in options:
        options["drop"] = [name for text in options["drop"] for name in parts_of_list(text)]
    for name in ("target", "missing"):
        if isinstance(options.get(name), tuple):
            options[name] = list(options[name])
    if "column" in options:
        options["columns"] = dict(_kind(text) for text in options.pop("column"))
    return DataAsked(given["dataset"], options)


def _kind(text: str) -> tuple[str, str]:
    name, equals, kind = text.rpartition("=")
    if not (name and equals and kind):
        raise typer.BadParameter(f"must be NAME=KIND, such as zip=category, got {text}", param_hint="--column")
    return name, kind


_OPTIONS: Mapping[str, Any] = {
    "dataset": Annotated[
        str | None,
        typer.Option("--dataset", help=f"Another data set: a name, a folder, or a {' or '.join(suffixes())} file."),
    ],
    "target": Annotated[
        list[str] | None,
        typer.Option("--target", metavar="COLUMN", help="The column to predict; again for several."),
    ],
    "task": Annotated[
        str | None,
        typer.Option("--task", help="Predict this, where the guess is wrong: classification, regression, multilabel."),
    ],
    "column": Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME=KIND", help="What a column is: number, category, yes/no or date."),
    ],
    "drop": Annotated[
        list[str] | None,
        typer.Option("--drop", metavar="COLUMN", help="Leave out a column, or several with commas between."),
    ],
    "group": Annotated[
        str | None,
        typer.Option("--group", metavar="COLUMN", help="Rows of one value stand on one side of every split."),
    ],
    "time": Annotated[
        str | None, typer.Option("--time", metavar="COLUMN", help="Score on later rows than those trained on.")
    ],
    "fold": Annotated[
        str | None, typer.Option("--fold", metavar="COLUMN", help="The column that says in which fold a row is scored.")
    ],
    "weight": Annotated[
        str | None, typer.Option("--weight", metavar="COLUMN", help="How much a row counts in the training.")
    ],
    "validation": Annotated[
        str | None, typer.Option("--validation", metavar="FILE", help="Score on this file instead of folds.")
    ],
    "test_split": Annotated[
        float | None,
        typer.Option("--test-split", metavar="SHARE", help="Keep this share as a test set, where there is none."),
    ],
    "missing": Annotated[
        list[str] | None,
        typer.Option("--missing", metavar="MARK", help="What stands for a gap, such as ? or -999; again for several."),
    ],
    "encoding": Annotated[
        str | None, typer.Option("--encoding", help="Of a text file, such as cp1252.  [default: what shows]")
    ],
    "scale": Annotated[
        bool | None,
        typer.Option("--scale/--no-scale", help="Divide 8-bit values of a .npz by 255.  [default: images only]"),
    ],
    "size": Annotated[
        # A parser may return anything.
        str | None,
        typer.Option("--size", parser=parse_size, metavar="HxW", help="Pixels of images of a folder, such as 64x64."),
    ],
    "color": Annotated[str | None, typer.Option("--color", help="Of images of a folder: rgb or grayscale.")],
}
"""The options by the names of a space file's ``dataset``, but ``column`` for each of its ``columns``."""
