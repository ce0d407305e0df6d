"""Arrays and frames in memory as a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array, Dataset, Task
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

_NAME = "data"
_OF_FRAMES = ("columns", "drop", "group", "time", "fold", "weight", "missing")


def dataset_of(arrays: Any, task: Task | None = None, options: Mapping[str, Any] | None = None) -> Dataset:
    """Return a checked data set of ``(X, y)`` or ``(X, y, X_test, y_test)``, or of a frame and its target.

    Args:
        arrays: Samples (n, …) and labels or targets (n,) or (n, targets), and the same of a test set if there is one;
            anything that NumPy makes arrays of. They are taken as they are, but bytes of images become 0 … 1. Or
            ``(frame, target)``: a frame of pandas and the name of the column to predict, or a list of names; or a
            frame that holds more than numbers, and its labels or targets, which make a table together.
        task: What to predict; None guesses.
        options: For a frame, what a space file's ``dataset`` says of a table: ``columns``, ``drop``, ``group``,
            ``time``, ``fold``, ``weight`` and ``missing``; None and other keys are left aside.

    Raises:
        DataError: They are no such arrays, or cannot be trained on.
    """
    if not isinstance(arrays, tuple | list) or len(arrays) not in (2, 4):
        raise DataError(
            "must be a data set, a name, a path, arrays (X, y) or (X, y, X_test, y_test), or (frame, target)",
            where=_NAME,
            got=type(arrays).__name__ if not isinstance(arrays, tuple | list) else f"{len(arrays)} of them",
        )
    if len(arrays) == 2 and _is_frame(arrays[0]) and _are_names(arrays[1], arrays[0]):
        return _dataset_of_frame(arrays[0], arrays[1], task, options or {})
    if len(arrays) == 2 and _is_frame(arrays[0]) and not _is_of_numbers(arrays[0]):
        frame, name = _joined(*arrays)
        return _dataset_of_frame(frame, name, task, options or {})
    x_train, y_train, *test = arrays
    x_train, y_train = np.asarray(x_train), _labels(y_train, f"{_NAME}: y")
    x_test, y_test = (np.asarray(test[0]), _labels(test[1], f"{_NAME}: y_test")) if test else (None, None)
    raw = Raw(x_train, y_train, x_test, y_test, x_name="X", y_name="y", source="memory", where=_NAME)
    return raw.to_dataset(name=_NAME, task=task)


def _is_frame(value: Any) -> bool:
    # Without importing pandas for those who have none in hand.
    return hasattr(value, "columns") and hasattr(value, "iloc")


def _is_of_numbers(frame: Any) -> bool:
    return all(getattr(dtype, "kind", "O") in "biuf" for dtype in frame.dtypes)


def _joined(frame: Any, y: Any) -> tuple[Any, str]:
    """Return a frame with its targets as a column, and what that is called."""
    values = getattr(y, "values", y)
    if np.ndim(values) == 2 and np.shape(values)[1] == 1:
        values = np.asarray(values)[:, 0]
    if np.ndim(values) != 1 or len(values) != len(frame):
        raise DataError(
            "must be one value for each row of the frame",
            where=f"{_NAME}: y",
            got=f"shape {np.shape(values)} for {len(frame)} rows",
            hint="or (frame, target) with the name of its column, or a list of names",
        )
    name = str(getattr(y, "name", None) or "y")
    while name in map(str, frame.columns):
        name += "_"
    return frame.assign(**{name: values}), name


def _labels(given: Any, where: str) -> Array:
    """Return labels as an array of one type: pandas has texts, categories and truth values as objects.

    Raises:
        DataError: A label is missing.
    """
    y: Array = np.asarray(given)
    if y.dtype.kind != "O" or not y.size:
        return y
    import pandas as pd

    missing = np.asarray(pd.isna(y)).ravel()
    if missing.any():
        raise DataError(
            "every sample must have a label",
            where=where,
            got=f"{int(missing.sum()):,} missing, the first at [{int(missing.argmax())}]",
            hint="fill them in or drop those samples",
        )
    kinds = {type(value) for value in y.flat}
    is_plain = kinds <= {str} or kinds <= {bool, np.bool_} or kinds <= {int, float, np.int64, np.float64}
    return np.array(y.tolist()) if is_plain else y


def _are_names(value: Any, frame: Any) -> bool:
    """Whether these are names of columns, rather than one label a row."""
    if isinstance(value, str):
        return True
    if isinstance(value, list | tuple) and value and all(isinstance(name, str) for name in value):
        if set(value) <= set(map(str, frame.columns)):
            return True
        # No column is named twice, but labels repeat.
        return len(value) != len(frame) and len(set(value)) == len(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _dataset_of_frame(frame: Any, target: Any, task: Task | None, options: Mapping[str, Any]) -> Dataset:
    from kerasgrid.data.frame import raw_of_frame

    given = {key: value for key in _OF_FRAMES if (value := options.get(key)) is not None}
    for key in ("drop", "missing"):
        if isinstance(given.get(key), str):
            given[key] = (given[key],)
    return raw_of_frame(frame, target, task=task, **given).to_dataset(name=_NAME, task=task)
