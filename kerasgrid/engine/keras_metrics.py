"""Metrics of Keras and of the user's own, measured beside the task's, as ``keras.Model.fit`` measures them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from kerasgrid.engine.keras_losses import TargetForm
from kerasgrid.errors import SpaceError
from kerasgrid.models.compiled import copied

_BY_TASK = ("accuracy", "acc")
"""What Keras chooses by the task, which is measured anyway."""

_SAME = {"acc": "accuracy", "mse": "mean_squared_error", "mae": "mean_absolute_error"}
_OTHER_NAMES = {**_SAME, **{long: short for short, long in _SAME.items()}}
"""The other name of a metric: Keras tells it by the one that was asked for, scikeras by the long one."""

_CROSS_ENTROPY = ("crossentropy", "ce")


class KerasMetrics:
    """Metrics that add up in the graph, over the batches that are trained and over the held-out ones.

    Args:
        asked: Names of metrics, metrics and functions of (targets, outputs).
        form: What targets and outputs look like.
        known: What is measured anyway, by its name.

    Attributes:
        names: Of what is measured here.
    """

    def __init__(self, asked: Sequence[Any], form: TargetForm, known: Collection[str]) -> None:
        self._sets: list[list[tuple[str, keras.metrics.Metric, Any]]] = []
        asked = [one for one in asked if one is not None]
        names = [one for one in asked if isinstance(one, str)]
        self._same = {name: other for name in names if (other := _OTHER_NAMES.get(name)) in known}
        self._same |= {_SAME[name]: name for name in names if name in known and name in _SAME}
        wanted = [one for one in asked if one not in (*_BY_TASK, *known, *self._same)]
        for _ in ("train", "held out"):
            made = [_metric(one, form) for one in wanted]
            self._sets.append([(name, metric, form.reader(of)) for name, metric, of in made if name not in known])
        self.names = (*(name for name, _, _ in self._sets[0]), *self._same)

    def __bool__(self) -> bool:
        return bool(self._sets[0])

    def update(self, targets: tf.Tensor, outputs: tf.Tensor, *, held_out: bool) -> None:
        """Count a batch, in a graph."""
        for _, metric, read in self._sets[held_out]:
            metric.update_state(read(targets), outputs)

    def completed(self, named: Mapping[str, float]) -> dict[str, float]:
        """Return what the task measured, by its names, with what was measured here; it begins anew."""
        same = {f"{prefix}{name}": f"{prefix}{other}" for prefix in ("", "val_") for name, other in self._same.items()}
        others = {name: named[other] for name, other in same.items() if other in named}
        return {**named, **others, **self.taken()}

    def taken(self) -> dict[str, float]:
        """Return what was measured since the last time, held-out ones as ``val_…``, and begin anew."""
        found = {}
        for prefix, metrics in zip(("", "val_"), self._sets, strict=True):
            for name, metric, _ in metrics:
                found[f"{prefix}{name}"] = float(metric.result())
                metric.reset_state()
        return found


def _metric(asked: Any, form: TargetForm) -> tuple[str, keras.metrics.Metric, Any]:
    """Return the name of a metric, a new one, and what tells which targets it takes."""
    if isinstance(asked, str):
        kind = asked
        if asked in _CROSS_ENTROPY:
            kind = "BinaryCrossentropy" if form.width == 1 else "SparseCategoricalCrossentropy"
        try:
            found = keras.metrics.get(kind)
        except ValueError as error:
            raise SpaceError("Keras has no such metric", where="metrics", got=repr(asked)[:80]) from error
        if not isinstance(found, keras.metrics.Metric):
            return asked, keras.metrics.MeanMetricWrapper(found, name=asked), found
        return asked, found, found
    if isinstance(asked, keras.metrics.Metric):
        return asked.name, copied(asked), asked
    if callable(asked):
        name = str(getattr(asked, "__name__", type(asked).__name__))
        return name, keras.metrics.MeanMetricWrapper(asked, name=name), asked
    raise SpaceError("must be a name, a metric of Keras or a function", where="metrics", got=repr(asked)[:80])
