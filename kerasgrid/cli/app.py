"""The command line: parse, call, print."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from kerasgrid.cli.browser import show_page
from kerasgrid.cli.interrupts import interruptible, signals_raised
from kerasgrid.cli.options import (
    DataDirOption,
    DatasetOption,
    JobsOption,
    MaxTimeOption,
    ModelOption,
    OpenOption,
    OutOption,
    RepeatsOption,
    RunArgument,
    RunModelOption,
    SeedOption,
    SpaceArgument,
    TargetOption,
)
from kerasgrid.errors import KerasgridError
from kerasgrid.system.startup import set_up_process

if TYPE_CHECKING:
    from rich.console import Console

    from kerasgrid.api.searching import Outcome
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.watcher import Watcher
    from kerasgrid.space.spec import Space

app = typer.Typer(
    help="Which hyperparameters should my Keras model use, and what does each of them do?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_GOES_ON = "the same command goes on where this one stopped"


@app.command("search")
def search_command(
    space: SpaceArgument,
    out: OutOption = None,
    jobs: JobsOption = None,
    repeats: RepeatsOption = None,
    seed: SeedOption = None,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    model: ModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space. Run it again to go on where it stopped."""
    from kerasgrid.cli.asked import asked_space

    with interruptible(_GOES_ON):
        fitter = _fitter(jobs)
        asked = asked_space(space, repeats=repeats, seed=seed, dataset=dataset, target=target, model=model)
        _search(asked, out, dataset, fitter, data_dir=data_dir, max_seconds=max_time, open_page=open_page)


@app.command("random")
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
    jobs: JobsOption = None,
    repeats: RepeatsOption = None,
    seed: SeedOption = None,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    model: ModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space by random candidates. More --trials later only train what is new."""
    from kerasgrid.cli.asked import random_space

    with interruptible(_GOES_ON):
        fitter = _fitter(jobs)
        changes = {"repeats": repeats, "seed": seed, "dataset": dataset, "target": target, "model": model}
        asked = random_space(space, trials=trials, rounds=rounds, **changes)
        _search(asked, out, dataset, fitter, data_dir=data_dir, max_seconds=max_time, open_page=open_page)


@app.command("check")
def check_command(
    space: SpaceArgument,
    repeats: RepeatsOption = None,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
    model: ModelOption = None,
) -> None:
    """Validate a space and count what it would train.

    Every model that it holds is built, none is trained.
    """
    from kerasgrid.api.checking import check_space
    from kerasgrid.cli.asked import asked_space
    from kerasgrid.reports.text.listing import check_lines

    plan, structures = check_space(
        asked_space(space, repeats=repeats, dataset=dataset, target=target, model=model), data_dir
    )
    _print_lines(check_lines(plan, structures))


@app.command("confirm")
def confirm_command(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many of the best trials.")] = 5,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=1000, help="New repeats of each, on top of the search's.")
    ] = 5,
    jobs: JobsOption = None,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    model: RunModelOption = None,
    open_page: OpenOption = False,
) -> None:
    """Train the best trials of a run again, and rank them anew."""
    from kerasgrid.api.confirming import confirm_run

    with interruptible(_GOES_ON):
        options: dict[str, Any] = {"data_dir": data_dir, "max_seconds": max_time, "model": model}
        outcome = confirm_run(run, lambda: _fitter(jobs), _watcher(), top=top, repeats=repeats, **options)
        _tell(outcome, open_page=open_page)


@app.command("report")
def report_command(run: RunArgument, open_page: OpenOption = False) -> None:
    """Write the report files of a run again."""
    from kerasgrid.api.opening import rewrite_reports

    paths = rewrite_reports(run)
    _print_lines([str(path) for path in paths.written()])
    if open_page:
        show_page(paths.page.resolve().as_uri())


@app.command("show")
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
        print_effects(_console(), found)
    else:
        print_run(_console(), found, top=top)


@app.command("narrow")
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


@app.command("watch")
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


@app.command("export")
def export_command(
    run: RunArgument,
    to: Annotated[str, typer.Option("--to", metavar="FORM", help="csv, parquet, json, tensorboard or optuna.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write, or folder for tensorboard.  [default: in the run's folder]"),
    ] = None,
    epochs: Annotated[
        bool, typer.Option("--epochs", help="A row for each epoch of each fit (csv, parquet, json).")
    ] = False,
) -> None:
    """Write a run for other tools."""
    from kerasgrid.api.opening import export_run

    path, opens = export_run(run, to, out, epochs=epochs)
    _print_lines([str(path), *([f"open it with: {opens}"] if opens else [])])


@app.command("list")
def list_command() -> None:
    """List bundled spaces, data sets, models and their parameters."""
    from kerasgrid.reports.text.listing import list_lines

    _print_lines(list_lines())


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the space file."""
    from kerasgrid.space.schema import space_schema

    _print_lines([json.dumps(space_schema(), indent=2, ensure_ascii=False)])


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 2 wrong input, 1 the run failed, 130 interrupted."""
    set_up_process()
    with signals_raised():
        try:
            app()
        except KerasgridError as error:
            print(f"kerasgrid: {error}", file=sys.stderr)
            sys.exit(error.exit_code)
    sys.exit(0)


def _search(
    asked: Space, out: Path | None, dataset: str | None, fitter: Fitter, *, open_page: bool, **options: Any
) -> None:
    from kerasgrid.api.searching import carry_out, dataset_for, default_folder, prepare

    folder = out if out is not None else default_folder(asked, dataset)
    prepared = prepare(asked, folder, dataset_for(asked, data_dir=options["data_dir"]))
    _tell(carry_out(prepared, fitter, _watcher(), max_seconds=options["max_seconds"]), open_page=open_page)


def _fitter(jobs: int | None) -> Fitter:
    from kerasgrid.workers.fitters import FITTERS

    return FITTERS["local"].make(jobs)


def _watcher() -> Watcher:
    from kerasgrid.reports.text.progress import make_progress

    return make_progress(_console(stderr=True))


def _tell(outcome: Outcome, *, open_page: bool) -> None:
    from kerasgrid.reports.text.console import print_run

    print_run(_console(), outcome.run)
    _print_lines(["", *(f"{name + ':':17}{path}" for name, path in outcome.paths.named())])
    if open_page:
        show_page(outcome.paths.page.resolve().as_uri())
    if outcome.end != "complete":
        print(f"kerasgrid: {outcome.end}; {_GOES_ON}", file=sys.stderr)
    if outcome.end == "interrupted":
        raise typer.Exit(130)
    final = outcome.run.final
    if outcome.paths.best_params is None or (final is not None and final.status != "ok"):
        raise typer.Exit(1)


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        print(line)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)
