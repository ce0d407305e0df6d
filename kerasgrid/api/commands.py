"""What the commands do once their arguments are parsed: the one place that joins all rooms of the house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.runs import RUNS, find_run
from kerasgrid.errors import RunError
from kerasgrid.run.store import Store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from kerasgrid.data.dataset import Dataset
    from kerasgrid.data.folds import Fold
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.reports.pictures.illustrator import Illustrator
    from kerasgrid.reports.write import ReportPaths
    from kerasgrid.run.loop import End
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.record import Record
    from kerasgrid.space.spec import Space
    from kerasgrid.workers.compiling import Compiling, Earlier

    Prepare = Callable[[Earlier], Compiling]


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
    from kerasgrid.workers import local

    local.get_ready()


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
    from kerasgrid.run.plan import make_plan

    dataset = load_data(space, data_dir)
    plan, folds = make_plan(space, dataset)
    fitter, prepare = _fitter(plan, dataset, folds, jobs)
    return run_plan(plan, folder, console, lambda: fitter, max_seconds, illustrator=_illustrator(), prepare=prepare)


def confirm_run(
    name: str,
    console: Console,
    *,
    top: int,
    repeats: int,
    data_dir: Path | None = None,
    jobs: int | None = None,
    max_seconds: float | None = None,
    model: str | None = None,
) -> SearchOutcome:
    """Give the best trials of a run more repeats, and rank them again.

    Args:
        name: Path or name of the run.
        console: Where progress is shown.
        top: How many of the best trials, by the search's own repeats; fewer if fewer have a score.
        repeats: New repeats of each, on top of those of the search.
        data_dir: Where named data sets are looked for first.
        jobs: Number of worker processes; None for one per core.
        max_seconds: Time for the fits; None for no limit.
        model: The builder, ``module:builder``, of a run with a model of the user's own: a run's file must not have
            code imported.

    Raises:
        SpaceError: if the builder is not to be found.
        DataError: if the data is missing or wrong.
        RunError: if there is no such run, no trial has a score, the data or the builder has changed, or this machine
            cannot train.
    """
    from kerasgrid.run.confirm import confirming, leaders
    from kerasgrid.run.plan import Plan, make_space_folds
    from kerasgrid.run.refine import with_rounds

    folder = find_run(name)
    with Store.open_readonly(folder) as store:
        plan = with_rounds(Plan.from_meta(store.meta(), str(folder)), store)
        best = leaders(plan, store, top)
    _check_builder(plan, folder, model)
    get_ready()
    dataset = load_data(plan.space, data_dir)
    if dataset.fingerprint != plan.dataset["fingerprint"]:
        raise RunError(
            "the data must be that of the search",
            where=str(folder),
            got=f"other samples from {dataset.source}",
            hint="bring the old data back, or search the new data in another folder with --out",
        )
    folds = make_space_folds(plan.space, dataset, repeats)
    plan = confirming(plan, best, [fold.fingerprint for fold in folds])
    fitter, prepare = _fitter(plan, dataset, folds, jobs)
    return run_plan(plan, folder, console, lambda: fitter, max_seconds, illustrator=_illustrator(), prepare=prepare)


def _check_builder(plan: Plan, folder: Path, model: str | None) -> None:
    from kerasgrid.axes.names import is_own
    from kerasgrid.models.named import named_builder

    own = next(filter(is_own, plan.space.models), None)
    if own is None and model is not None:
        raise RunError("the run has no model of your own", where="--model", got=model, hint="leave it out")
    if own is None:
        return
    asked = own.partition("@")[0]
    if model is None:
        raise RunError("the run has a model of your own: say that it may be imported", hint=f"--model {asked}")
    if named_builder(model) != own:
        raise RunError(
            "the builder must be that of the search",
            where=str(folder),
            got=model if model != asked else f"{model}, whose file has changed since",
            hint="search with it in another folder",
        )


def _fitter(plan: Plan, dataset: Dataset, folds: Sequence[Fold], jobs: int | None) -> tuple[Fitter, Prepare]:
    """Return what trains this plan, and what prepares it for that and says what it compiles."""
    from kerasgrid.fits.workload import Workload
    from kerasgrid.workers.compiling import decide
    from kerasgrid.workers.fitters import FITTERS

    fitter = FITTERS["local"].make(jobs)

    def prepare(before: Earlier) -> Compiling:
        compiling = decide(plan.fits.values(), dataset, folds, plan.n_repeats, before)
        fitter.prepare(Workload(dataset, folds, plan.n_repeats, compiling))
        return compiling

    return fitter, prepare


def _illustrator() -> Illustrator | None:
    from kerasgrid.reports.pictures.illustrator import Illustrator
    from kerasgrid.workers.processes import n_cores

    # On a single core two processes draw no faster than one.
    return Illustrator() if n_cores() > 1 else None


def run_plan(
    plan: Plan,
    folder: Path,
    console: Console,
    make_fitter: Callable[[], AbstractContextManager[Fitter]],
    max_seconds: float | None = None,
    *,
    illustrator: Illustrator | None = None,
    prepare: Prepare | None = None,
) -> SearchOutcome:
    """Search as :func:`run_search` does, or confirm as :func:`confirm_run` does, with any fitter.

    Args:
        plan: What to search or confirm.
        folder: The run's folder.
        console: Where progress is shown.
        make_fitter: Makes the fitter, if there is something to train.
        max_seconds: Time for the fits; None for no limit.
        illustrator: Started with the fitter, to draw while the winner is refitted; None has this process draw.
        prepare: Prepares the fitter by what earlier searches in the folder compiled, and returns what it compiles.
    """
    from kerasgrid.reports.folder import check_folder
    from kerasgrid.reports.pictures.ahead import DrawnAhead
    from kerasgrid.reports.text.progress import make_progress, say
    from kerasgrid.reports.text.sentences import counted
    from kerasgrid.reports.write import SLOW_IMPORTS, write_reports
    from kerasgrid.run.confirm import failed_fits, remember
    from kerasgrid.run.loop import search
    from kerasgrid.run.record import begin, compiled_before, held_another, read
    from kerasgrid.run.refine import with_rounds
    from kerasgrid.system.startup import imported_ahead

    check_folder(folder)
    asked = plan.space.trials
    if asked is not None and not plan.confirmed and len(plan.candidates) + plan.n_undecided < asked:
        say(console, f"the space has only {counted(len(plan.candidates), 'candidate')}: trying all of them")

    def begin_training() -> AbstractContextManager[Fitter]:
        if illustrator is not None:
            illustrator.start()
        return make_fitter()

    with Store.create_or_open(folder) as store, illustrator or nullcontext():
        if held_another(plan, store):
            say(console, f"{folder} held another search: its reports are replaced, its fits are kept")
        plan = with_rounds(plan, store)
        begin(plan, store)
        if prepare is not None:
            store.set_meta(compiled=prepare(compiled_before(plan, store)).keys)
        if plan.confirmed:
            remember(plan, store)
        progress = make_progress(console)
        ahead = None if illustrator is None else DrawnAhead(progress, folder, illustrator)
        try:
            # A core is idle while the workers' TensorFlow is imported.
            with imported_ahead(*SLOW_IMPORTS), ahead or nullcontext(progress) as watcher:
                end = search(plan, store, begin_training, watcher, max_seconds=max_seconds)
        finally:
            progress.stop()
        if plan.confirmed and (failed := failed_fits(plan, store)):
            say(console, f"{counted(len(failed), 'fit')} failed, so the search's ranking stands: {failed[0].error}")
        record = read(store)
        paths = write_reports(
            folder,
            record.facts,
            record.trials,
            record.final,
            results=record.results,
            space=plan.space.to_json(),
            pictures=None if ahead is None else ahead.pictures(store),
        )
    return SearchOutcome(end, folder, record, paths)


def check_space(space: Space, data_dir: Path | None) -> tuple[Plan, list[StructureCount]]:
    """Validate a space against its data and build every model it holds, without training any.

    Raises:
        SpaceError: if the space does not suit the data, or a model cannot be built.
        DataError: if the data is missing or wrong.
        RunError: if this machine cannot build Keras models.
    """
    from kerasgrid.engine.keras_setup import before_import, check_backend
    from kerasgrid.run.plan import make_plan
    from kerasgrid.system.quiet import quiet_stderr

    check_backend()
    plan, _ = make_plan(space, load_data(space, data_dir))
    before_import()
    with quiet_stderr():
        from kerasgrid.axes.names import is_own
        from kerasgrid.engine.check import count_structures
        from kerasgrid.models.named import make_known

        for model in filter(is_own, plan.space.models):
            make_known(model)
        return plan, count_structures(plan.candidates, tuple(plan.dataset["input_shape"]), plan.n_outputs, plan.task)
