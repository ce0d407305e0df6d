"""An ensemble of what fits have left: chosen by their outputs for held-out samples, written as one plain model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import is_own
from kerasgrid.data.folds import Fold
from kerasgrid.engine.final import evaluated, outputs_of, save, with_weights
from kerasgrid.engine.kept import read_state
from kerasgrid.engine.losses import make_sample_loss
from kerasgrid.engine.measures import Measures
from kerasgrid.engine.prepared import PreparedData
from kerasgrid.engine.resident import ResidentData, as_targets, variance_of
from kerasgrid.fits.fit import FinalResult
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.fits.metric import metric_named
from kerasgrid.fits.predictions import Predictions, metrics_of
from kerasgrid.insight.ensembles import Votes, chosen
from kerasgrid.models.named import make_known
from kerasgrid.models.whole import Member, ensemble_model

_PARTS = 5
"""Into how many parts the held-out samples of a single split fall."""

_ROUNDING = 1e-3

_SHARE_OF_READING = 0.4
"""Of the time that there is; the rest is for choosing and writing."""


@dataclass(frozen=True, eq=False)
class FoldTrial:
    """A candidate's models of the folds.

    Attributes:
        params: Its resolved hyperparameters.
        cores: The models of the folds, each with its weights.
        data: The data as each of them sees it.
        outputs: For the held-out samples of each fold, in the targets' own unit.
    """

    params: dict[str, Any]
    cores: list[keras.Model]
    data: list[ResidentData]
    outputs: list[np.ndarray]


def joined(joining: Joining, prepared: PreparedData, folds: Sequence[Fold], metrics: Sequence[str]) -> Joined:
    """Choose an ensemble and, if it pays, write it and evaluate it on the test set.

    Candidates whose weights are gone, or whose outputs do not compare with the first one's, are left out. If it is the
    first one, nothing is joined.

    Args:
        joining: What to join.
        prepared: The data.
        folds: Its folds, those of one repeat.
        metrics: What the test set is scored by, besides the metrics of the task.
    """
    found: list[FoldTrial | None] = []
    started = time.perf_counter()
    for candidate, left in zip(joining.candidates, joining.left, strict=True):
        is_late = joining.seconds is not None and time.perf_counter() - started > _SHARE_OF_READING * joining.seconds
        found.append(None if is_late and found else fold_trial(candidate, left, prepared, folds))
    first = found[0]
    if first is None:
        return Joined()
    able = [place for place, one in enumerate(found) if one is not None and _compares(one, first, prepared)]
    trials = [one for place, one in enumerate(found) if one is not None and place in able]
    if not able or able[0] != 0 or len(able) < 2:
        return Joined()
    votes = _votes(trials, joining, folds)
    best = chosen(votes, joining.held_out_share if len(folds) > 1 else None)
    counts = [0] * len(found)
    for place, count in zip(able, best.counts, strict=True):
        counts[place] = count
    members = [(one, count / sum(best.counts)) for one, count in zip(trials, best.counts, strict=True) if count]
    n_networks = len(members) * len(folds)
    n_parameters = sum(core.count_params() for one, _ in members for core in one.cores)
    told = Joined(tuple(counts), best.gain, best.standard_error, n_networks, n_parameters)
    if not best.pays or len(members) < 2:
        return told
    final = _written(members, prepared, joining, metrics)
    return Joined(told.counts, told.gain, told.standard_error, n_networks, n_parameters, final)


def fold_trial(
    candidate: Candidate, left: Sequence[Path], prepared: PreparedData, folds: Sequence[Fold]
) -> FoldTrial | None:
    """Return a candidate's models and what they make of the samples that they did not see; None if one is gone."""
    dataset = prepared.dataset
    params = dict(candidate.resolved(dataset.task).params)
    if is_own(params["model"]):
        make_known(str(params["model"]))
    cores, seen, outputs = [], [], []
    for number, (path, fold) in enumerate(zip(left, folds, strict=True)):
        kept = read_state(path)
        if kept is None:
            return None
        data = prepared.for_fit(params, fold.train, number)
        cores.append(with_weights(params, data, kept.arrays))
        seen.append(data)
        outputs.append(outputs_of(cores[-1], data, dataset.x_train[fold.held_out]))
    return FoldTrial(params, cores, seen, outputs)


def _compares(one: FoldTrial, first: FoldTrial, prepared: PreparedData) -> bool:
    """Whether outputs may be averaged with those of the first: as many of them, and probabilities if those are."""
    outputs = np.concatenate(one.outputs)
    if outputs.shape[1] != first.outputs[0].shape[1] or not np.isfinite(outputs).all():
        return False
    if prepared.dataset.task == "regression":
        return True
    is_share = outputs.min() >= 0.0 and outputs.max() <= 1.0 + _ROUNDING
    if prepared.dataset.task == "multilabel" or outputs.shape[1] == 1:
        return bool(is_share)
    return bool(is_share and np.abs(outputs.sum(axis=1) - 1.0).max() < _ROUNDING)


def _votes(trials: Sequence[FoldTrial], joining: Joining, folds: Sequence[Fold]) -> Votes:
    """Return the trials' outputs in parts: the folds, or of a single split parts of its held-out samples."""
    rows = [fold.held_out for fold in folds]
    outputs = [one.outputs for one in trials]
    if len(folds) == 1:
        order = np.random.default_rng(joining.seed).permutation(len(rows[0]))
        parts = np.array_split(order, min(_PARTS, len(order)))
        outputs = [[one[0][part] for part in parts] for one in outputs]
        rows = [rows[0][part] for part in parts]
    first = trials[0]
    true = [first.data[0].dataset.y_train[index] for index in rows]
    score, sign = scorer(joining.metric, first.params, first.data[0]), metric_named(joining.metric).sign
    return Votes(outputs, lambda part, averaged: sign * score(true[part], np.asarray(averaged, np.float32)))


def scorer(name: str, params: Mapping[str, Any], data: ResidentData) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return what computes a metric of outputs, thousands of times: what the task records by a graph of its own."""
    if metric_named(name).of_predictions is not None:
        told: Any = {"params": params, "task": data.task, "n_outputs": data.n_outputs}
        return lambda y, outputs: metrics_of([name], Predictions.of(outputs, y, **told))[name]
    measures, loss = Measures(data.n_outputs, data.task), make_sample_loss(params, data.n_outputs, data.task)

    def means(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        scaled = [
            values if data.scaled is None else (values - data.scaled.mean) / data.scaled.std
            for values in (targets, outputs)
        ]
        losses = tf.reshape(loss(*scaled), [-1])
        if data.task == "classification" and outputs.shape[1] == 1:
            outputs = tf.concat([1.0 - outputs, outputs], axis=1)
        return measures.sums(targets, outputs, losses) / tf.cast(tf.shape(outputs)[0], tf.float32)

    traced = tf.function(means, reduce_retracing=True, autograph=False)

    def score(y: np.ndarray, outputs: np.ndarray) -> float:
        found = traced(as_targets(y, data.task), tf.constant(outputs)).numpy()
        return measures.named(found, variance_of(y) if data.task == "regression" else None)[name]

    return score


def _written(
    members: Sequence[tuple[FoldTrial, float]], prepared: PreparedData, joining: Joining, metrics: Sequence[str]
) -> FinalResult:
    """Write the ensemble as one model, and return what it is worth on the test set."""
    dataset = prepared.dataset
    parts = [
        Member(
            core,
            weight / len(one.cores),
            None if data.front is None else (data.front.layout, data.front.statistics),
            data.scaled,
        )
        for one, weight in members
        for core, data in zip(one.cores, one.data, strict=True)
    ]
    model = ensemble_model(parts, dataset.input_shape, dataset.columns, is_bytes=dataset.is_bytes)
    save(model, joining.model_path)
    done = FinalResult("ok", model_path=str(joining.model_path))
    if dataset.x_test is None:
        return done
    averaged = sum(
        np.float64(weight / len(one.cores)) * outputs_of(core, data, dataset.x_test)
        for one, weight in members
        for core, data in zip(one.cores, one.data, strict=True)
    )
    first, _ = members[0]
    return evaluated(done, np.asarray(averaged, np.float32), first.params, first.data[0], metrics)
