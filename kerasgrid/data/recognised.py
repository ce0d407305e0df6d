"""What was to be predicted of further rows, as far as it is known: to say how good a trained model is on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kerasgrid.data import labels
from kerasgrid.data.checks import check_pair
from kerasgrid.data.dataset import Array, Task
from kerasgrid.data.rows import Rows, labels_of, not_scored
from kerasgrid.errors import DataError
from kerasgrid.system.words import counted


class Recognised(NamedTuple):
    """Labels or targets that predictions can be held against.

    Attributes:
        y: As a data set has them, (m,) or (m, targets).
        places: Those of their rows, (m,).
        notes: What there is to say of rows that have something else there.
    """

    y: Array
    places: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()


NOTHING = Recognised(np.empty(0), np.empty(0, np.int64))


def recognised_rows(rows: Rows, task: Task, classes: Sequence[str]) -> Recognised:
    """Return what is known of the rows of a table.

    What is yet to be labelled often has a mark of its own, such as ``?``: a class that the training did not have is
    not known, and nothing is where numbers are wanted and words are there.

    Args:
        rows: The rows.
        task: What is predicted.
        classes: The training's; empty for regression.
    """
    if rows.target is None:
        return NOTHING
    places = np.flatnonzero(rows.target.is_there)
    target = rows.target.at(places)
    try:
        if task != "classification":
            return Recognised(labels_of(target, task, None, rows.where), places)
        values = target.values if target.words is None else np.array(target.words, str)[target.values]
        return _of_classes(values, places, classes, f"column {target.names[0]!r}")
    except DataError as error:
        return NOTHING._replace(notes=(not_scored(error),))


def recognised_labels(x: Array, y: Array, task: Task, classes: Sequence[str], where: str) -> Recognised:
    """Return what is known of the samples of an archive, by the same rule.

    Args:
        x: Samples, (n, …).
        y: Labels or targets as the archive has them; those of words, or NaN, may be missing.
        task: What is predicted.
        classes: The training's; empty for regression.
        where: For messages: the file.

    Raises:
        DataError: There are not as many labels as samples.
    """
    check_pair(x, y, "x", "y", where)
    missing = labels.missing_in(y).reshape(len(y), -1).any(axis=1)
    places = np.flatnonzero(~missing)
    if not len(places):
        return NOTHING
    try:
        y = labels.check_labels(y[places], "y")
        if task == "regression":
            return Recognised(labels.targets(y, "y"), places)
        if task == "multilabel":
            return Recognised(labels.zeros_and_ones(y, "y"), places)
        is_index = y.dtype.kind in "iu" and y.ndim == 1 and not any(name.lstrip("-").isdigit() for name in classes)
        return _of_classes(y, places, tuple(map(str, range(len(classes)))) if is_index else classes, "y")
    except DataError as error:
        return NOTHING._replace(notes=(not_scored(error),))


def _of_classes(y: Array, places: Array, classes: Sequence[str], where: str) -> Recognised:
    indices = labels.places_among(y, tuple(classes), where)
    is_new = indices < 0
    if not is_new.any():
        return Recognised(indices, places)
    rows, first = counted(int(is_new.sum()), "row"), str(y[is_new][0])
    note = f"{rows} with a class that the run does not know, such as {first[:80]!r}: not scored"
    return Recognised(indices[~is_new], places[~is_new], (note,))
