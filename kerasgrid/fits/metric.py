"""Metrics: what trials are compared by, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasgrid.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Terms = Callable[[Any, Any, Any], Any]
"""From (``tf``, targets, outputs) to one number a sample, shape (batch,), or several, (batch, width).

``tf`` is TensorFlow, handed over so that a metric does not import it. Targets are class indices, int32, (batch,); for
regression and several labels float32, (batch, n_outputs). Outputs are float32, (batch, n_outputs). It runs inside the
training's graph.
"""

Finish = Callable[["Floats", "Floats | None"], float]
"""From the means of the terms over the samples, shape (width,), and the variance of each target over the same samples,
shape (n_outputs,) (None but for regression, and without samples), to the metric."""


def _first(means: Floats, variance: Floats | None) -> float:
    return float(means[0])


@dataclass(frozen=True, slots=True)
class Metric:
    """What trials are compared by.

    Attributes:
        name: As in a space file; Keras's or scikit-learn's name. ``val_<name>`` is its curve on held-out samples.
        label: What an axis of a picture says, with its unit.
        greater_is_better: The direction.
        task: The task that it suits; None for all.
        unit: Of its values, in words; empty for none.
        low: Its least possible value; None for no bound.
        high: Its greatest possible value; None for no bound.
        terms: What is averaged over samples; None for the loss, which has a function of its own. Metrics of the same
            function share its averages.
        finish: What makes the metric of the averages; the first of them, unless it says otherwise.
    """

    name: str
    label: str
    greater_is_better: bool
    task: str | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    terms: Terms | None = None
    finish: Finish = _first

    @property
    def sign(self) -> float:
        """1 if greater is better, else -1: times it, every metric is the better the greater."""
        return 1.0 if self.greater_is_better else -1.0

    def best(self, values: Iterable[float]) -> float:
        """Return the best of these values, of which there is one at least."""
        return max(values) if self.greater_is_better else min(values)


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
    ),
)  # fmt: skip
"""Every metric of a space file."""


def metric_named(name: str) -> Metric:
    """Return the metric of this name; of any other, what a scorer of scikit-learn is: greater is better."""
    return METRICS[name] if name in METRICS else Metric(name, name, greater_is_better=True)


def metrics_for(task: str) -> tuple[str, ...]:
    """Return the names of the metrics that every fit of this task records, ``loss`` first."""
    return tuple(metric.name for metric in METRICS.values() if metric.task in (None, task))


def choices_for(task: str) -> tuple[str, ...]:
    """Return the metrics that trials of this task may be compared by, the default first and ``loss`` last."""
    names = metrics_for(task)
    return (*(name for name in names if name != "loss"), "loss")


def every_choice() -> tuple[str, ...]:
    """Return the metrics that trials of some task may be compared by."""
    tasks = dict.fromkeys(metric.task for metric in METRICS.values() if metric.task is not None)
    return tuple(dict.fromkeys(name for task in tasks for name in choices_for(task)))
