"""A metric: what trials are compared by, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from kerasgrid.fits.predictions import Predictions

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

OfPredictions = Callable[["Predictions"], float]
"""From the held-out predictions of a fit's last epoch to the metric."""


def _first(means: Floats, variance: Floats | None) -> float:
    return float(means[0])


@dataclass(frozen=True, slots=True)
class Needs:
    """What a metric needs of the data, beyond the task.

    Attributes:
        n_classes: So many classes; None for any number.
        least_classes: At least so many classes.
        every_class: That each fold holds out samples of every class; of labels, some that hold and some that do not.
        one_target: A single target.
        least: The least target; None for any.
        above: What all targets are above; None for any.
        scikit_learn: The version of scikit-learn that has it first.
        near: Names of metrics like it that need less.
    """

    n_classes: int | None = None
    least_classes: int = 2
    every_class: bool = False
    one_target: bool = False
    least: float | None = None
    above: float | None = None
    scikit_learn: tuple[int, int] = (0, 0)
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """What trials are compared by.

    Either every fit records it, at each epoch, as means over samples (``terms``, ``finish``); or it is computed from
    the predictions of the last epoch by those that ask for it (``of_predictions``).

    Attributes:
        name: As in a space file; Keras's or scikit-learn's name. ``val_<name>`` is its curve on held-out samples.
        label: What an axis of a picture says, with its unit.
        greater_is_better: The direction.
        task: The task that it suits, or several; None for all.
        unit: Of its values, in words; empty for none.
        low: Its least possible value; None for no bound.
        high: Its greatest possible value; None for no bound.
        terms: What is averaged over samples; None for the loss, which has a function of its own. Metrics of the same
            function share its averages.
        finish: What makes the metric of the averages; the first of them, unless it says otherwise.
        of_predictions: What makes it of predictions; None for what every fit records.
        needs: What it needs of the data.
    """

    name: str
    label: str
    greater_is_better: bool
    task: str | tuple[str, ...] | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    terms: Terms | None = None
    finish: Finish = _first
    of_predictions: OfPredictions | None = None
    needs: Needs = field(default=Needs())

    @property
    def sign(self) -> float:
        """1 if greater is better, else -1: times it, every metric is the better the greater."""
        return 1.0 if self.greater_is_better else -1.0

    def suits(self, task: str) -> bool:
        """Whether it is a metric of this task."""
        return self.task is None or task == self.task or (isinstance(self.task, tuple) and task in self.task)

    def best(self, values: Iterable[float]) -> float:
        """Return the best of these values, of which there is one at least."""
        return max(values) if self.greater_is_better else min(values)
