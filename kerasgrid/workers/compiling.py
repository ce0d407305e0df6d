"""Which fits of a search are worth compiling by XLA, and for which batch sizes. Imports no TensorFlow and no Keras."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from kerasgrid.axes.candidate import Candidate, Resolved
from kerasgrid.axes.value import Structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, content_key
from kerasgrid.workers.processes import n_cores

# Measured on two cores, for 1 to 6 hidden layers of 64 to 100 units; a part is a layer of weights, a batch norm or a
# dropout. Compiling takes that much longer than tracing.
_SAVED_A_PART_AND_STEP = 20e-6
_COMPILING = 0.6
_COMPILING_A_PART = 0.08
_COMPILING_A_REST = 1.5
"""How many times as long compiling takes with a last, smaller batch, which is a step of its own."""

_MOST_KINDS = 6
"""Batch sizes that one structure is compiled for: each takes a worker 15 to 90 MB."""

# Beyond these, matrix products and updates take nearly all of the time, and XLA's are no faster.
_MOST_WEIGHTS = 150_000
_MOST_PRODUCTS = 15e6
"""Batch size × weights: multiplications of a forward step."""


class Compiling:
    """Which fits of a search are compiled, and for which batch sizes.

    A compiled step of a small MLP takes a third to nine tenths of the time of a traced one, but compiling takes a
    second or two in every worker. It pays where many fits, or long ones, are of one *kind*: of one structure and the
    same batch sizes. What pays is decided by all that a search has planned, not by what is left of it. Decided once,
    it stays: see :meth:`settle`. Convolutions and large networks, which XLA does not speed up on a processor, are never
    compiled.

    Args:
        planned: All fits of the search, finished or not; with rounds, those of the first.
        dataset: The data set.
        folds: Its folds, repeat by repeat.
        n_repeats: Of how many repeats the folds are.
    """

    def __init__(self, planned: Iterable[Fit], dataset: Dataset, folds: Sequence[Fold], n_repeats: int = 1) -> None:
        self._dataset = dataset
        self._folds = folds
        self._n_folds = len(folds) // n_repeats
        saved: dict[_Kind, float] = defaultdict(float)
        n_fits: Counter[_Kind] = Counter()
        for fit in planned:
            kind = self._kind_of(fit)
            seconds = 0.0 if kind is None else self._saved(kind, fit)
            if kind is not None and seconds:
                saved[kind] += seconds
                n_fits[kind] += 1
        self._planned = frozenset(n_fits)
        self._kinds: set[_Kind] = set()
        n_kinds: Counter[Structure] = Counter()
        for kind in sorted(n_fits, key=lambda kind: -saved[kind]):
            pays = saved[kind] >= kind.compiling_seconds * min(n_fits[kind], max(2, n_cores()))
            if pays and n_kinds[kind.structure] < _MOST_KINDS:
                self._kinds.add(kind)
                n_kinds[kind.structure] += 1

    def structure_of(self, candidate: Candidate) -> Structure:
        """Return the structure of the candidate's model."""
        return self._resolved(candidate).structure

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return the batch sizes that this fit is compiled for; None if it is not."""
        kind = self._kind_of(fit) if self._kinds else None
        return kind.sizes if kind in self._kinds else None

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return the batch sizes that the refit on all training data is compiled for; None if it is not.

        Nothing is held out then, so it is what was compiled for a fit with the same training batches.
        """
        resolved = self._resolved(candidate)
        own = BatchSizes.of(resolved.params, len(self._dataset.x_train), 0)
        for fold in self._folds:
            kind = _Kind(resolved.structure, BatchSizes.of(resolved.params, len(fold.train), len(fold.held_out)))
            if kind in self._kinds and (own.train, own.train_rest) == (kind.sizes.train, kind.sizes.train_rest):
                return kind.sizes
        return None

    def settle(self, compiled: Iterable[str], finished: Iterable[Fit]) -> list[str]:
        """Keep what an earlier search in the same folder decided, so that fits of one kind are all trained alike.

        Args:
            compiled: What this returned for the earlier search.
            finished: Fits that it has trained: of a kind that it did not compile, none will be.

        Returns:
            The keys of the kinds that are compiled now, and of those that were and are of no fit of this search.
        """
        before = {kind for kind in map(self._kind_of, finished) if kind is not None}
        keys = set(compiled)
        self._kinds = (self._kinds - before) | {kind for kind in before if kind.key in keys}
        if keys:
            keys -= {kind.key for kind in self._planned}
        return sorted(keys | {kind.key for kind in self._kinds})

    def _kind_of(self, fit: Fit) -> _Kind | None:
        """Return the kind of a fit; None for one whose every step is noted, which only the traced graph does."""
        if fit.curve_every:
            return None
        resolved, fold = self._resolved(fit.candidate), self._fold(fit)
        return _Kind(resolved.structure, BatchSizes.of(resolved.params, len(fold.train), len(fold.held_out)))

    def _fold(self, fit: Fit) -> Fold:
        return self._folds[fit.repeat * self._n_folds + fit.fold]

    def _resolved(self, candidate: Candidate) -> Resolved:
        return candidate.resolved(self._dataset.task)

    def _saved(self, kind: _Kind, fit: Fit) -> float:
        """Return about how many seconds compiling saves this fit."""
        params: Mapping[str, Any] = self._resolved(fit.candidate).params
        # XLA sorts slowly.
        if params["model"] != "mlp" or params["activation"] == "sparsemax":
            return 0.0
        widths = [math.prod(self._dataset.input_shape), *params["hidden_units"], self._dataset.n_outputs]
        n_weights = sum(a * b for a, b in pairwise(widths))
        if n_weights > _MOST_WEIGHTS or kind.sizes.train * n_weights > _MOST_PRODUCTS:
            return 0.0
        n_steps = int(params["epochs"]) * math.ceil(len(self._fold(fit).train) / kind.sizes.train)
        return n_steps * kind.n_parts * _SAVED_A_PART_AND_STEP


@dataclass(frozen=True, slots=True)
class _Kind:
    """What fits must have in common to share what is compiled."""

    structure: Structure
    sizes: BatchSizes

    @property
    def key(self) -> str:
        """What is kept of it between searches."""
        return content_key(self.structure, asdict(self.sizes))

    @property
    def compiling_seconds(self) -> float:
        """Seconds that compiling takes beyond tracing, about."""
        seconds = _COMPILING + _COMPILING_A_PART * self.n_parts
        return seconds * (_COMPILING_A_REST if self.sizes.train_rest else 1.0)

    @property
    def n_parts(self) -> int:
        """Layers of weights, batch norms and dropouts of an MLP."""
        has: dict[str, Any] = dict(self.structure)
        n_hidden, a_layer = len(has["hidden_units"]), 1 + has["batch_norm"] + has["dropout_on"]
        return int(n_hidden * a_layer + 1 + has["input_batch_norm"] + has["input_dropout_on"])
