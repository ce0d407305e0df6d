"""The standard error of a mean over folds. Fits of one candidate share most of their training samples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def corrected_error(values: Sequence[float], held_out_share: float) -> float | None:
    """Return the standard error of the mean of what was measured on several splits (Nadeau and Bengio, 2003).

    Args:
        values: One of each split, such as a difference of two scores.
        held_out_share: The share in [0, 1) of the samples that a split holds out; 0 where no samples are shared.

    Returns:
        The error; None of fewer than two values.
    """
    if len(values) < 2:
        return None
    overlap = held_out_share / (1.0 - held_out_share)
    return statistics.stdev(values) * math.sqrt(1.0 / len(values) + overlap)
