"""Baselines: simple models of scikit-learn's that networks are held against, one row each.

Adding one is one row::

    from kerasgrid.sockets import BASELINES, BaselineModel

    def forest(facts):
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
        return ExtraTreesRegressor() if facts.task == "regression" else ExtraTreesClassifier()

    BASELINES.add(BaselineModel("forest", "extremely randomised trees", of_encoded(forest)))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasgrid.data.columns import Columns
    from kerasgrid.data.dataset import Dataset


@dataclass(frozen=True)
class DataFacts:
    """What a baseline is told of the data.

    Attributes:
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        n_outputs: Number of classes, labels or targets.
        n_features: Numbers a sample.
        columns: What the columns of a table are; None for arrays and images.
        is_image: Whether samples are images: they have two or three axes.
    """

    task: str
    n_outputs: int
    n_features: int
    columns: Columns | None = None
    is_image: bool = False

    @classmethod
    def of(cls, dataset: Dataset) -> DataFacts:
        """Return the facts of a data set."""
        shape = dataset.input_shape
        return cls(dataset.task, dataset.n_outputs, prod(shape), dataset.columns, len(shape) > 1)


def _always(facts: DataFacts) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class BaselineModel:
    """A simple model.

    Attributes:
        name: What a space file calls it.
        label: What it is, for people; or a function from the task to that.
        make: Makes an estimator of scikit-learn's for such data. It is given samples as a matrix, float32, (n,
            n_features): of a table as :data:`kerasgrid.data.columns.Kind` says, of images in 0..1; and class indices,
            zeros and ones, or numbers. See :mod:`kerasgrid.baselines.encoding` for what goes in front of it.
        suits: Whether it makes sense for such data. Where it does not, it is left out without a word.
    """

    name: str
    label: str | Callable[[str], str]
    make: Callable[[DataFacts], Any]
    suits: Callable[[DataFacts], bool] = _always

    def label_for(self, task: str) -> str:
        """Return what it is called where this is the task."""
        return self.label if isinstance(self.label, str) else self.label(task)
