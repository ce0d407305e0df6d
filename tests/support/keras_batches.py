"""An epoch of Keras's own steps, batch by batch: the numbers of ``fit``, which sets up a pipeline of data each time."""

from __future__ import annotations

from typing import Any

import numpy as np


def trained_epoch(model: Any, x: np.ndarray, y: np.ndarray, batch_size: int, **weights: Any) -> dict[str, float]:
    """Train an epoch, in this order, and return what ``fit`` tells of it: means over the samples.

    Args:
        model: Keras's, compiled.
        x: The samples.
        y: Their targets.
        batch_size: Of all batches but the last.
        weights: ``class_weight``, or ``sample_weight`` of each sample.
    """
    sums: dict[str, float] = {}
    for start in range(0, len(x), batch_size):
        batch = slice(start, start + batch_size)
        given = {name: value[batch] if name == "sample_weight" else value for name, value in weights.items()}
        # Whether a call forgets what was measured before has not been the same in all versions.
        model.reset_metrics()
        told = model.train_on_batch(x[batch], y[batch], return_dict=True, **given)
        for name, value in told.items():
            sums[name] = sums.get(name, 0.0) + float(value) * len(x[batch])
    return {name: value / len(x) for name, value in sums.items()}


def evaluated(model: Any, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return what ``evaluate`` tells of these samples, in a batch."""
    model.reset_metrics()
    return {name: float(value) for name, value in model.test_on_batch(x, y, return_dict=True).items()}
