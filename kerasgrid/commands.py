"""What the commands do once their arguments are parsed: the one place that joins all rooms of the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.errors import RunError, SpaceError, nearest
from kerasgrid.store import FILE, Store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from kerasgrid.data.dataset import Dataset
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.engine.fitter import Fitter
    from kerasgrid.report.write import ReportPaths
    from kerasgrid.search.loop import End
    from kerasgrid.search.plan import Plan
    from kerasgrid.search.record import Record
    from kerasgrid.space.spec import Space

RUNS = Path("runs")
"""Where runs go, in the current folder, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """How a search ended, what it knows, and where its files are."""

    end: End
    folder: Path
    record: Record
    paths: ReportPaths


def get_ready() -> None:
    """Begin to import TensorFlow in a process of its own, while the space and the data are read in this one.

    Raises:
        RunError: if this machine cannot train.
    """
    from kerasgrid.engine.processes import check_backend, start_server

    check_backend()
    start_server()


def asked_space(
    source: str,
    *,
    trials: int | None = None,
    seed: int | None = None,
    dataset: str | None = None,
    target: str | None = None,
) -> Space:
    """Return the space of this file or bundled name, with what the command line says instead.

    Args:
        source: A path or a bundled name.
        trials: Number of random candidates; makes the strategy random.
        seed: Seed of the run.
        dataset: The name of a data set, or a ``.npz`` or ``.csv`` file.
        target: The column of a ``.csv`` file to predict.

    Raises:
        SpaceError: if the space or what replaces a part of it is wrong.
    """
    from kerasgrid.space.files import load_space

    space = load_space(source)
    changes: dict[str, object] = {}
    if trials is not None:
        changes |= {"strategy": "random", "trials": trials}
    if seed is not None:
        changes["seed"] = seed
    if dataset is not None:
        is_file = Path(dataset).suffix.lower() in (".npz", ".csv")
        changes["dataset"] = {"path" if is_file else "name": dataset} | ({"target": target} if target else {})
    elif target is not None:
        raise SpaceError("goes with --dataset FILE.csv only", where="--target")
    return space.changed(**changes) if changes else space


def random_space(source: str | None, **changes: object) -> Space:
    """Return the space for ``kerasgrid random``: as :func:`asked_space`, with the strategy random.

    Without a source it is the bundled space ``random``.
    """
    space = asked_space(source if source is not None else "random", **changes)  # type: ignore[arg-type]
    return space if space.strategy == "random" else space.changed(strategy="random")


def default_folder(space: Space, dataset: str | None) -> Path:
    """Return the run's folder: named after the space, and after the data set if the command line replaced it."""
    return RUNS / (space.name if dataset is None else f"{space.name}-{Path(dataset).stem}")


def load_data(space: Space, data_dir: Path | None) -> Dataset:
    """Return the data set of a space, looked for in ``data_dir`` first.

    Raises:
        DataError: if it cannot be found or is wrong.
    """
    from kerasgrid.data.sources import load_dataset

    return load_dataset(**space.dataset.model_dump(), data_dir=data_dir)


def run_search(
    space: Space,
    folder: Path,
    console: Console,
    *,
    data_dir: Path | None = None,
    jobs: int | None = None,
    max_seconds: float | None = None,
) -> SearchOutcome:
    """Search the space, and write the run's folder.

    Args:
        space: What to search.
        folder: The run's folder; made, or gone on with.
        console: Where progress is shown.
        data_dir: Where named data sets are looked for first.
        jobs: Number of worker processes; None for one per core.
        max_seconds: Time for the fits; None for no limit.

    Raises:
        SpaceError: if the space does not suit the data.
        DataError: if the data is missing or wrong.
        RunError: if this machine cannot train or the folder cannot be used.
    """
    get_ready()
    from kerasgrid.engine.pool import LocalPool
    from kerasgrid.search.plan import make_plan

    dataset = load_data(space, data_dir)
    plan, folds = make_plan(space, dataset)
    return run_plan(plan, folder, console, lambda: LocalPool(dataset, folds, jobs), max_seconds)


def run_plan(
    plan: Plan,
    folder: Path,
    console: Console,
    make_fitter: Callable[[], AbstractContextManager[Fitter]],
    max_seconds: float | None = None,
) -> SearchOutcome:
    """Search as :func:`run_search` does, with any fitter."""
    import time

    from kerasgrid.report.progress import make_progress, say
    from kerasgrid.report.sentences import counted
    from kerasgrid.report.write import write_reports
    from kerasgrid.search.loop import search
    from kerasgrid.search.record import add_elapsed, begin, held_another, read

    asked = plan.space.trials
    if asked is not None and len(plan.candidates) < asked:
        say(console, f"the space has only {counted(len(plan.candidates), 'candidate')}: trying all of them")
    started = time.monotonic()
    with Store.create_or_open(folder) as store:
        if held_another(plan, store):
            say(console, f"{folder} held another search: its reports are replaced, its fits are kept")
        begin(plan, store)
        progress = make_progress(console)
        try:
            end = search(plan, store, make_fitter, progress, max_seconds=max_seconds)
        finally:
            progress.stop()
            add_elapsed(store, time.monotonic() - started)
        record = read(store)
        paths = write_reports(folder, record.facts, record.trials, record.final, space=plan.space.to_json())
    return SearchOutcome(end, folder, record, paths)


def check_space(space: Space, data_dir: Path | None) -> tuple[Plan, list[StructureCount]]:
    """Validate a space against its data and build every model it holds, without training any.

    Raises:
        SpaceError: if the space does not suit the data, or a model cannot be built.
        DataError: if the data is missing or wrong.
        RunError: if this machine cannot build Keras models.
    """
    from kerasgrid.engine.keras_setup import before_import
    from kerasgrid.engine.processes import check_backend
    from kerasgrid.quiet import quiet_stderr
    from kerasgrid.search.plan import make_plan

    check_backend()
    plan, _ = make_plan(space, load_data(space, data_dir))
    shape = tuple(plan.dataset["input_shape"])
    before_import()
    with quiet_stderr():
        from kerasgrid.engine.check import count_structures

        return plan, count_structures(plan.candidates, shape, plan.n_outputs, plan.task)


def find_run(name: str) -> Path:
    """Return the folder of a run, given its path or its name under ``runs/``.

    Raises:
        RunError: if there is no such run, or it cannot be looked for.
    """
    for folder in (Path(name), RUNS / name):
        try:
            if (folder / FILE).is_file():
                return folder
        except OSError as error:  # too long a name, or a folder that may not be searched
            raise RunError(f"cannot be read: {error.strerror}", where=name) from None
    known = sorted(path.parent.name for path in RUNS.glob(f"*/{FILE}"))
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"runs here: {', '.join(known)}" if known else "no runs in ./runs"
    raise RunError("there is no run here", where=name, hint=hint)


def read_run(name: str) -> Record:
    """Return what the run of this path or name knows, also while a search is writing to it."""
    from kerasgrid.search.record import read

    with Store.open_readonly(find_run(name)) as store:
        return read(store)


def rewrite_reports(name: str) -> ReportPaths:
    """Write the report files of this run again, from its store alone."""
    from kerasgrid.report.write import write_reports
    from kerasgrid.search.plan import Plan
    from kerasgrid.search.record import read

    folder = find_run(name)
    with Store.open_readonly(folder) as store:
        record = read(store)
        space = Plan.from_meta(store.meta(), str(folder)).space
    return write_reports(folder, record.facts, record.trials, record.final, space=space.to_json())
