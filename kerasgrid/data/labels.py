"""Labels and targets: what the data set asks to be predicted."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import numpy.typing as npt

from kerasgrid.data.checks import check_finite
from kerasgrid.data.dataset import Array, FloatArray, Task
from kerasgrid.errors import DataError

_REGRESSION = 'to predict a number set "task": "regression"'
_SHOWN = 10

_FEW_VALUES = 20
"""So many different whole numbers are classes, and so many samples a class has, where there are more."""


def guess_task(y: Array) -> Task:
    """Return what the labels suggest.

    Words, booleans and one-hot rows are classes, and so are whole numbers of up to 20 different values, with two
    samples each on average unless they count classes: 0 to k-1 or 1 to k. Of more values these must, and have 20
    samples each on average. Rows of zeros and ones with any number of ones are labels. All else is numbers to predict.
    """
    if y.ndim == 2:
        if y.dtype.kind not in "bU" and not np.isin(y, (0, 1)).all():
            return "regression"
        return "classification" if _is_one_hot(y) or y.dtype.kind == "U" else "multilabel"
    if y.dtype.kind in "bU":
        return "classification"
    found = np.unique(y)
    if not np.isfinite(found).all() or (found != np.floor(found)).any():
        return "regression"
    counts_classes = found[0] in (0, 1) and found[-1] - found[0] == len(found) - 1
    if len(found) <= _FEW_VALUES:
        is_few = counts_classes or len(found) <= 2 or len(y) >= 2 * len(found)
        return "classification" if is_few else "regression"
    return "classification" if counts_classes and len(y) >= _FEW_VALUES * len(found) else "regression"


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
    missing = missing_in(y)
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
    """Return the indices 0..k-1 of the training labels, int64 (n,), and the names of the k classes, in sorted order.

    Whole numbers keep their names, so 3, 5 and 7 are three classes of these names. The columns of one-hot rows are
    called 0 to k-1.

    Raises:
        DataError: They are fractions, or all the same.
    """
    if _is_one_hot(y):
        return _argmax(y), tuple(map(str, range(y.shape[1])))
    if y.ndim != 1:
        raise DataError(
            "class labels must have one value per sample",
            where=where,
            got=f"shape {y.shape}",
            hint='to predict several numbers set "task": "regression", and for labels of zeros and ones "multilabel"',
        )
    found, indices = np.unique(y, return_inverse=True)
    if y.dtype.kind == "f":
        _check_whole(found, where)
    names = tuple(map(str, found.tolist()))
    check_several(names, where)
    return indices.astype(np.int64), names


def places_among(y: Array, classes: tuple[str, ...], where: str) -> npt.NDArray[np.int64]:
    """Return the indices of other labels, int64 (m,), as the training set numbered its ``classes``; -1 for new ones.

    Raises:
        DataError: They are fractions or infinite, or rows of anything but one 1 each.
    """
    if y.ndim == 2 and y.shape[1] == len(classes) and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        return _argmax(y)
    if y.ndim != 1:
        raise DataError("class labels must have one value per sample", where=where, got=f"shape {y.shape}")
    found, inverse = np.unique(y, return_inverse=True)
    if y.dtype.kind == "f":
        check_finite(found, where)
        _check_whole(found, where)
    index_of = _numbers_of(classes) if y.dtype.kind in "iuf" else {name: place for place, name in enumerate(classes)}
    places = [index_of.get(label, index_of.get(str(label), -1)) for label in found.tolist()]
    indices: npt.NDArray[np.int64] = np.array(places, np.int64)[inverse]
    return indices


def indices_among(y: Array, classes: tuple[str, ...], where: str) -> npt.NDArray[np.int64]:
    """Return the indices of other labels, int64 (m,), as the training set numbered its ``classes``.

    Raises:
        DataError: A label is not among the training set's, or as of :func:`places_among`.
    """
    indices = places_among(y, classes, where)
    _check_known(tuple(map(str, np.unique(y[indices < 0]).tolist())), classes, where)
    return indices


def indices_of_words(
    codes: Array, words: tuple[str, ...], classes: tuple[str, ...], where: str
) -> npt.NDArray[np.int64]:
    """Return the indices of labels that are places among words, int64 (m,), as :func:`indices_among` does of labels.

    Raises:
        DataError: A label is not among the training set's.
    """
    index_of = {name: place for place, name in enumerate(classes)}
    places = np.array([index_of.get(word, -1) for word in words], np.int64)
    indices: npt.NDArray[np.int64] = places[codes]
    _check_known(tuple(words[code] for code in np.unique(codes[indices < 0])), classes, where)
    return indices


def _check_known(unknown: tuple[str, ...], classes: tuple[str, ...], where: str) -> None:
    if unknown:
        raise DataError(
            "test labels must be among the training set's",
            where=where,
            got=_shown(unknown),
            hint=f"training has {_shown(classes)}",
        )


def _argmax(one_hot: Array) -> npt.NDArray[np.int64]:
    places: npt.NDArray[np.int64] = one_hot.argmax(axis=1)
    return places


def _numbers_of(classes: tuple[str, ...]) -> dict[object, int]:
    """Return the place of each class by its name, and by its number: 1 and 1.0 are one class."""
    index_of: dict[object, int] = {name: place for place, name in enumerate(classes)}
    for place, name in enumerate(classes):
        with suppress(ValueError):
            index_of[float(name)] = place
    return index_of


def label_names(n: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of ``n`` labels: those of their columns, or 0 to n-1."""
    return names if len(names) == n else tuple(map(str, range(n)))


def zeros_and_ones(y: Array, where: str) -> FloatArray:
    """Return rows of labels as C-contiguous float32 zeros and ones, (n, n_labels).

    Raises:
        DataError: They are anything else, or a single column.
    """
    if y.ndim != 2 or y.dtype.kind not in "biuf" or not np.isin(y, (0, 1)).all():
        got = f"shape {y.shape}" if y.ndim != 2 else f"dtype {y.dtype} with other values"
        rule = "several labels must be rows of zeros and ones, one column a label"
        raise DataError(rule, where=where, got=got, hint='for one class a sample leave "task" out')
    return np.ascontiguousarray(y, dtype=np.float32)


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


def missing_in(y: Array) -> npt.NDArray[np.bool_]:
    """Return which labels are not there, of the shape of ``y``."""
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


def check_several(names: tuple[str, ...], where: str) -> None:
    """Check that there are at least two classes.

    Raises:
        DataError: There is one.
    """
    if len(names) < 2:
        raise DataError("labels must hold at least two classes", where=where, got=f"only {names[0]}")


def _shown(names: tuple[str, ...]) -> str:
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ("label " if len(names) == 1 else "labels ") + ", ".join(names[:_SHOWN]) + more
