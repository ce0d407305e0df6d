"""What the axes of pictures say: metrics in words, with their units."""

from __future__ import annotations

from collections.abc import Mapping

METRIC_LABELS: Mapping[str, str] = {
    "accuracy": "accuracy (share of samples)",
    "loss": "loss (mean over samples)",
    "mse": "mean squared error (target unit squared)",
    "mae": "mean absolute error (target unit)",
    "r2": "R² (share of the variance explained)",
}
"""The label of every metric's axis."""
