"""Labels and targets: what the data set asks to be predicted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_finite
from kerasgrid.data.dataset import Array, FloatArray, Task
from kerasgrid.errors import DataError

_REGRESSION = 'to predict a number set "task": "regression"'
_RENUMBER = f"renumber them, for instance with numpy.unique(y, return_inverse=True)[1]; {_REGRESSION}"
_SHOWN = 10


def guess_task(y: Array) -> Task:
    """Return what the labels' type suggests: floats are numbers to predict, all else are classes."""
    return "regression" if y.dtype.kind == "f" and not _is_one_hot(y) else "classification"


def check_labels(y: Array, where: str) -> Array:
    """Return ``y`` with a needless last axis of length 1 dropped: (n,) or (n, n_outputs).

    Raises:
        DataError: It holds neither numbers, booleans nor strings, has the wrong rank, a label is missing, or a string
            is no text.
    """
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "replace")
    if y.dtype.kind not in "biufU":
        raise DataError("must hold numbers, booleans or strings", where=where, got=f"dtype {y.dtype}")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim not in (1, 2):
        raise DataError(
            "must have one label per sample, or for regression one row of targets", where=where, got=f"shape {y.shape}"
        )
    if y.ndim == 2 and y.shape[1] == 0:
        raise DataError("every sample must have a target", where=where, got=f"shape {y.shape}")
    if y.dtype.kind == "U":
        _check_letters(y, where)
    missing = _missing(y)
    n_missing = int(missing.sum())
    if n_missing:
        row = int(np.argwhere(missing)[0][0])
        noun = "1 missing label" if n_missing == 1 else f"{n_missing} missing labels"
        raise DataError(
            "every sample must have a label",
            where=where,
            got=f"{noun}, the first at [{row}]",
            hint="fill them in or drop those samples",
        )
    return y


def class_indices(y: Array, where: str) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return the indices 0..k-1 of the training labels, int64 (n,), and the names of the k classes.

    Strings and booleans are numbered in sorted order; whole numbers must already be 0..k-1 without gaps.

    Raises:
        DataError: They are one-hot rows or fractions, have gaps, or are all the same.
    """
    if _is_one_hot(y):
        raise DataError(
            "labels must be class indices",
            where=where,
            got=f"one-hot rows of shape {y.shape}",
            hint="convert them with numpy.argmax(y, axis=1)",
        )
    if y.ndim != 1:
        raise DataError(
            "class labels must have one value per sample",
            where=where,
            got=f"shape {y.shape}",
            hint='to predict several numbers set "task": "regression"',
        )
    if y.dtype.kind in "bU":
        names, indices = np.unique(y, return_inverse=True)
        classes = tuple(str(name) for name in names)
        _check_several(classes, where)
        return indices.astype(np.int64), classes
    found = np.unique(y)
    if y.dtype.kind == "f":
        _check_whole(found, where)
    names_found = tuple(str(int(label)) for label in found)
    _check_several(names_found, where)
    if int(found[0]) != 0 or int(found[-1]) != len(found) - 1:
        raise DataError(
            f"class labels must be 0 to {len(found) - 1} without gaps, for there are {len(found)} different ones",
            where=where,
            got=_shown(names_found),
            hint=_RENUMBER,
        )
    return y.astype(np.int64), names_found


def indices_among(y: Array, classes: tuple[str, ...], where: str) -> npt.NDArray[np.int64]:
    """Return the indices of the test labels, int64 (m,), as the training set numbered its ``classes``.

    Raises:
        DataError: A label is not among the training set's.
    """
    if y.ndim != 1:
        raise DataError("class labels must have one value per sample", where=where, got=f"shape {y.shape}")
    found, inverse = np.unique(y, return_inverse=True)
    if y.dtype.kind == "f":
        check_finite(found, where)
        _check_whole(found, where)
    names = [str(label) if y.dtype.kind in "bU" else str(int(label)) for label in found]
    index_of = {name: index for index, name in enumerate(classes)}
    unknown = tuple(name for name in names if name not in index_of)
    if unknown:
        raise DataError(
            "test labels must be among the training set's",
            where=where,
            got=_shown(unknown),
            hint=f"training has {_shown(classes)}",
        )
    return np.array([index_of[name] for name in names], dtype=np.int64)[inverse]


def targets(y: Array, where: str) -> FloatArray:
    """Return regression targets as C-contiguous float32, (n,) or (n, n_outputs).

    Raises:
        DataError: They are strings, or infinite.
    """
    if y.dtype.kind == "U":
        raise DataError(
            "regression targets must be numbers",
            where=where,
            got=f"strings such as {str(y.flat[0])!r}",
            hint='convert them, or set "task": "classification"',
        )
    check_finite(y, where)
    with np.errstate(over="ignore"):
        as_float32 = np.ascontiguousarray(y, dtype=np.float32)
    if not np.isfinite(as_float32).all():
        raise DataError("must fit in float32, which ends at 3.4e38", where=where, hint="scale the targets")
    return as_float32


def _check_letters(y: Array, where: str) -> None:
    """Refuse halves of letters (lone surrogates), which no file and no page can hold."""
    for label in np.unique(y).tolist():
        try:
            label.encode()
        except UnicodeEncodeError:
            raise DataError("string labels must be text", where=where, got=repr(label)[:80]) from None


def _missing(y: Array) -> npt.NDArray[np.bool_]:
    if y.dtype.kind == "f":
        return np.isnan(y)
    if y.dtype.kind == "U":
        # numpy.array(["a", nan]) makes the string "nan" of a missing label.
        stripped = np.char.strip(y)
        return np.asarray((stripped == "") | (stripped == "nan"))
    return np.zeros(y.shape, dtype=np.bool_)


def _is_one_hot(y: Array) -> bool:
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _check_whole(found: Array, where: str) -> None:
    fractions = found[found != np.floor(found)]
    if len(fractions):
        raise DataError("class labels must be whole numbers", where=where, got=str(fractions[0]), hint=_REGRESSION)


def _check_several(names: tuple[str, ...], where: str) -> None:
    if len(names) < 2:
        raise DataError("labels must hold at least two classes", where=where, got=f"only {names[0]}")


def _shown(names: tuple[str, ...]) -> str:
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ("label " if len(names) == 1 else "labels ") + ", ".join(names[:_SHOWN]) + more
