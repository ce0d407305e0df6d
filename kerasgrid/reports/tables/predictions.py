"""Predictions as columns of a table: what a model's outputs say of each row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np


def prediction_columns(
    outputs: np.ndarray, task: str, classes: Sequence[str], targets: Sequence[str], taken: Collection[str] = ()
) -> dict[str, Any]:
    """Return the columns of the predictions by their names, in order.

    Of classes ``prediction`` is the class, and ``probability_<class>`` there is one for each. Of several labels
    ``prediction_<label>`` is 1 or 0, beside its probability. Of numbers ``prediction`` is the number, of several
    ``prediction_<target>`` each.

    Args:
        outputs: A model's, float32, (n, n_outputs).
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        classes: Names of the classes or labels.
        targets: Names of what was to be predicted; empty where they have none.
        taken: Names of columns that these stand beside: underscores are added to those that are alike.
    """
    named: Mapping[str, Any]
    if task == "classification":
        names = np.array(classes, dtype=object)
        named = {"prediction": names[outputs.argmax(axis=1)]} | _each("probability", classes, outputs)
    elif task == "multilabel":
        named = _each("prediction", classes, (outputs > 0.5).astype(int)) | _each("probability", classes, outputs)
    elif outputs.shape[1] == 1:
        named = {"prediction": outputs[:, 0]}
    else:
        n = outputs.shape[1]
        named = _each("prediction", targets if len(targets) == n else [str(place) for place in range(n)], outputs)
    found: dict[str, Any] = {}
    for name, values in named.items():
        while name in taken or name in found:
            name += "_"
        found[name] = values
    return found


def _each(what: str, names: Sequence[str], values: np.ndarray) -> dict[str, Any]:
    return {f"{what}_{name}": values[:, place] for place, name in enumerate(names)}
