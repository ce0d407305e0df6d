"""The commands that train, and the check before: search, random, check, confirm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kerasgrid.cli.data_options import NO_DATA, DataAsked, takes_data_options
from kerasgrid.cli.fitter_options import LOCAL, FitterAsked, takes_fitter_options
from kerasgrid.cli.interrupts import interruptible
from kerasgrid.cli.options import (
    BaselinesOption,
    DataDirOption,
    MaxTimeOption,
    MetricOption,
    MinutesOption,
    ModelOption,
    OpenOption,
    OutOption,
    RaceOption,
    RepeatsOption,
    RunArgument,
    RunModelOption,
    SeedOption,
    SpaceArgument,
    TiedOption,
    deadline_of,
    limits_of,
)
from kerasgrid.cli.telling import GOES_ON, console, print_lines, tell

if TYPE_CHECKING:
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.watcher import Watcher
    from kerasgrid.space.spec import Space


@takes_fitter_options
@takes_data_options
def search_command(
    space: SpaceArgument,
    strategy: Annotated[
        str | None, typer.Option("--strategy", help="Another strategy for its axes, such as bayes.", metavar="NAME")
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="How many candidates to try.")] = None,
    out: OutOption = None,
    jobs: FitterAsked = LOCAL,
    repeats: RepeatsOption = None,
    metric: MetricOption = None,
    seed: SeedOption = None,
    race: RaceOption = None,
    baselines: BaselinesOption = None,
    data: DataAsked = NO_DATA,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    minutes: MinutesOption = None,
    stop_when_tied: TiedOption = False,
    model: ModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space. Run it again to go on where it stopped."""
    from kerasgrid.cli.asked import asked_space

    limits = limits_of(max_time, minutes, when_tied=stop_when_tied)
    with interruptible(GOES_ON):
        fitter = _fitter(jobs)
        changes: dict[str, Any] = {"strategy": strategy, "trials": trials, "repeats": repeats, "seed": seed}
        changes |= {"metric": metric, "race": race, "baselines": baselines}
        asked = asked_space(space, **changes, data=data, model=model)
        _search(asked, out, data.dataset, fitter, data_dir=data_dir, limits=limits, open_page=open_page)


@takes_fitter_options
@takes_data_options
def random_command(
    space: Annotated[
        str | None,
        typer.Argument(metavar="[SPACE]", help="A space file or bundled name.  [default: random, on digits]"),
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="How many candidates to draw.")] = None,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="Draw them in rounds, each around the best so far.")
    ] = None,
    out: OutOption = None,
    jobs: FitterAsked = LOCAL,
    repeats: RepeatsOption = None,
    metric: MetricOption = None,
    seed: SeedOption = None,
    race: RaceOption = None,
    baselines: BaselinesOption = None,
    data: DataAsked = NO_DATA,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    minutes: MinutesOption = None,
    stop_when_tied: TiedOption = False,
    model: ModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space by random candidates. More --trials later only train what is new."""
    from kerasgrid.cli.asked import random_space

    limits = limits_of(max_time, minutes, when_tied=stop_when_tied)
    with interruptible(GOES_ON):
        fitter = _fitter(jobs)
        changes: dict[str, Any] = {"trials": trials, "rounds": rounds, "repeats": repeats, "seed": seed}
        changes |= {"metric": metric, "race": race, "baselines": baselines}
        asked = random_space(space, **changes, data=data, model=model)
        _search(asked, out, data.dataset, fitter, data_dir=data_dir, limits=limits, open_page=open_page)


@takes_fitter_options
@takes_data_options
def check_command(
    space: SpaceArgument,
    jobs: FitterAsked = LOCAL,
    repeats: RepeatsOption = None,
    metric: MetricOption = None,
    race: RaceOption = None,
    data: DataAsked = NO_DATA,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    minutes: MinutesOption = None,
    model: ModelOption = None,
) -> None:
    """Tell what a search would train and take; validate its space.

    Every model that it holds is built, none is trained but for a few steps.
    """
    from kerasgrid.api.checking import check_space
    from kerasgrid.api.searching import default_folder
    from kerasgrid.cli.asked import asked_space
    from kerasgrid.reports.text.columns_table import columns_lines
    from kerasgrid.reports.text.listing import check_lines

    deadline = deadline_of(max_time, minutes)
    asked = asked_space(space, repeats=repeats, metric=metric, race=race, data=data, model=model)
    found = check_space(asked, data_dir, default_folder(asked, data.dataset), _fitter(jobs))
    columns = found.dataset.columns
    table = [] if columns is None else columns_lines(columns, found.dataset.x_train, found.dataset.targets)
    print_lines(check_lines(found.plan, found.structures, table, found.forecast, deadline))


@takes_fitter_options
def confirm_command(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many of the best trials.")] = 5,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=1000, help="New repeats of each, on top of the search's.")
    ] = 5,
    jobs: FitterAsked = LOCAL,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    minutes: MinutesOption = None,
    model: RunModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Train the best trials of a run again, and rank them anew."""
    from kerasgrid.api.confirming import confirm_run

    limits = limits_of(max_time, minutes)
    with interruptible(GOES_ON):
        options: dict[str, Any] = {"data_dir": data_dir, "limits": limits, "model": model}
        outcome = confirm_run(run, lambda: _fitter(jobs), _watcher(), top=top, repeats=repeats, **options)
        tell(outcome, open_page=open_page)


def _search(
    asked: Space, out: Path | None, dataset: str | None, fitter: Fitter, *, open_page: bool, **options: Any
) -> None:
    from kerasgrid.api.searching import carry_out, dataset_for, default_folder, prepare

    folder = out if out is not None else default_folder(asked, dataset)
    prepared = prepare(asked, folder, dataset_for(asked, data_dir=options["data_dir"], folder=folder))
    tell(carry_out(prepared, fitter, _watcher(), limits=options["limits"]), open_page=open_page)


def _fitter(asked: FitterAsked) -> Fitter:
    return asked.make()


def _watcher() -> Watcher:
    from kerasgrid.reports.text.progress import make_progress

    return make_progress(console(stderr=True))
