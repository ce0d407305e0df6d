"""From what a classifier's model gives to a number for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kerasgrid.models.compiled import Compiled


def of_classes(outputs: npt.NDArray[Any], compiled: Compiled | None) -> npt.NDArray[Any]:
    """Return a number for each class, of one output for two classes and of logits, too.

    Args:
        outputs: (n, n_classes), or (n, 1).
        compiled: What was said of the training beside the parameters.
    """
    is_logits = compiled is not None and compiled.from_logits
    if outputs.shape[1] == 1:
        second = 1.0 / (1.0 + np.exp(-np.clip(outputs, -700, 700))) if is_logits else np.clip(outputs, 0.0, 1.0)
        return np.concatenate([1.0 - second, second], axis=1)
    if is_logits:
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
    return outputs
