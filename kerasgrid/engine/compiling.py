"""Which fits of a search are worth compiling by XLA, and for which batch sizes. Imports no TensorFlow and no Keras."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.engine.fit import Fit
from kerasgrid.engine.processes import n_cores
from kerasgrid.space.candidate import Candidate
from kerasgrid.space.parameters import resolve, structure

EVALUATION_BATCH = 500
"""Samples an evaluation step: small enough for the activations of an MLP to stay in the cache of one core."""

_COMPILING = 1.5
"""Seconds that a worker spends on compiling a program, beyond tracing it: 0.4 to 1.3 measured, on an idle core."""

_SAVED_A_PART = 25e-6
"""Seconds that a compiled training step saves for each layer of weights, batch norm or dropout: 20 to 50 measured."""

_MOST_PRODUCTS = 30e6
"""Multiplications of a forward step, batch size × weights, beyond which the matrix products leave nothing to save."""


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """What XLA must know of a fit's samples to compile its epochs.

    Attributes:
        train: Samples a training step.
        train_rest: Samples of an epoch's last step; 0 if it is like the others.
        held_out: Samples an evaluation step.
        held_out_rest: Samples of the last one; 0 if it is like the others.
    """

    train: int
    train_rest: int
    held_out: int
    held_out_rest: int

    @classmethod
    def of(cls, params: Mapping[str, Any], n_train: int, n_held_out: int) -> BatchSizes:
        """Return the sizes for a fit with these resolved parameters on so many samples."""
        train, held_out = min(int(params["batch_size"]), n_train), max(1, min(EVALUATION_BATCH, n_held_out))
        return cls(train, n_train % train, held_out, n_held_out % held_out)


class Compiling:
    """Decides by what a whole search has planned, so that a fit's numbers do not depend on what is left to train.

    A compiled step takes a third to nine tenths of the time of a traced one, but compiling takes a second or two in
    every worker: it pays where many fits, or long ones, share a program and its batch sizes. Only MLPs are compiled:
    convolutions of XLA are slower on a processor.

    Args:
        planned: All fits of the search, finished or not.
        dataset: The data set.
        folds: Its folds, repeat by repeat.
        n_repeats: Of how many repeats the folds are.
    """

    def __init__(self, planned: Iterable[Fit], dataset: Dataset, folds: Sequence[Fold], n_repeats: int = 1) -> None:
        self._dataset = dataset
        self._folds = folds
        self._n_folds = len(folds) // n_repeats
        saved: dict[Hashable, float] = defaultdict(float)
        n_fits: Counter[Hashable] = Counter()
        for fit in planned:
            if not fit.curve_every:
                params, sizes = self._of_fit(fit)
                kind = _kind(params, sizes)
                saved[kind] += self._saved(params, len(self._fold(fit).train))
                n_fits[kind] += 1
        self._paying = {kind for kind, n in n_fits.items() if saved[kind] >= _COMPILING * min(n, max(2, n_cores()))}

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return the batch sizes that this fit is to be compiled for; None if it is not."""
        if not self._paying or fit.curve_every:
            return None
        params, sizes = self._of_fit(fit)
        return sizes if _kind(params, sizes) in self._paying else None

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return the batch sizes that the refit on all training data is to be compiled for; None if it is not."""
        if not self._paying:
            return None
        params = resolve(candidate, self._dataset.task)
        # Nothing is held out. With the other sizes of a fit, what was compiled for the fits may serve.
        sizes = BatchSizes.of(params, len(self._dataset.x_train), len(self._folds[0].held_out))
        return sizes if _kind(params, sizes) in self._paying else None

    def _of_fit(self, fit: Fit) -> tuple[Mapping[str, Any], BatchSizes]:
        params, fold = resolve(fit.candidate, self._dataset.task), self._fold(fit)
        return params, BatchSizes.of(params, len(fold.train), len(fold.held_out))

    def _fold(self, fit: Fit) -> Fold:
        return self._folds[fit.repeat * self._n_folds + fit.fold]

    def _saved(self, params: Mapping[str, Any], n_train: int) -> float:
        """Return about how many seconds compiling saves this fit."""
        if params["model"] != "mlp":
            return 0.0
        hidden = list(params["hidden_units"])
        widths = [math.prod(self._dataset.input_shape), *hidden, self._dataset.n_outputs]
        n_weights = sum(a * b for a, b in pairwise(widths))
        batch_size = min(int(params["batch_size"]), n_train)
        if batch_size * n_weights > _MOST_PRODUCTS:
            return 0.0
        a_layer = 1 + bool(params["batch_norm"]) + bool(params["dropout"])
        n_parts = len(hidden) * a_layer + 1 + bool(params["input_batch_norm"]) + bool(params["input_dropout"])
        return int(params["epochs"]) * math.ceil(n_train / batch_size) * n_parts * _SAVED_A_PART


def _kind(params: Mapping[str, Any], sizes: BatchSizes) -> Hashable:
    return structure(params), sizes.train, sizes.train_rest
