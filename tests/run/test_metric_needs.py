"""What a metric needs of data and folds is told before anything is trained."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.errors import SpaceError
from kerasgrid.fits.metric import METRICS, Metric, Needs
from kerasgrid.run.metric_needs import check_needs


def data(task: Any, y: Any, names: str = "") -> Dataset:
    y = np.asarray(y, np.int64 if task == "classification" else np.float32)
    return Dataset("made", np.zeros((len(y), 2), np.float32), y, None, None, task, tuple(names) or None, "made")


def folds(*held_out: list[int]) -> list[Fold]:
    return [Fold(np.zeros(1, np.int32), np.array(index, np.int32)) for index in held_out]


TWO = data("classification", [0, 1, 0, 1], "ab")
THREE = data("classification", [0, 1, 2, 0, 1, 2], "abc")
LABELS = data("multilabel", [[0, 1], [1, 1], [0, 0], [1, 1]], "xy")


@pytest.mark.parametrize(
    ("name", "dataset", "held_out", "message"),
    [
        ("f1", THREE, [[0, 1]], 'metric "f1": is for 2 classes, got 3 classes (like it: f1_macro, f1_micro, '
         "f1_weighted)"),
        ("roc_auc", THREE, [[0, 1]], 'metric "roc_auc": is for 2 classes, got 3 classes (like it: balanced_accuracy, '
         "f1_macro)"),
        ("roc_auc", THREE, [[0, 1, 2]], 'metric "roc_auc": is for 2 classes, got 3 classes (like it: roc_auc_ovr, '
         "roc_auc_ovo, balanced_accuracy, f1_macro)"),
        ("top_k_accuracy", TWO, [[0, 1]], 'metric "top_k_accuracy": is for 3 classes or more, got 2 classes (like it: '
         "balanced_accuracy)"),
        ("roc_auc", TWO, [[0, 1], [0, 2]], 'metric "roc_auc": needs held-out samples of every class, got none of b in '
         "fold 2 (like it: balanced_accuracy, f1_macro)"),
        ("roc_auc_ovr", THREE, [[0, 1]], 'metric "roc_auc_ovr": needs held-out samples of every class, got none of c '
         "in the held-out samples of repeat 2 (like it: balanced_accuracy, f1_macro)"),
        ("roc_auc", LABELS, [[0, 1]], 'metric "roc_auc": needs held-out samples of every class, got none of no y in '
         "the held-out samples (like it: f1_macro)"),
        ("msle", data("regression", [1, -2]), [[0]], 'metric "msle": is for targets of at least 0, got -2'),
        ("mean_gamma_deviance", data("regression", [1, 0]), [[0]], 'metric "mean_gamma_deviance": is for targets above '
         "0, got 0"),
        ("max_error", data("regression", [[1, 0], [2, 3]]), [[0]], 'metric "max_error": is for a single target, got 2 '
         "targets"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told(name, dataset, held_out, message):
    n_repeats = 1
    if "repeat 2" in message:
        held_out, n_repeats = [[0, 1, 2], *held_out], 2
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        check_needs([name], dataset, folds(*held_out), n_repeats)


def test_what_is_there_is_enough():
    check_needs(["f1", "roc_auc", "log_loss"], TWO, folds([0, 1], [2, 3]), 1)
    check_needs(["f1_macro", "roc_auc_ovr"], THREE, folds([0, 1, 2]), 1)
    check_needs(["roc_auc"], LABELS, folds([0, 2, 3]), 1)


def test_a_version_of_scikit_learn_may_be_needed():
    new = Metric("new", "new", True, needs=Needs(scikit_learn=(99, 1)))
    with (
        METRICS.with_row(new),
        pytest.raises(SpaceError, match=r'^metric "new": needs scikit-learn 99.1 or newer, got '),
    ):
        check_needs(["new"], TWO, folds([0]), 1)
