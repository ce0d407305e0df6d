"""Metrics: what trials are compared by, one row each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kerasgrid.fits.metric_row import Metric as Metric
from kerasgrid.fits.metric_row import Needs as Needs
from kerasgrid.fits.metric_row import Terms as Terms
from kerasgrid.fits.scorers import SCORERS
from kerasgrid.registry import Registry

if TYPE_CHECKING:
    from kerasgrid.fits.metric_row import Floats


def _right(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.cast(tf.equal(tf.argmax(outputs, axis=-1, output_type=targets.dtype), targets), tf.float32)


def _label_is_right(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.cast(tf.equal(outputs > 0.5, targets > 0.5), tf.float32)


def _labels_right(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.reduce_mean(_label_is_right(tf, targets, outputs), axis=-1)


def _all_right(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.reduce_min(_label_is_right(tf, targets, outputs), axis=-1)


def _squared_errors(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.square(outputs - targets)


def _absolute_error(tf: Any, targets: Any, outputs: Any) -> Any:
    return tf.reduce_mean(tf.abs(outputs - targets), axis=-1)


def _mean(means: Floats, variance: Floats | None) -> float:
    return float(means.mean())


def _r2(means: Floats, variance: Floats | None) -> float:
    import numpy as np

    variance = np.zeros_like(means) if variance is None else variance
    # A constant target has no variance to explain: r2_score's convention, 1 for a perfect fit and 0 otherwise.
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(variance > 0, 1.0 - means / variance, np.where(means > 0, 0.0, 1.0))
    return float(explained.mean())


METRICS: Registry[Metric] = Registry(
    "metric",
    (
        Metric("loss", "loss (mean over samples)", greater_is_better=False),
        Metric("accuracy", "accuracy (share of samples)", greater_is_better=True, task="classification",
               unit="share of samples", low=0.0, high=1.0, terms=_right),
        Metric("binary_accuracy", "binary accuracy (share of labels)", greater_is_better=True, task="multilabel",
               unit="share of labels", low=0.0, high=1.0, terms=_labels_right),
        Metric("exact_match", "exact match (share of samples)", greater_is_better=True, task="multilabel",
               unit="share of samples", low=0.0, high=1.0, terms=_all_right),
        Metric("mse", "mean squared error (target unit squared)", greater_is_better=False, task="regression",
               unit="target unit squared", low=0.0, terms=_squared_errors, finish=_mean),
        Metric("mae", "mean absolute error (target unit)", greater_is_better=False, task="regression",
               unit="target unit", low=0.0, terms=_absolute_error),
        Metric("r2", "R² (share of the variance explained)", greater_is_better=True, task="regression",
               unit="share of the variance", high=1.0, terms=_squared_errors, finish=_r2),
        *SCORERS,
    ),
)  # fmt: skip
"""Every metric of a space file."""


def metric_named(name: str) -> Metric:
    """Return the metric of this name; of any other, what a scorer of scikit-learn is: greater is better."""
    return METRICS[name] if name in METRICS else Metric(name, name, greater_is_better=True)


def metrics_for(task: str) -> tuple[str, ...]:
    """Return the names of the metrics that every fit of this task records, ``loss`` first."""
    return tuple(metric.name for metric in METRICS.values() if metric.suits(task) and metric.of_predictions is None)


def asked_for(names: Iterable[str], task: str) -> tuple[str, ...]:
    """Return those of the names that fits of this task record only if they are asked to, in alphabetical order."""
    return tuple(sorted(set(names) - set(metrics_for(task))))


def choices_for(task: str) -> tuple[str, ...]:
    """Return the metrics that trials of this task may be compared by, the default first and ``loss`` last."""
    names = [name for name in metrics_for(task) if name != "loss"]
    more = (metric.name for metric in METRICS.values() if metric.suits(task) and metric.of_predictions is not None)
    return (*names, *more, "loss")


def every_choice() -> tuple[str, ...]:
    """Return the metrics that trials of some task may be compared by."""
    return (*(name for name in METRICS if name != "loss"), "loss")
