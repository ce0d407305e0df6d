"""From data alone to a model: what is searched, on which splits, and in which time is decided by the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.api.auto_time import HELD_OUT, has_images, takes_long, times_for, with_epochs, within
from kerasgrid.api.finding import RUNS, named_after
from kerasgrid.api.searching import carry_out, dataset_for, prepare
from kerasgrid.api.spaces import dataset_document
from kerasgrid.errors import KerasgridError, RunError

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.run import Run
    from kerasgrid.space.spec import Space

DEFAULT_MINUTES = 5.0
TEST_SHARE = 0.2

_LEAST_FOR_A_TEST_SET = 100
"""Samples. Of fewer than so many every one is needed."""

_FOLDS = ((5_000, 5), (20_000, 3))
"""Up to so many samples so many folds; one split of the largest."""

_FOLDS_OF_IMAGES = ((2_000, 3),)
"""Images take longer."""


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
    minutes: float = DEFAULT_MINUTES,
    metric: str | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    seed: int = 0,
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
        minutes: Wall-clock time from this call to the last file written.
        metric: What to compare by; None for accuracy of classes and R² of numbers.
        out: The run's folder; None for ``runs/auto-<name of the data>``.
        jobs: Number of worker processes; None for one per core.
        seed: Seed of everything random.
        progress: Whether to tell on standard error what is decided and how far the search is.
        options: Further keys of a space file's ``dataset``: ``group``, ``time``, ``drop``, ``columns``, …

    Returns:
        The run.

    Raises:
        DataError: The data is missing or wrong.
        SpaceError: The metric does not suit the data.
        RunError: This machine cannot train, or the folder cannot be used.
        KeyboardInterrupt: The search was interrupted; what was known then is in its folder.

    Examples:
        >>> import kerasgrid
        >>> run = kerasgrid.auto("my.csv", "y", minutes=5)
        >>> run.best.mean, [(one.label, one.mean, one.verdict) for one in run.baselines]
    """
    from kerasgrid.fits.deadline import Deadline
    from kerasgrid.reports.text.progress import make_progress
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.watcher import Silence
    from kerasgrid.workers.fitters import FITTERS

    if not minutes > 0:
        raise RunError("must be above 0", where="minutes", got=f"{minutes:g}")
    limits = Limits(Deadline(60.0 * minutes))
    fitter = FITTERS["local"].make(jobs)
    document, given = _document(data, target, options)
    folder = Path(out) if out is not None else auto_folder(document if given is None else {"name": "data"})
    found = decide(document, folder, fitter, minutes=minutes, metric=metric, seed=seed, data=given)
    watcher = make_progress() if progress else Silence()
    for note in found.notes:
        watcher.say(note)
    outcome = carry_out(prepare(found.space, folder, found.dataset), fitter, watcher, limits=limits)
    if outcome.end == "interrupted":
        raise KeyboardInterrupt
    return outcome.run


def auto_folder(document: Mapping[str, Any]) -> Path:
    """Return the run's folder where none is said."""
    return RUNS / f"auto-{named_after(str(document.get('path') or document.get('name')))}"


def decide(
    document: Mapping[str, Any],
    folder: Path,
    fitter: Fitter | None,
    *,
    minutes: float,
    metric: str | None = None,
    seed: int = 0,
    data: Any = None,
    data_dir: Path | None = None,
) -> Automatic:
    """Return what is searched of this data.

    Args:
        document: The data, as a space file's ``dataset``.
        folder: The run's folder: what was searched there of the same data is searched on.
        fitter: Trains a few steps of the first candidates, where their time does not show; None where that is not
            to be looked at.
        minutes: How long the whole search may take.
        metric: What to compare by; None leaves it to the space.
        seed: Seed of everything random.
        data: The data itself, as for :func:`kerasgrid.search`; None reads what the document says.
        data_dir: Where named data sets are looked for first.

    Raises:
        DataError: The data is missing or wrong.
        SpaceError: The metric does not suit the data.
    """
    from kerasgrid.run.suits import AUTO_SEARCHES, suiting_space
    from kerasgrid.space.files import load_space

    before = _before(folder, document, metric, seed)
    if before is not None:
        return Automatic(before, dataset_for(before, data, data_dir, folder), (f"going on with {folder}",), False)
    any_space = load_space(AUTO_SEARCHES[-1].space).changed(dataset=dict(document), metric=None)
    dataset = dataset_for(any_space, data, data_dir)
    document = dict(document)
    if dataset.x_test is None and len(dataset.y_train) >= _LEAST_FOR_A_TEST_SET:
        from kerasgrid.data.subset import with_test_set

        document["test_split"] = TEST_SHARE
        dataset = with_test_set(dataset, TEST_SHARE, int(document.get("seed", 0)))
    name = suiting_space(dataset, AUTO_SEARCHES)
    assert name is not None, "every task has a space"
    space = load_space(name).changed(dataset=document, seed=seed, **_splits(dataset))
    space = space.changed(metric=metric) if metric is not None else _suited(space, dataset.task)
    space = with_epochs(space, times_for(dataset))
    notes = [_what(space, dataset)]
    if fitter is not None and takes_long(space, dataset):
        space, more = within(space, dataset, fitter, 60.0 * minutes)
        notes += more
    return Automatic(space, dataset, [*notes, _how(space, dataset)])


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


def _before(folder: Path, document: Mapping[str, Any], metric: str | None, seed: int) -> Space | None:
    """Return the space that was searched in this folder, if it was one of ours of the same data."""
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.store import Store
    from kerasgrid.run.suits import AUTO_SEARCHES

    if not folder.is_dir():
        return None
    try:
        with Store.open_readonly(folder) as store:
            space = Plan.from_meta(store.meta(), str(folder)).space
    except KerasgridError:  # whoever writes to it says what is the matter
        return None
    asked = space.changed(dataset=dict(document)).dataset.plain()
    kept = space.dataset.plain()
    if isinstance(kept, dict) and kept.get("test_split") == TEST_SHARE:
        # It may be we who added it.
        kept = space.changed(dataset={**kept, "test_split": dict(document).get("test_split")}).dataset.plain()
    is_same = kept == asked and space.seed == seed and metric in (None, space.metric)
    return space if is_same and space.name in {one.space for one in AUTO_SEARCHES} else None


def _splits(dataset: Dataset) -> dict[str, Any]:
    """Return into how many folds the data is split, by its size."""
    for most, cv in _FOLDS_OF_IMAGES if has_images(dataset) else _FOLDS:
        if len(dataset.y_train) <= most:
            return {"cv": cv}
    return {"validation_split": HELD_OUT}


def _suited(space: Space, task: str) -> Space:
    """Return the space with the task's own metric, where it has one of another task."""
    from kerasgrid.fits.metric import METRICS

    return space if space.metric is None or METRICS[space.metric].suits(task) else space.changed(metric=None)


def _what(space: Space, dataset: Dataset) -> str:
    of = " and ".join(dataset.targets) or "the labels"
    classes = "" if dataset.classes is None else f", {len(dataset.classes)} {_OUTPUTS[dataset.task]}"
    return f"{dataset.task} of {of}{classes}: searching the space {space.name}"


_OUTPUTS: Mapping[str, str] = {"classification": "classes", "multilabel": "labels"}


def _how(space: Space, dataset: Dataset) -> str:
    given = dataset.splits.fold_of is not None
    folds = "folds that the data gives" if given else f"{space.cv} folds" if space.cv else "one split"
    return f"compared by {space.metric_for(dataset.task)} on {folds}"
