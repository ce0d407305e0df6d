"""Areas under curves of classes, as scikit-learn defines them, for many classes in a hundredth of its time.

Its own functions sort and check anew for every class and every pair of classes; tests hold these to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kerasgrid.data.dataset import Array

if TYPE_CHECKING:
    from kerasgrid.fits.predictions import Predictions


def roc_auc(p: Predictions) -> float:
    """Return the area under the ROC curve, of several labels the mean of theirs."""
    return _mean_of_columns(_area, p)


def roc_auc_ovr(p: Predictions, *, is_weighted: bool = False) -> float:
    """Return the mean area of each class against the rest, by the sizes of the classes on demand."""
    if p.n_outputs == 2:
        return roc_auc(p)
    found = [_area(p.true == place, p.scores[:, place]) for place in range(p.n_outputs)]
    sizes = np.bincount(p.true, minlength=p.n_outputs) if is_weighted else None
    return float(np.average(found, weights=sizes))


def roc_auc_ovo(p: Predictions, *, is_weighted: bool = False) -> float:
    """Return the mean area of each pair of classes (Hand and Till 2001), by the sizes of the pairs on demand."""
    if p.n_outputs == 2:
        return roc_auc(p)
    rows = [np.flatnonzero(p.true == place) for place in range(p.n_outputs)]
    found, sizes = [], []
    for one, other in combinations(range(p.n_outputs), 2):
        both = np.concatenate([rows[one], rows[other]])
        is_one = np.arange(len(both)) < len(rows[one])
        scores = p.scores[both]
        found.append((_area(is_one, scores[:, one]) + _area(~is_one, scores[:, other])) / 2)
        sizes.append(len(both))
    return float(np.average(found, weights=sizes if is_weighted else None))


def average_precision(p: Predictions) -> float:
    """Return the average precision, of several classes or labels the mean of theirs."""
    return _mean_of_columns(_precision, p)


def _mean_of_columns(of: Callable[[Array, Array], float], p: Predictions) -> float:
    if p.task == "classification" and p.n_outputs == 2:
        return of(p.true == 1, p.positive)
    is_true = p.true[:, None] == np.arange(p.n_outputs) if p.true.ndim == 1 else p.true == 1
    return float(np.mean([of(is_true[:, place], p.scores[:, place]) for place in range(p.n_outputs)]))


def _area(is_true: Array, scores: Array) -> float:
    """Return the share of pairs of a true and another sample of which the true one has the greater score."""
    n_true = int(is_true.sum())
    n_pairs = n_true * (len(is_true) - n_true)
    if n_pairs == 0:
        return float("nan")
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # Equal scores share the mean of their ranks.
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[places[is_true]].sum() - n_true * (n_true + 1) / 2) / n_pairs)


def _precision(is_true: Array, scores: Array) -> float:
    n_true = int(is_true.sum())
    if n_true == 0:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    scores, found = scores[order], np.cumsum(is_true[order])
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    precision, recall = found[ends] / (ends + 1), found[ends] / n_true
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
