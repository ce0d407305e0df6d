"""Training a baseline on a fold."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgrid.baselines.model import BaselineModel, DataFacts
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold

_BYTES = 255.0


def outputs_on(model: BaselineModel, dataset: Dataset, fold: Fold) -> npt.NDArray[np.float64]:
    """Train a baseline on a fold's training samples and return what it says of those that are held out.

    Returns:
        (n_held_out, n_outputs): a probability for each class or label, or numbers.
    """
    facts = DataFacts.of(dataset)
    estimator = model.make(facts)
    given = {} if dataset.weights is None else _weights(estimator, dataset.weights[fold.train])
    with warnings.catch_warnings():
        # That it stopped before it converged, or met a word that is new, is no news to whoever searches networks.
        warnings.simplefilter("ignore")
        estimator.fit(_matrix(dataset.x_train[fold.train]), dataset.y_train[fold.train], **given)
        held_out = _matrix(dataset.x_train[fold.held_out])
        if facts.task == "regression":
            return np.asarray(estimator.predict(held_out), np.float64).reshape(len(held_out), facts.n_outputs)
        return _probabilities(estimator, held_out, facts)


def _matrix(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    flat = samples.reshape(len(samples), -1)
    return flat.astype(np.float32) / np.float32(_BYTES) if flat.dtype == np.uint8 else flat


def _weights(estimator: Any, weights: npt.NDArray[Any]) -> dict[str, Any]:
    """Return weights of samples as the estimator's ``fit`` takes them; nothing if it takes none."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    name, last = steps[-1]
    inner = getattr(last, "estimator", last)
    if not has_fit_parameter(inner, "sample_weight"):
        return {}
    return {f"{name}__sample_weight" if name else "sample_weight": weights}


def _probabilities(estimator: Any, samples: npt.NDArray[Any], facts: DataFacts) -> npt.NDArray[np.float64]:
    """Return a column for each class or label, of those too that the training samples lack."""
    found, classes = estimator.predict_proba(samples), estimator.classes_
    if facts.task == "classification":
        outputs = np.zeros((len(samples), facts.n_outputs))
        outputs[:, np.asarray(classes).astype(int)] = found
        return outputs
    # Of each label: what is said of its 1, where there was one.
    columns = [
        part[:, list(values).index(1)] if 1 in values else np.zeros(len(samples))
        for part, values in zip(found, classes, strict=True)
    ]
    return np.column_stack(columns)
