"""Whether data and folds have what a metric needs: told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from kerasgrid.axes.parameter import shown
from kerasgrid.data.dataset import Array, Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.errors import SpaceError
from kerasgrid.fits.metric import METRICS
from kerasgrid.fits.metric_row import Needs
from kerasgrid.system.versions import installed_versions


def check_needs(names: Iterable[str], dataset: Dataset, folds: Sequence[Fold], n_repeats: int) -> None:
    """Check that these metrics are defined on the held-out samples of every fold.

    Args:
        names: Of metrics of the data's task.
        dataset: The data.
        folds: Repeat by repeat.
        n_repeats: Of how many repeats they are.

    Raises:
        SpaceError: One is not.
    """

    def problem_of(name: str) -> tuple[str, str] | None:
        needs = METRICS[name].needs
        problem = _of_software(needs) or _of_data(needs, dataset)
        return problem or (_of_folds(dataset, folds, len(folds) // n_repeats) if needs.every_class else None)

    for name in names:
        problem = problem_of(name)
        if problem is not None:
            rule, got = problem
            near = [other for other in METRICS[name].needs.near if METRICS[other].suits(dataset.task)]
            near = [other for other in near if problem_of(other) is None]
            hint = f"like it: {', '.join(near)}" if near else None
            raise SpaceError(rule, where=f"metric {shown(name)}", got=got, hint=hint)


def _of_software(needs: Needs) -> tuple[str, str] | None:
    version = installed_versions().get("scikit-learn", "")
    has = tuple(int(part) if part.isdigit() else 0 for part in version.split(".")[:2])
    if not needs.scikit_learn > has:
        return None
    return f"needs scikit-learn {'.'.join(map(str, needs.scikit_learn))} or newer", version


def _of_data(needs: Needs, dataset: Dataset) -> tuple[str, str] | None:
    if dataset.task == "classification":
        n = dataset.n_outputs
        if needs.n_classes not in (None, n):
            return f"is for {needs.n_classes} classes", f"{n} classes"
        if n < needs.least_classes:
            return f"is for {needs.least_classes} classes or more", f"{n} classes"
    if dataset.task == "regression":
        if needs.one_target and dataset.n_outputs > 1:
            return "is for a single target", f"{dataset.n_outputs} targets"
        least = float(dataset.y_train.min())
        if needs.least is not None and least < needs.least:
            return f"is for targets of at least {needs.least:g}", f"{least:g}"
        if needs.above is not None and least <= needs.above:
            return f"is for targets above {needs.above:g}", f"{least:g}"
    return None


def _of_folds(dataset: Dataset, folds: Sequence[Fold], n_folds: int) -> tuple[str, str] | None:
    for number, fold in enumerate(folds):
        missing = _missing(dataset, dataset.y_train[fold.held_out])
        if missing:
            repeat, place = divmod(number, n_folds)
            where = f"fold {place + 1}" if n_folds > 1 else "the held-out samples"
            where += f" of repeat {repeat + 1}" if repeat else ""
            return "needs held-out samples of every class", f"none of {missing} in {where}"
    return None


def _missing(dataset: Dataset, y: Array) -> str:
    classes = dataset.classes or ()
    if dataset.task == "classification":
        counts = np.bincount(y, minlength=len(classes))
        return next((name for name, count in zip(classes, counts, strict=True) if count == 0), "")
    for name, held in zip(classes, y.mean(axis=0), strict=True):
        if held in (0, 1):
            return f"{'no ' if held else ''}{name}"
    return ""
