"""Arrays in memory as a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

_NAME = "data"


def dataset_of(arrays: Any, task: Task | None = None) -> Dataset:
    """Return a checked data set of ``(X, y)`` or ``(X, y, X_test, y_test)``.

    Args:
        arrays: Samples (n, …) and labels or targets (n,) or (n, targets), and the same of a test set if there is one;
            anything that NumPy makes arrays of. They are taken as they are, but bytes of images become 0 … 1.
        task: What to predict; None guesses: float labels are numbers to predict, all else classes.

    Raises:
        DataError: They are no such arrays, or cannot be trained on.
    """
    if not isinstance(arrays, tuple | list) or len(arrays) not in (2, 4):
        raise DataError(
            "must be a data set, a name, a path, or arrays (X, y) or (X, y, X_test, y_test)",
            where=_NAME,
            got=type(arrays).__name__ if not isinstance(arrays, tuple | list) else f"{len(arrays)} of them",
        )
    x_train, y_train, *test = map(np.asarray, arrays)
    x_test, y_test = test or (None, None)
    raw = Raw(x_train, y_train, x_test, y_test, x_name="X", y_name="y", source="memory", where=_NAME)
    return raw.to_dataset(name=_NAME, task=task)
