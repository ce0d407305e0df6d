"""The arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerasgrid.errors import RunError

if TYPE_CHECKING:
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.run.limits import Limits


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as ``90``, ``90s``, ``10m`` or ``1h30m``."""
    from kerasgrid.api import durations

    try:
        return durations.parse_duration(text)
    except RunError as error:
        raise typer.BadParameter(f"{error.rule}, got {text}") from None


def deadline_of(max_time: float | None, minutes: float | None) -> Deadline | None:
    """Return when all must have ended, which is counted from now; None if nothing is said.

    Args:
        max_time: Seconds, of ``--max-time``.
        minutes: Of ``--minutes``.
    """
    from kerasgrid.fits.deadline import Deadline

    if max_time is not None and minutes is not None:
        raise typer.BadParameter("must not stand beside --max-time, which says the same", param_hint="'--minutes'")
    seconds = 60.0 * minutes if minutes is not None else max_time
    return None if seconds is None else Deadline(seconds)


def limits_of(max_time: float | None, minutes: float | None, *, when_tied: bool = False) -> Limits:
    """Return what ends a search; as :func:`deadline_of`."""
    from kerasgrid.run.limits import Limits

    return Limits(deadline_of(max_time, minutes), when_tied)


def parse_folder(text: str) -> Path:
    """Return the path of a run's folder."""
    # An empty one would be the current folder, and is what an unset variable of a shell leaves.
    if not text:
        raise typer.BadParameter("must be the path of a folder, got an empty text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter(f"must be a name in UTF-8, got {text!r}") from None
    return Path(text)


SpaceArgument = Annotated[str, typer.Argument(metavar="SPACE", help="A space file, or the name of a bundled space.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its name under runs/.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", parser=parse_folder, metavar="FOLDER", help="The run's folder.  [default: runs/NAME]"),
]
RepeatsOption = Annotated[
    int | None, typer.Option("--repeats", min=1, help="How often to train each candidate on all folds.")
]
MetricOption = Annotated[
    str | None, typer.Option("--metric", metavar="NAME", help="Compare by another metric, see kerasgrid list.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything random.")]
RaceOption = Annotated[
    bool | None,
    typer.Option("--race/--no-race", help="Whether candidates that cannot win any more are trained no further."),
]
BaselinesOption = Annotated[
    bool | None,
    typer.Option("--baselines/--no-baselines", help="Whether simple models are trained on the same folds, too."),
]
DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="Look for named data sets here first.")]
MaxTimeOption = Annotated[
    float | None,
    typer.Option(
        "--max-time", parser=parse_duration, metavar="TIME", help="Be done, reports included, after 90s, 10m or 1h30m."
    ),
]
MinutesOption = Annotated[
    float | None, typer.Option("--minutes", min=0.01, max=5_000_000.0, help="The same, as a number of minutes.")
]
TiedOption = Annotated[
    bool, typer.Option("--stop-when-tied", help="End once more random trials could not be told from noise.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Another model: a name, or a function of yours as my_module:my_builder.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]
RunModelOption = Annotated[
    str | None, typer.Option("--model", help="The function of yours that the run trained, my_module:my_builder.")
]
