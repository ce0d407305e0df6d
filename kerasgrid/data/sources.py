"""Sources: the data sets known by name, and files by path.

Importing this module is cheap, so that the names can be listed at once; what reads data is imported when needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from kerasgrid.axes.names import FORMULAS
from kerasgrid.errors import DataError, nearest

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset, Task


@dataclass(frozen=True)
class Source:
    """A data set known by name.

    Attributes:
        name: As in the space file.
        description: One line, for people.
        load: Called with the folder to look in first, or None; raises DataError.
    """

    name: str
    description: str
    load: Callable[[Path | None], Dataset]


def _digits(_: Path | None) -> Dataset:
    from kerasgrid.data.digits import load_digits

    return load_digits()


def _images(name: str) -> Callable[[Path | None], Dataset]:
    def load(data_dir: Path | None) -> Dataset:
        from kerasgrid.data.images import load_images

        return load_images(name, data_dir)

    return load


def _formula(name: str) -> Source:
    what = {"linear": "a straight line", "free_fall": "metres fallen in x seconds", "sine": "one period"}[name]
    description = f"{FORMULAS[name]} + noise, {what}: 1,000 points to train, 250 to test, or as size says"

    def load(_: Path | None) -> Dataset:
        from kerasgrid.data.formulas import make_formula

        return make_formula(name)

    return Source(name, description, load)


DATASETS: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source("digits", "8×8 grey digits, 1,437 to train and 360 to test; comes with scikit-learn", _digits),
        Source("mnist", "28×28 grey digits, 60,000 to train and 10,000 to test", _images("mnist")),
        Source(
            "fashion_mnist",
            "28×28 grey pictures of 10 kinds of clothing, 60,000 to train and 10,000 to test",
            _images("fashion_mnist"),
        ),
        Source(
            "cifar10",
            "32×32 colour pictures of 10 kinds of things, 50,000 to train and 10,000 to test",
            _images("cifar10"),
        ),
        *(_formula(name) for name in FORMULAS),
    )
}
"""Every data set known by name."""


def load_dataset(
    *,
    name: str | None = None,
    path: str | None = None,
    target: str | None = None,
    task: str | None = None,
    train_size: int | None = None,
    seed: int = 0,
    size: int | None = None,
    noise: float | None = None,
    data_dir: Path | None = None,
) -> Dataset:
    """Return a checked data set, by ``name`` or by ``path``; give exactly one of them.

    Args:
        name: A key of :data:`DATASETS`.
        path: A ``.npz`` or ``.csv`` file.
        target: The column to predict; required for ``.csv``, of no use elsewhere.
        task: ``classification`` or ``regression``; None guesses: float labels are numbers to predict, all else classes.
        train_size: Number of training samples to keep, drawn at random; None keeps all. The test set stays whole.
        seed: Of that draw, and of the samples of a formula.
        size: Number of training samples of a formula (``linear``, ``free_fall``, ``sine``), at least 2; None for 1,000.
        noise: Standard deviation of the noise on a formula's targets, in their unit; None for 0.1.
        data_dir: The folder to look for named data sets first.

    Raises:
        DataError: There is no such data, it is broken, or it cannot be trained on.
    """
    from kerasgrid.data.checks import expanded

    chosen = _task(task)
    if (name is None) == (path is None):
        raise DataError("give exactly one of name and path", where="dataset", got="neither" if name is None else "both")
    if data_dir is not None and not data_dir.is_dir():
        raise DataError("must be a folder", where="data folder", got=str(data_dir), hint="see --data-dir")
    try:
        if name is not None:
            _check_name(name, target, chosen)
            if name in FORMULAS:
                from kerasgrid.data.formulas import make_formula

                dataset = make_formula(name, size=size, noise=noise, seed=seed)
            else:
                dataset = DATASETS[name].load(data_dir)
        else:
            assert path is not None
            dataset = _by_path(expanded(path, "dataset"), target, chosen)
    except OSError as error:
        where = None if error.filename is None else str(error.filename)
        raise DataError("cannot be read", where=where, got=error.strerror or str(error)) from error
    for key, value in (("size", size), ("noise", noise)):
        if value is not None and name not in FORMULAS:
            raise DataError(f"goes with {', '.join(FORMULAS)} only", where=key, got=repr(value))
    if train_size is None:
        return dataset
    from kerasgrid.data.subset import subset

    return subset(dataset, train_size, seed)


def _task(task: str | None) -> Task | None:
    from kerasgrid.data.dataset import Task

    known = get_args(Task)
    if task is None or task in known:
        return cast("Task | None", task)
    alike = nearest(task, known)
    raise DataError(
        f"must be {' or '.join(known)}",
        where="task",
        got=repr(task),
        hint=None if alike is None else f"did you mean {alike!r}?",
    )


def _check_name(name: str, target: str | None, task: Task | None) -> None:
    if name not in DATASETS:
        known = f"known: {', '.join(DATASETS)}"
        alike = nearest(name, DATASETS)
        if Path(name).suffix.lower() in (".npz", ".csv"):
            hint = f'for a file write {{"path": "{name}"}}; {known}'
        else:
            hint = known if alike is None else f"did you mean {alike!r}? {known}"
        raise DataError("no data set has this name", where="dataset", got=repr(name), hint=hint)
    if target is not None:
        raise DataError("is for .csv files only", where="target", got=f"{target!r} with data set {name}")
    if task is not None and name in FORMULAS and task != "regression":
        raise DataError(f"{name} has numbers to predict", where="task", got=repr(task), hint="leave task out")
    if task == "regression" and name not in FORMULAS:
        raise DataError(f"{name} has classes", where="task", got=repr(task), hint="leave task out")


def _by_path(path: Path, target: str | None, task: Task | None) -> Dataset:
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".csv"):
        raise DataError("must be a .npz or .csv file", where=str(path), got=repr(suffix) if suffix else "no extension")
    if suffix == ".npz" and target is not None:
        raise DataError(
            "is for .csv files only",
            where="target",
            got=f"{target!r} with {path}",
            hint="a .npz file holds its labels as y_train or y",
        )
    if not path.is_file():
        got = "a folder" if path.is_dir() else "nothing there"
        raise DataError("must be a file", where=str(path), got=got, hint=f"looked at {path.absolute()}")
    if suffix == ".csv":
        from kerasgrid.data.table import read_csv

        raw = read_csv(path, target)
    else:
        from kerasgrid.data.npz import read_npz

        raw = read_npz(path)
    return raw.to_dataset(name=path.stem, source=str(path), where=str(path), task=task)
