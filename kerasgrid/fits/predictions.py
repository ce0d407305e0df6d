"""The predictions of a fit on held-out samples, and the metrics that are computed from them."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.fits.metric import METRICS
from kerasgrid.fits.outputs import class_probabilities


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model predicts of samples, and what is true.

    Attributes:
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        true: Class indices, (n,); zeros and ones, (n, n_outputs); or numbers in their own unit, float64, (n,) or
            (n, n_outputs).
        scores: Probabilities of the classes, float64, (n, n_outputs), rows adding up to 1; of the labels; or the
            predicted numbers, shaped as ``true``.
        n_outputs: Number of classes, labels or targets.
    """

    task: str
    true: Array
    scores: Array
    n_outputs: int

    @classmethod
    def of(cls, outputs: Array, y: Array, params: Mapping[str, Any], task: str, n_outputs: int) -> Predictions:
        """Return what outputs say.

        Args:
            outputs: A model's, (n, its width), in the targets' own unit.
            y: Labels or targets as a data set has them.
            params: Resolved hyperparameters, of which the loss counts.
            task: As above.
            n_outputs: As above.
        """
        if task == "classification":
            return cls(task, y, class_probabilities(outputs, params), n_outputs)
        if task == "multilabel":
            return cls(task, y.astype(np.int64), outputs.astype(np.float64), n_outputs)
        true = y.astype(np.float64)
        return cls(task, true, outputs.astype(np.float64).reshape(true.shape), n_outputs)

    @cached_property
    def labels(self) -> Array:
        """The predicted classes, (n,), or for each label whether it holds, (n, n_outputs); of numbers, they."""
        if self.task == "classification":
            return np.asarray(self.scores.argmax(axis=1))
        return (self.scores > 0.5).astype(np.int64) if self.task == "multilabel" else self.scores

    @property
    def positive(self) -> Array:
        """Of two classes the probability of the second, (n,)."""
        return np.asarray(self.scores[:, 1])


def _quick() -> AbstractContextManager[Any]:
    """Have scikit-learn, where it is imported, not look again at what is known: arguments of ours, finite numbers."""
    sklearn = sys.modules.get("sklearn")
    if sklearn is None:
        return nullcontext()
    return sklearn.config_context(assume_finite=True, skip_parameter_validation=True)  # type: ignore[no-any-return]


def metrics_of(names: Iterable[str], predictions: Predictions) -> dict[str, float]:
    """Return metrics of predictions by their names; NaN where one is not defined, as without a sample of a class.

    Args:
        names: Of rows of :data:`kerasgrid.fits.metric.METRICS` that are computed so.
        predictions: Of at least one sample.
    """
    found = {}
    for name in names:
        of_predictions = METRICS[name].of_predictions
        assert of_predictions is not None
        with warnings.catch_warnings(), _quick():
            # Of what is not defined scikit-learn warns, or raises: it is told where it is read.
            warnings.simplefilter("ignore")
            try:
                found[name] = float(of_predictions(predictions))
            except ValueError:
                found[name] = math.nan
    return found
