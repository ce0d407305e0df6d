"""How good a model's outputs are, by every metric of the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.engine.measures import Measures
from kerasgrid.engine.resident import as_targets, variance_of
from kerasgrid.fits.fit import OF


def scores(task: str, targets: np.ndarray, outputs: np.ndarray, names: Sequence[str] = ()) -> dict[str, float]:
    """Return every metric of a task but the loss; of several numbers to predict each one's, too.

    Args:
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        targets: Class indices, (n,), or what else was to be predicted, (n,) or (n, n_outputs).
        outputs: (n, n_outputs), in the same unit.
        names: What the targets are called; empty where they are numbered.
    """
    found = _scores(task, targets, outputs)
    n = outputs.shape[1]
    if task != "regression" or n == 1:
        return found
    for place, name in enumerate(names if len(names) == n else range(n)):
        own = _scores(task, targets[:, place], outputs[:, place : place + 1])
        found |= {f"{metric}{OF}{name}": value for metric, value in own.items()}
    return found


def _scores(task: str, targets: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    measures = Measures(outputs.shape[1], task)
    known: Any = as_targets(targets, task)
    sums = measures.sums(known, tf.constant(outputs, tf.float32), tf.zeros(len(outputs)))
    variance = variance_of(targets) if task == "regression" else None
    named = measures.named(sums.numpy() / len(outputs), variance)
    return {name: value for name, value in named.items() if name != "loss"}
