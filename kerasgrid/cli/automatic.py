"""The command that searches for data that comes alone: auto."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kerasgrid.cli.data_options import NO_DATA, DataAsked, takes_data_options
from kerasgrid.cli.fitter_options import LOCAL, FitterAsked, takes_fitter_options
from kerasgrid.cli.interrupts import interruptible
from kerasgrid.cli.options import (
    DataDirOption,
    MaxTimeOption,
    MinutesOption,
    OpenOption,
    OutOption,
    SeedOption,
    limits_of,
)
from kerasgrid.cli.telling import GOES_ON, console, print_lines, tell
from kerasgrid.system.shell import quoted


@takes_fitter_options
@takes_data_options
def auto_command(
    data_set: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A table, a folder of images, or the name of a data set.")
    ] = None,
    data: DataAsked = NO_DATA,
    metric: Annotated[
        str | None, typer.Option("--metric", help="What to compare by.  [default: accuracy of classes, R² of numbers]")
    ] = None,
    minutes: MinutesOption = None,
    max_time: MaxTimeOption = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="How many networks to try at most; no limit of time unless you say one."),
    ] = None,
    single: Annotated[
        bool, typer.Option("--single", help="One network alone, no ensemble: smaller, and faster to predict with.")
    ] = False,
    out: OutOption = None,
    jobs: FitterAsked = LOCAL,
    seed: SeedOption = None,
    data_dir: DataDirOption = None,
    print_space: Annotated[
        bool, typer.Option("--print-space", help="Print what would be searched, and search nothing.")
    ] = False,
    open_page: OpenOption = False,
) -> None:
    """Find a model for your data, in as many minutes as you say.

    Without a space: the data says what is searched and how it is split. Simple models are trained on the same folds,
    and the end says whether a network was worth it. More minutes later go on where it stopped.
    """
    from kerasgrid.api.auto import DEFAULT_MINUTES, auto_folder, decide, search_decided
    from kerasgrid.api.spaces import dataset_document
    from kerasgrid.reports.text.progress import make_progress

    place = _place(data_set, data.dataset)
    usual = DEFAULT_MINUTES if minutes is None and max_time is None and trials is None else minutes
    limits = limits_of(max_time, usual)
    time = None if limits.deadline is None else limits.deadline.seconds / 60.0
    with interruptible(GOES_ON):
        fitter = None if print_space else jobs.make()
        document = dataset_document(place, **data.options)
        folder = out if out is not None else auto_folder(document)
        asked: dict[str, Any] = {"max_trials": trials, "metric": metric, "seed": seed, "data_dir": data_dir}
        asked["ensemble"] = not single
        found = decide(document, folder, fitter, minutes=time, **asked)
        if fitter is None:
            print(found.space.to_json(), end="")
            return
        outcome = search_decided(found, folder, fitter, make_progress(console(stderr=True)), limits)
        tell(outcome, open_page=open_page)
        print_lines(["", f"kerasgrid predict {quoted(str(folder))} FILE   predicts the rows of a file like this one"])


def _place(argument: str | None, option: str | None) -> str:
    if (argument is None) == (option is None):
        rule = "give the data once, as DATA" if argument is not None else "give the data: a file, a folder or a name"
        raise typer.BadParameter(rule, param_hint="'DATA'")
    return str(argument if option is None else option)
