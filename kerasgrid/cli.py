"""The command line: parse, call, print."""

from __future__ import annotations

import json
import re
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from kerasgrid.errors import KerasgridError

if TYPE_CHECKING:
    from rich.console import Console

    from kerasgrid.commands import SearchOutcome

app = typer.Typer(
    help="Which hyperparameters should my Keras model use, and what does each of them do?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_LONGEST = 10 * 365 * 24 * 3600
"""The longest time that ``--max-time`` takes, in seconds."""

_GOES_ON = "the same command goes on where this one stopped"


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as ``90``, ``90s``, ``10m`` or ``1h30m``."""
    # Python reads no number of thousands of digits, and no clock waits so long.
    match = re.fullmatch(r"(?:(\d{1,10})h)?(?:(\d{1,10})m)?(?:(\d{1,10})s?)?", text.strip())
    hours, minutes, seconds = (0, 0, 0) if match is None else (int(part or 0) for part in match.groups())
    total = 3600 * hours + 60 * minutes + seconds
    if not 0 < total <= _LONGEST:
        raise typer.BadParameter(f"must be a time such as 90s, 10m or 1h30m, got {text}")
    return float(total)


SpaceArgument = Annotated[str, typer.Argument(metavar="SPACE", help="A space file, or the name of a bundled space.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its name under runs/.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The run's folder.  [default: runs/NAME]")]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="Worker processes.  [default: one per core]")]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything random.")]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", help="Another data set: a name, or a .npz or .csv file.")
]
TargetOption = Annotated[str | None, typer.Option("--target", help="The column of a .csv file to predict.")]
DataDirOption = Annotated[Path | None, typer.Option("--data-dir", help="Look for named data sets here first.")]
MaxTimeOption = Annotated[
    float | None,
    typer.Option("--max-time", parser=parse_duration, metavar="TIME", help="Stop after this time, such as 90s or 10m."),
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]


@app.command("search")
def search_command(
    space: SpaceArgument,
    out: OutOption = None,
    jobs: JobsOption = None,
    seed: SeedOption = None,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space. Run it again to go on where it stopped."""
    from kerasgrid.commands import asked_space, get_ready

    with _interruptible():
        get_ready()
        asked = asked_space(space, seed=seed, dataset=dataset, target=target)
        _search(asked, out, dataset, data_dir=data_dir, jobs=jobs, max_seconds=max_time, open_page=open_page)


@app.command("random")
def random_command(
    space: Annotated[
        str | None,
        typer.Argument(metavar="[SPACE]", help="A space file or bundled name.  [default: random, on digits]"),
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="How many candidates to draw.")] = None,
    out: OutOption = None,
    jobs: JobsOption = None,
    seed: SeedOption = None,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
    max_time: MaxTimeOption = None,
    open_page: OpenOption = False,
) -> None:
    """Search a space by random candidates. More --trials later only train what is new."""
    from kerasgrid.commands import get_ready, random_space

    with _interruptible():
        get_ready()
        asked = random_space(space, trials=trials, seed=seed, dataset=dataset, target=target)
        _search(asked, out, dataset, data_dir=data_dir, jobs=jobs, max_seconds=max_time, open_page=open_page)


@app.command("check")
def check_command(
    space: SpaceArgument,
    dataset: DatasetOption = None,
    target: TargetOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Validate a space and count what it would train.

    Every model that it holds is built, none is trained.
    """
    from kerasgrid.commands import asked_space, check_space
    from kerasgrid.report.listing import check_lines

    plan, structures = check_space(asked_space(space, dataset=dataset, target=target), data_dir)
    _print_lines(check_lines(plan, structures))


@app.command("report")
def report_command(run: RunArgument, open_page: OpenOption = False) -> None:
    """Write the report files of a run again."""
    from kerasgrid.commands import rewrite_reports

    paths = rewrite_reports(run)
    _print_lines([str(path) for path in (paths.best_params, paths.results, paths.page) if path is not None])
    if open_page:
        webbrowser.open(paths.page.resolve().as_uri())


@app.command("show")
def show_command(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many trials to list.")] = 10,
) -> None:
    """Show a run as text, also while it is going on."""
    from kerasgrid.commands import read_run
    from kerasgrid.report.console import print_run

    record = read_run(run)
    print_run(_console(), record.facts, record.trials, record.final, top=top)


@app.command("list")
def list_command() -> None:
    """List bundled spaces, data sets, models and their parameters."""
    from kerasgrid.report.listing import list_lines

    _print_lines(list_lines())


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of the space file."""
    from kerasgrid.space.schema import space_schema

    _print_lines([json.dumps(space_schema(), indent=2, ensure_ascii=False)])


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 2 wrong input, 1 the run failed, 130 interrupted."""
    # Under nohup, a hang-up stays ignored.
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    for number in numbers:
        signal.signal(number, _interrupt)
    try:
        app()
    except KerasgridError as error:
        print(f"kerasgrid: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    finally:
        # All is said and done; while Python is taken down, a signal would only spoil the exit code.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


class _Interrupt(KeyboardInterrupt):
    """A signal that asks us to stop.

    Not a plain ``KeyboardInterrupt``: where that one passes through an ``exec`` of text, as in many imports, Python
    notes it as unhandled for good and ends by the signal, whatever the exit code was to be.
    """

    seen = False
    """Whether one was raised: an import of compiled code that it breaks off raises an ``ImportError`` instead."""


def _interrupt(number: int, frame: object) -> NoReturn:
    _Interrupt.seen = True
    raise _Interrupt


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if not (_Interrupt.seen or isinstance(error, KeyboardInterrupt)):
            raise
        print(f"kerasgrid: interrupted; {_GOES_ON}", file=sys.stderr)
        raise typer.Exit(130) from None


def _search(asked: Any, out: Path | None, dataset: str | None, *, open_page: bool, **options: Any) -> None:
    from kerasgrid.commands import default_folder, run_search
    from kerasgrid.report.console import print_run

    folder = out if out is not None else default_folder(asked, dataset)
    outcome = run_search(asked, folder, _console(stderr=True), **options)
    print_run(_console(), outcome.record.facts, outcome.record.trials, outcome.record.final)
    _print_lines(["", *_where(outcome)])
    if open_page:
        webbrowser.open(outcome.paths.page.resolve().as_uri())
    if outcome.end != "complete":
        print(f"kerasgrid: {outcome.end}; {_GOES_ON}", file=sys.stderr)
    if outcome.end == "interrupted":
        raise typer.Exit(130)
    final = outcome.record.final
    if outcome.paths.best_params is None or (final is not None and final.status != "ok"):
        raise typer.Exit(1)


def _where(outcome: SearchOutcome) -> list[str]:
    paths = [("report", outcome.paths.page), ("best parameters", outcome.paths.best_params)]
    paths += [("results", outcome.paths.results), ("model", outcome.paths.model)]
    return [f"{name + ':':17}{path}" for name, path in paths if path is not None]


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        print(line)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


if __name__ == "__main__":
    main()
