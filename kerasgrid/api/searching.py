"""Searching: from a space to a run's folder, in three steps: prepare, search, publish."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.api.durations import parse_duration
from kerasgrid.api.finding import default_place, named_after
from kerasgrid.api.told import tell_failed_confirmation

if TYPE_CHECKING:
    from kerasgrid.baselines.fit import BaselineFit, BaselineResult
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.fits.workload import Workload
    from kerasgrid.reports.ahead.illustrator import NoIllustrator
    from kerasgrid.reports.write import ReportPaths
    from kerasgrid.run.baselines import BaselineTrainer
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.loop import End
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.run import Run
    from kerasgrid.run.watcher import Watcher
    from kerasgrid.space.dataset_spec import DatasetSpec
    from kerasgrid.space.spec import Space

TrainsBaselines = Callable[["Workload", int], "BaselineTrainer"]
"""Says who trains the baselines of a run on its data, with so many workers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended, what is known then, and where its files are."""

    end: End
    run: Run
    paths: ReportPaths


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be searched or confirmed, on which data, in which folder.

    Attributes:
        plan: What to train.
        folder: The run's folder.
        work: The data and the folds; None for a fitter that needs none.
    """

    plan: Plan
    folder: Path
    work: Workload | None = None

    @property
    def repeats(self) -> list[str]:
        """Fingerprints of the folds of all repeats, those that may confirm the winner included."""
        return [] if self.work is None else [fold.fingerprint for fold in self.work.folds]


def search(
    space: Space | Mapping[str, Any] | str | Path,
    *,
    out: str | Path | None = None,
    data: Any = None,
    jobs: int | None = None,
    device: str = "auto",
    fitter: Fitter | None = None,
    max_time: float | str | None = None,
    stop_when_tied: bool = False,
    progress: bool = True,
) -> Run:
    """Search a space and return the run; what a folder has already is not trained again.

    Every finished fit is kept in the run's folder before it is counted. After Ctrl-C, a crash or a power cut the same
    call goes on where it stopped; a grown space or more trials train only what is new.

    Args:
        space: A file, the name of a bundled space, a space, or what a space file holds as a dict.
        out: The run's folder; None for ``runs/<name of the space>``.
        data: What to learn from instead of the space's data set: a :class:`kerasgrid.Dataset`, the name of a data set,
            the path of a file, or arrays ``(X, y)`` or ``(X, y, X_test, y_test)``, with the samples along their first
            axis. What the space says of its own data goes for it, too, as far as it has such.
        jobs: Number of worker processes on this machine; None for one per core, or per GPU.
        device: What to train on: ``cpu``, ``gpu``, or ``auto`` for what suits the models. A run goes on with the kind
            that it began with.
        fitter: Who trains, instead of these.
        max_time: Time for everything from this call to the reports, in seconds or as text such as ``"10m"``. Fits in
            flight are given up in time for the winner's refit. None for no limit.
        stop_when_tied: Whether to end once more trials could not be told from noise, with the random strategy.
        progress: Whether to tell on standard error how far the search is.

    Returns:
        The run: its trials, its best, what cannot be told from it, the effects of the axes.

    Raises:
        SpaceError: The space is wrong, or does not suit the data.
        DataError: The data is missing or wrong.
        RunError: This machine cannot train or has no such device, the folder cannot be used, or the strategy's trials
            are not drawn alike.
        KeyboardInterrupt: The search was interrupted; what was known then is in its folder, reports included.

    Examples:
        >>> import kerasgrid
        >>> run = kerasgrid.search("digits", max_time="10m")
        >>> run.best.candidate["learning_rate"], run.best.mean
        >>> run.to_frame().head()
    """
    from kerasgrid.api.spaces import space_of
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.reports.text.progress import make_progress
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.watcher import Silence
    from kerasgrid.workers.fitters import asked_for, made

    seconds = parse_duration(max_time) if isinstance(max_time, str) else max_time
    limits = Limits(None if seconds is None else Deadline(seconds), stop_when_tied)
    fitter = asked_for(fitter, device) if fitter is not None else made("local", jobs, device)
    asked = space_of(space)
    watcher = make_progress() if progress else Silence()
    folder = Path(out) if out is not None else default_folder(asked)
    prepared = prepare(asked, folder, dataset_for(asked, data, folder=folder))
    outcome = carry_out(prepared, fitter, watcher, limits=limits)
    if outcome.end == "interrupted":
        raise KeyboardInterrupt
    return outcome.run


def default_folder(space: Space, dataset: str | None = None) -> Path:
    """Return the run's folder: named after the space, and after the data set if another one replaced its own."""
    if dataset is None:
        return default_place(space.name)
    return default_place(f"{space.name}-{named_after(dataset)}")


def dataset_for(space: Space, data: Any = None, data_dir: Path | None = None, folder: Path | None = None) -> Dataset:
    """Return the data set of a space, or what replaces it.

    Args:
        space: Whose data set is meant.
        data: As for :func:`search`.
        data_dir: Where named data sets are looked for first.
        folder: The run's folder: what its last search made of this data goes on; None for none.

    Raises:
        DataError: It cannot be found or is wrong.
    """
    from kerasgrid.api.earlier import as_before, earlier_in
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.data.memory import dataset_of
    from kerasgrid.data.sources import load_dataset
    from kerasgrid.data.subset import with_test_set

    if isinstance(data, Dataset):
        return data
    if data is None:
        earlier = None if folder is None else earlier_in(folder, space)
        found = None if earlier is None else as_before(space, earlier)
        task = space.dataset.task or (None if earlier is None else earlier.task)
        return found or load_dataset(**{**space.dataset.model_dump(), "task": task}, data_dir=data_dir)
    if isinstance(data, str | Path):
        return load_dataset(**_replaced(space, str(data)).model_dump())
    dataset = dataset_of(data, task=space.dataset.task, options=space.dataset.model_dump())
    share, seed = space.dataset.test_split, space.dataset.seed
    return dataset if share is None else with_test_set(dataset, share, seed)


def _replaced(space: Space, data: str) -> DatasetSpec:
    """Return what a space says of its data, of another name, file or folder: as much of it as that takes."""
    from kerasgrid.api.spaces import dataset_document
    from kerasgrid.data.source import OPTIONS
    from kerasgrid.data.sources import SOURCES, source_at

    document = dataset_document(data)
    source = source_at(Path(data)) if "path" in document else SOURCES.get(data)
    said = space.dataset.model_dump(exclude_defaults=True)
    taken = {key: said[key] for key in OPTIONS if key in said and source is not None and source.takes(key)}
    kept = {key: said[key] for key in ("test_split",) if key in said}
    return space.changed(dataset={**taken, **kept, **document}).dataset


def prepare(space: Space, folder: Path, dataset: Dataset) -> Prepared:
    """Return what a search of this space trains on this data.

    Raises:
        SpaceError: The space does not suit the data.
        DataError: The samples are too few for the folds.
    """
    from kerasgrid.fits.workload import Workload
    from kerasgrid.run.planning import make_plan
    from kerasgrid.run.space_folds import make_space_folds

    plan, folds = make_plan(space, dataset)
    if space.confirm:
        folds = make_space_folds(space, dataset, space.confirm)
    n_repeats = plan.n_repeats + (space.confirm or 0)
    return Prepared(plan, folder, Workload(dataset, folds, n_repeats, metrics=plan.metrics))


def carry_out(
    prepared: Prepared,
    fitter: Fitter,
    watcher: Watcher,
    *,
    limits: Limits | None = None,
    illustrator: NoIllustrator | None = None,
    baselines: TrainsBaselines | None = None,
    publishes: bool = True,
) -> Outcome:
    """Search or confirm, and write the run's reports.

    Args:
        prepared: What to train.
        fitter: Who trains.
        watcher: Is told how far the search is.
        limits: What ends it before all is trained; None for nothing.
        illustrator: Draws pictures while the winner is refitted; None for one that suits this machine.
        baselines: Says who trains baselines on the data; None for processes of this machine.
        publishes: Whether there are to be reports.

    Raises:
        RunError: The folder cannot be used, or training cannot go on.
    """
    from kerasgrid.api.beginning import begin
    from kerasgrid.reports.ahead.illustrator import NoIllustrator
    from kerasgrid.reports.ahead.watcher import DrawnAhead, suitable_illustrator
    from kerasgrid.reports.folder import check_folder, tidy
    from kerasgrid.reports.write import SLOW_IMPORTS, ReportPaths, write_reports
    from kerasgrid.run.keeping import forget_paused
    from kerasgrid.run.loop import search as train_all
    from kerasgrid.run.store import Store
    from kerasgrid.system.startup import imported_ahead
    from kerasgrid.workers.folders import remove_left_folders

    if limits is not None:
        limits.check(prepared.plan)
    check_folder(prepared.folder)
    with Store.create_or_open(prepared.folder) as store:
        tidy(prepared.folder)
        remove_left_folders()
        is_in_order = limits is not None and limits.when_tied
        plan = begin(prepared, store, fitter, watcher, is_in_order=is_in_order)
        work, trains = prepared.work, baselines or _baseline_trainer
        trainer = None if work is None else trains(work, fitter.n_workers)
        illustrator = illustrator or (suitable_illustrator() if publishes else NoIllustrator())
        with DrawnAhead(watcher, illustrator) as drawn:
            try:
                # A core is idle while the workers' TensorFlow is imported.
                with imported_ahead(*(SLOW_IMPORTS if publishes else ())):
                    end, run = train_all(plan, store, fitter, drawn, limits, trainer, prepared.repeats)
            finally:
                watcher.stop()
            if end == "complete":
                forget_paused(plan.space, prepared.folder)
            tell_failed_confirmation(plan, store, watcher)
            paths = write_reports(run, drawn.made) if publishes else ReportPaths(prepared.folder, ())
            if paths.note:
                watcher.say(paths.note)
    return Outcome(end, run, paths)


def _baseline_trainer(work: Workload, n_workers: int) -> BaselineTrainer:
    """Return what trains baselines on this data, in processes of this machine."""

    def train(fits: Sequence[BaselineFit], deadline: Deadline | None) -> Generator[BaselineResult, None, None]:
        from kerasgrid.workers.baselines import BaselineCrew
        from kerasgrid.workers.processes import n_cores

        # A cluster has more workers than this machine cores.
        with BaselineCrew(work, min(n_workers, n_cores())) as crew:
            yield from crew.train(fits, deadline)

    return train
