"""From data alone to a model: what is searched, on which splits, and in which time is decided by the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.api.auto_before import as_it_began, n_trials_of, searched_before
from kerasgrid.api.auto_splits import Parts, parts_of, takes_test_set, tested_on_a_share
from kerasgrid.api.auto_time import takes_long, times_for, with_epochs, within
from kerasgrid.api.finding import default_place, named_after
from kerasgrid.api.searching import Outcome, carry_out, dataset_for, prepare
from kerasgrid.api.spaces import dataset_document
from kerasgrid.errors import RunError

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset, Splits
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.run import Run
    from kerasgrid.run.watcher import Watcher
    from kerasgrid.space.spec import Space

DEFAULT_MINUTES = 5.0


@dataclass(frozen=True, slots=True)
class Automatic:
    """What is searched of data that came alone.

    Attributes:
        space: The space.
        dataset: The data, with a test set.
        notes: What was decided, a line each.
        is_new: Whether it was decided now; not if the run's folder had it.
    """

    space: Space
    dataset: Dataset
    notes: Sequence[str]
    is_new: bool = True


def auto(
    data: Any,
    target: str | Sequence[str] | None = None,
    *,
    minutes: float | None = DEFAULT_MINUTES,
    max_trials: int | None = None,
    metric: str | None = None,
    ensemble: bool = True,
    out: str | Path | None = None,
    jobs: int | None = None,
    device: str = "auto",
    seed: int | None = None,
    progress: bool = True,
    **options: Any,
) -> Run:
    """Search a model for data that comes alone, within a time, and say whether it was worth it.

    The task, the splits, the space and how long fits are follow from the data and the time. Simple models are trained
    on the same folds and stand beside the networks (``run.baselines``). The winner is refitted on all training data,
    and looked at on the test set once. The same call goes on where an earlier one stopped: more minutes add trials.

    Args:
        data: A file, a folder of images, the name of a data set, a data set, a frame, or arrays ``(X, y)``.
        target: The column of a table to predict, or several.
        minutes: Wall-clock time from this call to the last file written; None for no limit, with ``max_trials``.
        max_trials: How many networks to try at most, at least 1; None for as many as there is time for. Without
            ``minutes`` nothing depends on how fast the machine is: the same seed gives the same run.
        metric: What to compare by; None for accuracy of classes and R² of numbers.
        ensemble: Whether the networks that cannot be told from the best become one model, if that is better.
        out: The run's folder; None for ``runs/auto-<name of the data>``.
        jobs: Number of worker processes; None for one per core, or per GPU.
        device: As for :func:`kerasgrid.search`.
        seed: Seed of everything random; None for that of the run in the folder, or 0.
        progress: Whether to tell on standard error what is decided and how far the search is.
        options: Further keys of a space file's ``dataset``: ``group``, ``time``, ``drop``, ``columns``, …

    Returns:
        The run.

    Raises:
        DataError: The data is missing or wrong.
        SpaceError: The metric does not suit the data.
        RunError: This machine cannot train, the folder cannot be used, or neither minutes nor trials are limited.
        KeyboardInterrupt: The search was interrupted; what was known then is in its folder.

    Examples:
        >>> import kerasgrid
        >>> run = kerasgrid.auto("my.csv", "y", minutes=5)
        >>> run.best.mean, [(one.label, one.mean, one.verdict) for one in run.baselines]
    """
    from kerasgrid.reports.text.progress import make_progress
    from kerasgrid.run.watcher import Silence
    from kerasgrid.workers.fitters import made

    limits = limits_for(minutes, max_trials)
    fitter = made("local", jobs, device)
    document, given = _document(data, target, options)
    folder = Path(out) if out is not None else auto_folder(document if given is None else {"name": "data"})
    asked: dict[str, Any] = {"minutes": minutes, "max_trials": max_trials, "metric": metric, "seed": seed}
    asked["ensemble"] = ensemble
    found = decide(document, folder, fitter, data=given, **asked)
    outcome = search_decided(found, folder, fitter, make_progress() if progress else Silence(), limits)
    if outcome.end == "interrupted":
        raise KeyboardInterrupt
    return outcome.run


def limits_for(minutes: float | None, max_trials: int | None) -> Limits:
    """Return what ends a search, whose time begins now.

    Raises:
        RunError: One of them is out of range, or both are None.
    """
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.run.limits import Limits

    if minutes is not None and not minutes > 0:
        raise RunError("must be above 0", where="minutes", got=f"{minutes:g}")
    if max_trials is not None and (isinstance(max_trials, bool) or max_trials != int(max_trials) or max_trials < 1):
        raise RunError("must be a whole number of at least 1", where="max_trials", got=repr(max_trials))
    if minutes is None and max_trials is None:
        raise RunError("must be there, or max_trials, or both", where="minutes", got="None")
    return Limits(None if minutes is None else Deadline(60.0 * minutes))


def search_decided(
    found: Automatic, folder: Path, fitter: Fitter, watcher: Watcher, limits: Limits, **how: Any
) -> Outcome:
    """Say what was decided, and search it.

    Args:
        found: What :func:`decide` decided.
        folder: The run's folder.
        fitter: Who trains.
        watcher: Is told.
        limits: What ends it.
        how: Further arguments of :func:`kerasgrid.api.searching.carry_out`.
    """
    for note in found.notes:
        watcher.say(note)
    return carry_out(prepare(found.space, folder, found.dataset), fitter, watcher, limits=limits, **how)


def auto_folder(document: Mapping[str, Any]) -> Path:
    """Return the run's folder where none is said."""
    return default_place(f"auto-{named_after(str(document.get('path') or document.get('name')))}")


def decide(
    document: Mapping[str, Any],
    folder: Path,
    fitter: Fitter | None,
    *,
    minutes: float | None,
    max_trials: int | None = None,
    metric: str | None = None,
    ensemble: bool = True,
    seed: int | None = None,
    data: Any = None,
    data_dir: Path | None = None,
    has_test_set: bool = True,
) -> Automatic:
    """Return what is searched of this data.

    Args:
        document: The data, as a space file's ``dataset``.
        folder: The run's folder: what was searched there of the same data is searched on.
        fitter: Trains a few steps of the first candidates, where their time does not show; None where that is not
            to be looked at.
        minutes: How long the whole search may take; None for no limit.
        max_trials: How many candidates to try at most; None for as many as the space has.
        metric: What to compare by; None leaves it to the space.
        ensemble: Whether networks may be joined.
        seed: Seed of everything random; None for that of the run in the folder, or 0.
        data: The data itself, as for :func:`kerasgrid.search`; None reads what the document says.
        data_dir: Where named data sets are looked for first.
        has_test_set: Whether samples may be put aside to test the winner.

    Raises:
        DataError: The data is missing or wrong.
        SpaceError: The metric does not suit the data.
    """
    from kerasgrid.run.suits import AUTO_SEARCHES, suiting_space
    from kerasgrid.space.files import load_space

    before = searched_before(folder, document, metric, seed)
    if before is not None:
        space, fingerprint = before
        dataset = as_it_began(space, dataset_for(space, data, data_dir, folder))
        # A file may have got more rows, but arrays of another shape need other splits and perhaps another space.
        if data is None or dataset.fingerprint == fingerprint:
            # Those that are known stay known.
            n_known = max(n_trials_of(space), n_trials_of(load_space(space.name)))
            space = space.changed(trials=n_known if max_trials is None else max_trials, ensemble=ensemble)
            return Automatic(space, dataset, (f"going on with {folder}",), False)
    any_space = load_space(AUTO_SEARCHES[-1].space).changed(dataset=dict(document), metric=None)
    dataset = dataset_for(any_space, data, data_dir)
    tested = Parts(dataset, {})
    if has_test_set and takes_test_set(dataset):
        tested = tested_on_a_share(dataset, int(document.get("seed", 0)))
    dataset, document = tested.dataset, {**document, **tested.keys}
    name = suiting_space(dataset, AUTO_SEARCHES)
    assert name is not None, "every task has a space"
    seed = 0 if seed is None else seed
    parts, splits = parts_of(dataset, seed), dataset.splits
    dataset = parts.dataset
    space = load_space(name).changed(dataset=document, seed=seed, ensemble=ensemble, **parts.keys)
    space = space if max_trials is None else space.changed(trials=max_trials)
    space = space.changed(metric=metric) if metric is not None else _suited(space, dataset.task)
    space = _with_scaled_targets(with_epochs(space, times_for(dataset)), dataset)
    notes = [_what(space, dataset)]
    if fitter is not None and minutes is not None and takes_long(space, dataset):
        space, more = within(space, dataset, folder, fitter, 60.0 * minutes)
        notes += more
    return Automatic(space, dataset, [*notes, *tested.notes, *parts.notes, _how(space, dataset, splits)])


def _document(data: Any, target: Any, options: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the data as a space file has it, and the data itself where it comes from memory."""
    from kerasgrid.data.dataset import Dataset

    more = {**options, **({} if target is None else {"target": target})}
    if isinstance(data, str | Path):
        return dataset_document(str(data), **more), None
    if isinstance(data, Dataset):
        return {"path": f"{data.name}.npz", **more}, data
    if target is not None:
        return {"path": "memory.csv", **more}, (data, target)
    return {"path": "memory.npz", **more}, data


def _with_scaled_targets(space: Space, dataset: Dataset) -> Space:
    """Return the space with targets standardised: of arrays they would be taken as they are, however large."""
    if dataset.task != "regression" or dataset.standardises_targets or not isinstance(space.params, Mapping):
        return space
    return space.changed(params={**space.params, "target_scaling": "standard"})


def _suited(space: Space, task: str) -> Space:
    """Return the space with the task's own metric, where it has one of another task."""
    from kerasgrid.fits.metric import METRICS

    return space if space.metric is None or METRICS[space.metric].suits(task) else space.changed(metric=None)


def _what(space: Space, dataset: Dataset) -> str:
    of = " and ".join(dataset.targets) or "the labels"
    classes = "" if dataset.classes is None else f", {len(dataset.classes)} {_OUTPUTS[dataset.task]}"
    return f"{dataset.task} of {of}{classes}: searching the space {space.name}"


_OUTPUTS: Mapping[str, str] = {"classification": "classes", "multilabel": "labels"}


def _how(space: Space, dataset: Dataset, splits: Splits) -> str:
    ours = dataset.splits.fold_of
    n = space.cv if ours is None else int(ours.max()) + 1
    folds = "folds that the data gives" if splits.fold_of is not None else f"{n} folds" if space.cv else "one split"
    return f"compared by {space.metric_for(dataset.task)} on {folds}"
