"""Which samples of a fit are held out: given ones, the last share as Keras has it, or a stratified share."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.errors import DataError, InputError, ParameterError
from kerasgrid.estimators.fit_arguments import FitArguments


def split(dataset: Dataset, n: int, share: Any, arguments: FitArguments, seed: int) -> Fold:
    """Return which samples are trained on, and which are held out.

    Args:
        dataset: Labelled; the first ``n`` are those of ``fit``, the others its ``validation_data``.
        n: How many were given to ``fit``.
        share: The estimator's ``validation_split``: stratified for classes.
        arguments: What ``fit`` was given; it comes first.
        seed: Of the stratified split.

    Raises:
        ParameterError: if a share is none.
        InputError: if too few samples are left.
    """
    everything = np.arange(len(dataset.y_train), dtype=np.int32)
    if arguments.validation_data is not None:
        return Fold(everything[:n], everything[n:])
    if arguments.last_share == 0:
        return Fold(everything, everything[:0])
    if arguments.last_share is not None:
        n_trained = math.floor(n * (1.0 - arguments.last_share))
        if n_trained in (0, n):
            rule = "both what is trained on and what is held out must have a sample"
            raise InputError(rule, where="validation_split", got=f"{arguments.last_share} of {n}")
        return Fold(everything[:n_trained], everything[n_trained:])
    if isinstance(share, bool) or not isinstance(share, int | float | np.floating) or not 0 <= share < 1:
        raise ParameterError("must be at least 0 and below 1", where="validation_split", got=repr(share)[:80])
    if share == 0:
        return Fold(everything, everything[:0])
    try:
        (fold,) = make_folds(dataset, cv=None, validation_split=float(share), seed=seed)
    except DataError as error:
        raise InputError(error.rule, where=error.where, got=error.got, hint=error.hint) from None
    return fold


def with_held_out(dataset: Dataset, x: np.ndarray, y: np.ndarray) -> Dataset:
    """Return a data set with further samples at its end.

    Args:
        dataset: Those to train on.
        x: Samples, read in the same way.
        y: Class indices or targets of them.
    """
    weights = None if dataset.weights is None else np.append(dataset.weights, np.ones(len(x), np.float32))
    return replace(
        dataset,
        weights=weights,
        x_train=np.ascontiguousarray(np.concatenate([dataset.x_train, x])),
        y_train=np.concatenate([dataset.y_train, np.asarray(y, dataset.y_train.dtype)]),
    )
