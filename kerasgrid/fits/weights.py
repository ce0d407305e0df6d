"""Weights of samples in what training lowers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasgrid.axes.class_weights import BALANCED, weights_by_class
from kerasgrid.axes.value import Value
from kerasgrid.data.dataset import Array, FloatArray


def class_weights(value: Value, classes: Sequence[str], y: Array) -> FloatArray:
    """Return the weight of each class, float32, (n_classes,).

    Args:
        value: Of ``class_weight``, resolved.
        classes: Their names.
        y: Indices of the classes of the samples that are trained on; ``balanced`` looks at nothing else.

    Raises:
        SpaceError: A name is no class's.
    """
    weights = np.ones(len(classes), np.float32)
    if value == BALANCED:
        # As scikit-learn's compute_class_weight has it; what no sample is of has no say.
        counts = np.bincount(y, minlength=len(classes))
        weights[counts > 0] = len(y) / ((counts > 0).sum() * counts[counts > 0])
    for place, weight in weights_by_class(value, classes).items():
        weights[place] = weight
    return weights
