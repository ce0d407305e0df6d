"""A closer look at a trial: how sure it is, what its columns are worth, and which samples it predicts worst.

All of it is of held-out samples: each by the network of the fold that did not see it.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from kerasgrid.data.columns import Column
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.engine.ensemble import FoldTrial, fold_trial, scorer
from kerasgrid.engine.final import outputs_of
from kerasgrid.engine.prepared import PreparedData
from kerasgrid.fits.explaining import Bin, ColumnImportance, Explained, Explaining, Miss
from kerasgrid.fits.metric import metric_named
from kerasgrid.fits.predictions import Predictions
from kerasgrid.insight.corrected import corrected_error

MOST_MISSES = 10
_BINS = 10
_SHUFFLES = 3
_MOST_SHUFFLED = 1000
"""Held-out samples of a fold that columns are shuffled among."""

_LONGEST_SIDE = 48


def explained(explaining: Explaining, prepared: PreparedData, folds: Sequence[Fold]) -> Explained:
    """Look closer at a trial.

    Args:
        explaining: Which, and how.
        prepared: The data.
        folds: Its folds, those of one repeat.
    """
    started = time.perf_counter()
    trial = fold_trial(explaining.candidate, explaining.left, prepared, folds)
    if trial is None:
        return Explained(error="what its fits have left is gone")
    dataset = prepared.dataset
    rows, outputs = np.concatenate([fold.held_out for fold in folds]), np.concatenate(trial.outputs)
    predictions = Predictions.of(outputs, dataset.y_train[rows], trial.params, dataset.task, dataset.n_outputs)
    bins = _bins(predictions) if dataset.task == "classification" else []
    error = sum(one.n * abs(one.confidence - one.right) for one in bins) / len(rows) if bins else None
    spent = time.perf_counter() - started
    left = None if explaining.seconds is None else explaining.seconds - spent
    columns = _columns(explaining, trial, dataset, folds, left) if dataset.columns is not None else []
    return Explained(len(rows), tuple(bins), error, tuple(columns), tuple(_misses(predictions, dataset, rows)))


def _bins(predictions: Predictions) -> list[Bin]:
    """Return how sure predictions were, in parts of equal width from 1/classes to 1, and how often they were right."""
    sure, right = predictions.scores.max(axis=1), predictions.labels == predictions.true
    least = 1.0 / predictions.scores.shape[1]
    place = np.clip(((sure - least) / (1.0 - least) * _BINS).astype(int), 0, _BINS - 1)
    there = [place == number for number in range(_BINS)]
    return [Bin(float(sure[one].mean()), float(right[one].mean()), int(one.sum())) for one in there if one.any()]


@dataclass(frozen=True, eq=False)
class _Network:
    """One network of a fold as scikit-learn's permutation importance takes a fitted model."""

    trial: FoldTrial
    fold: int
    score: Any

    def fit(self, x: Any, y: Any) -> None:
        """Never called: the network is trained."""

    def scored(self, _: Any, x: np.ndarray, y: np.ndarray) -> float:
        """Return how good its outputs for samples as the data set has them are."""
        outputs = outputs_of(self.trial.cores[self.fold], self.trial.data[self.fold], x.astype(np.float32))
        return float(self.score(y, outputs))


def _columns(
    explaining: Explaining, trial: FoldTrial, dataset: Dataset, folds: Sequence[Fold], seconds: float | None
) -> list[ColumnImportance]:
    """Return what each column is worth: by how much the metric is worse where its held-out values are shuffled."""
    from sklearn.inspection import permutation_importance

    assert dataset.columns is not None
    started = time.perf_counter()
    sign, score = metric_named(explaining.metric).sign, scorer(explaining.metric, trial.params, trial.data[0])
    drops: list[np.ndarray] = []
    for place, fold in enumerate(folds):
        network = _Network(trial, place, lambda y, outputs: sign * score(y, outputs))
        rows = np.random.default_rng(explaining.seed).permutation(fold.held_out)[:_MOST_SHUFFLED]
        network.scored(None, dataset.x_train[rows], dataset.y_train[rows])  # the first time takes longer
        since = time.perf_counter()
        network.scored(None, dataset.x_train[rows], dataset.y_train[rows])
        takes = (time.perf_counter() - since) * (len(dataset.columns.given) * _SHUFFLES + 1)
        if seconds is not None and time.perf_counter() - started + takes > seconds:
            break
        found = permutation_importance(
            network, dataset.x_train[rows], dataset.y_train[rows], scoring=network.scored,
            n_repeats=_SHUFFLES, random_state=explaining.seed,
        )  # fmt: skip
        drops.append(found.importances_mean)
    if not drops:
        return []
    told = []
    for number, column in enumerate(dataset.columns.given):
        own = [float(drop[number]) for drop in drops]
        error = corrected_error(own, explaining.held_out_share)
        told.append(ColumnImportance(column.name, statistics.fmean(own), error))
    return sorted(told, key=lambda one: -one.drop)


def _misses(predictions: Predictions, dataset: Dataset, rows: np.ndarray) -> list[Miss]:
    """Return the samples that were predicted worst."""
    true, scores = predictions.true, predictions.scores
    if predictions.task == "classification":
        how = scores[np.arange(len(true)), true]
        order = np.argsort(how, kind="stable")
    elif predictions.task == "multilabel":
        how = np.where(true > 0.5, scores, 1.0 - scores).min(axis=1)
        order = np.argsort(how, kind="stable")
    else:
        off = np.abs(np.reshape(true - scores, (len(true), -1)))
        how = off.max(axis=1)
        spread = np.reshape(true, (len(true), -1)).std(axis=0)
        # Of several targets each counts in its own unit.
        order = np.argsort(-(off / np.where(spread > 0, spread, 1.0)).max(axis=1), kind="stable")
    return [
        Miss(
            int(rows[place]),
            _told(true[place], dataset),
            _told(predictions.labels[place], dataset),
            float(how[place]),
            _values(dataset, rows[place]),
            _image(dataset, rows[place]),
        )
        for place in order[:MOST_MISSES]
    ]


def _told(value: Any, dataset: Dataset) -> str:
    """Return a class, the labels that hold, or numbers, for people."""
    if dataset.task == "regression":
        return ", ".join(f"{number:.6g}" for number in np.atleast_1d(value))
    names = dataset.classes or ()
    if dataset.task == "multilabel":
        return ", ".join(name for name, holds in zip(names, value, strict=True) if holds) or "none"
    return names[int(value)]


def _values(dataset: Dataset, row: int) -> dict[str, str]:
    if dataset.columns is None:
        return {}
    given = zip(dataset.columns.given, dataset.x_train[row], strict=True)
    return {column.name: _cell(column, float(value)) for column, value in given}


def _cell(column: Column, value: float) -> str:
    if column.kind == "category":
        return column.levels[int(value) - 1] if value >= 1 else "(rare or new)"
    if math.isnan(value):
        return ""
    if column.kind == "date":
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=value)
        return moment.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M")
    return column.levels[int(value)] if column.levels else f"{value:.6g}"


def _image(dataset: Dataset, row: int) -> list[Any] | None:
    """Return a sample as a small image of bytes; None for what is none."""
    sample = dataset.x_train[row]
    if dataset.columns is not None or sample.ndim not in (2, 3) or (sample.ndim == 3 and sample.shape[2] not in (1, 3)):
        return None
    step = math.ceil(max(sample.shape[:2]) / _LONGEST_SIDE)
    small = np.asarray(sample[::step, ::step], np.float64)
    small = small[..., 0] if small.ndim == 3 and small.shape[2] == 1 else small
    low, high = (0.0, 255.0) if sample.dtype == np.uint8 else (float(np.nanmin(small)), float(np.nanmax(small)))
    scaled = (small - low) / (high - low if high > low else 1.0) * 255.0
    return np.nan_to_num(scaled).round().astype(int).tolist()  # type: ignore[no-any-return]
