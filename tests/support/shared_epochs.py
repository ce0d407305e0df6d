"""Fits of all kinds that differ in their epochs alone, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, FitResult

ENDS = (1, 2, 5, 9)
N = 60
FOLDS = [Fold(np.arange(44, dtype=np.int32), np.arange(44, N, dtype=np.int32))]

MLP: dict[str, Any] = {"model": "mlp", "hidden_units": (5,), "batch_size": 10, "learning_rate": 0.02}
CNN: dict[str, Any] = {
    "model": "cnn", "conv_filters": (2, 3), "hidden_units": (4,), "batch_norm": True, "dropout": 0.3, "batch_size": 10,
    "learning_rate": 0.02,
}  # fmt: skip
STOPPING = {"patience": 2, "validation_split": 0.3}
PREDICTED: dict[str, Any] = {"metrics": ("balanced_accuracy", "f1_macro")}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp": (MLP, {}),
    "dropout, penalties and bounds": ({**MLP, "dropout": 0.4, "l2": 0.01, "l1": 0.001, "clipnorm": 0.1}, {}),
    "cnn": (CNN, {}),
    "images that are changed": ({**CNN, "augmentation": {"flip": "horizontal", "shift": 0.2}}, PREDICTED),
    "averages": ({**MLP, "ema_momentum": 0.8, "optimizer": "momentum"}, PREDICTED),
    "averages, batch norm": ({**CNN, "ema_momentum": 0.8}, {}),
    "metrics of the last epoch": (MLP, PREDICTED),
    "metrics of each epoch": (MLP, {**PREDICTED, "curve_metrics": ("f1_macro",)}),
    "steps": (MLP, {"curve_every": 3}),
    "stopped early": ({**MLP, "early_stopping": STOPPING, "learning_rate": 0.5}, PREDICTED),
    "stopped early, the last weights": (
        {**MLP, "early_stopping": {**STOPPING, "restore_best_weights": False}, "learning_rate": 0.5}, PREDICTED,
    ),
    "stopped early, averages": (
        {**CNN, "early_stopping": {**STOPPING, "patience": 6}, "ema_momentum": 0.5, "learning_rate": 0.05}, PREDICTED,
    ),
    "a plateau": ({**MLP, "reduce_on_plateau": {"patience": 0, "min_delta": 0.5}}, PREDICTED),
    "diverging": ({**MLP, "hidden_units": (4, 4), "activation": "linear", "optimizer": "SGD", "learning_rate": 0.3},
                  PREDICTED),
}  # fmt: skip


OWN: dict[str, Any] = {
    "model": "support.own_models:build", "model__units": 6, "model__activation": "relu", "batch_size": 10,
    "early_stopping": STOPPING,
}  # fmt: skip
"""Of a model of the user's own, which takes samples with one axis."""


def fits(params: dict[str, Any], asked: dict[str, Any], ends: Sequence[int] = ENDS) -> list[Fit]:
    """Return fits that end after these epochs; ``asked`` has the fields of a fit."""
    return [Fit(Candidate({**params, "epochs": end}), 0, seed=3, **asked) for end in ends]


def told(result: FitResult) -> tuple[Any, ...]:
    """Return all of a result but its seconds; texts of numbers, of which those that are none are equal, too."""
    curves = ({name: repr([*values]) for name, values in one.items()} for one in (result.curve, result.steps))
    return result.fit, result.status, *curves, result.n_parameters, result.error, result.best_epoch, result.restored


def sizes_of(fit: Fit, task: str) -> BatchSizes:
    """Return what XLA compiles for this fit."""
    return BatchSizes.of(fit.candidate.resolved(task).params, len(FOLDS[0].train), len(FOLDS[0].held_out))
