"""Which fits of a search are worth compiling by XLA, and for which batch sizes. Imports no TensorFlow and no Keras."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self, TypeVar

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.families import Cost
from kerasgrid.axes.parameters import structure
from kerasgrid.axes.value import Structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, content_key
from kerasgrid.fits.stopping import looks_at_epochs
from kerasgrid.models.costs import cost_of
from kerasgrid.models.layout import model_shape
from kerasgrid.workers.processes import n_cores

# Measured on two cores, for 1 to 6 hidden layers of 64 to 100 units; a part is a layer of weights, a batch norm or a
# dropout. Compiling takes that much longer than tracing.
_SAVED_PER_PART_AND_STEP = 20e-6
_COMPILING = 0.6
_COMPILING_PER_PART = 0.08
_COMPILING_WITH_REST = 1.5
"""How many times as long compiling takes with a last, smaller batch, which is a step of its own."""

_MOST_KINDS = 6
"""Batch sizes that one structure is compiled for: each takes a worker 15 to 90 MB."""

# Beyond these, matrix products and updates take nearly all of the time, and XLA's are no faster.
_MOST_WEIGHTS = 150_000
_MOST_PRODUCTS = 15e6
"""Batch size × weights: multiplications of a forward step."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier searches in the same folder decided.

    Attributes:
        compiled: The keys of the kinds that they compiled: :attr:`Compiling.keys`.
        finished: Fits that they have trained: of a kind that they did not compile, none will be.
    """

    compiled: Collection[str] = ()
    finished: Collection[Fit] = ()


@dataclass(frozen=True, eq=False)
class Compiling:
    """Which fits of a search are compiled, and for which batch sizes; made by :func:`decide`.

    Attributes:
        keys: What to keep of the decision, for later searches in the same folder; sorted.
    """

    _known: _Kinds
    _compiled: frozenset[_Kind]
    keys: tuple[str, ...]

    def sizes_of(self, fit: Fit) -> BatchSizes | None:
        """Return the batch sizes that this fit is compiled for; None if it is not."""
        kind = self._known.kind_of(fit) if self._compiled else None
        return kind.sizes if kind in self._compiled else None

    def sizes_of_refit(self, candidate: Candidate) -> BatchSizes | None:
        """Return the batch sizes that the refit on all training data is compiled for; None if it is not.

        Nothing is held out then, so it is what was compiled for a fit with the same training batches.
        """
        own = self._known.sizes_of_all(candidate)
        for kind in self._known.kinds_of(candidate):
            if kind in self._compiled and (own.train, own.train_rest) == (kind.sizes.train, kind.sizes.train_rest):
                return kind.sizes
        return None


def decide(
    planned: Iterable[Fit],
    dataset: Dataset,
    folds: Sequence[Fold],
    n_repeats: int = 1,
    before: Earlier | None = None,
) -> Compiling:
    """Decide which fits of a search are compiled.

    A compiled step of a small MLP takes a third to nine tenths of the time of a traced one, but compiling takes a
    second or two in every worker. It pays where many fits, or long ones, are of one *kind*: of one structure and the
    same batch sizes. What pays is decided by all that a search has planned, not by what is left of it. Decided once,
    it stays, so that fits of one kind are all trained alike. Convolutions and large networks, which XLA does not speed
    up on a processor, are never compiled.

    Args:
        planned: All fits of the search, finished or not; with rounds, those of the first.
        dataset: The data set.
        folds: Its folds, repeat by repeat.
        n_repeats: Of how many repeats the folds are.
        before: What earlier searches in the same folder decided; None if there were none.
    """
    before = before or Earlier()
    known = _Kinds(dataset, folds, n_repeats)
    gains = known.gains(planned)
    trained = {kind for kind in map(known.kind_of, before.finished) if kind is not None}
    return Compiling(known, *chosen(gains, trained, before.compiled))


class Kind(Protocol):
    """What fits must have in common to share what is compiled."""

    @property
    def structure(self) -> Hashable:
        """That of their program."""

    @property
    def key(self) -> str:
        """What is kept of it between searches."""


KindT = TypeVar("KindT", bound=Kind)


def chosen(
    gains: Mapping[KindT, Gain], trained: Collection[KindT], before: Collection[str]
) -> tuple[frozenset[KindT], tuple[str, ...]]:
    """Return the kinds of fits that are compiled, and what to keep of the decision: their keys, sorted.

    Args:
        gains: What compiling brings, by kind.
        trained: Kinds of which earlier searches have trained a fit: these stay what they were.
        before: The keys of the kinds that earlier searches compiled.
    """
    stay = {kind for kind in trained if kind.key in before}
    compiled = (_worthwhile(gains) - set(trained)) | stay
    # What of an earlier search is of no fit of this one is not forgotten.
    others = set(before) - {kind.key for kind in gains}
    return frozenset(compiled), tuple(sorted(others | {kind.key for kind in compiled}))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What fits must have in common to share what is compiled."""

    structure: Structure
    sizes: BatchSizes
    keyed: Structure = field(compare=False)

    @property
    def key(self) -> str:
        """What is kept of it between searches."""
        return content_key(self.keyed, asdict(self.sizes))


@dataclass(slots=True)
class Gain:
    """What compiling a kind takes, and what it saves.

    Attributes:
        compiling_seconds: Seconds that compiling takes beyond tracing, about.
        saved_seconds: Seconds that it saves all planned fits, about.
        n_fits: How many fits they are.
    """

    compiling_seconds: float
    saved_seconds: float = 0.0
    n_fits: int = 0

    @classmethod
    def of(cls, cost: Cost, sizes: BatchSizes) -> Self:
        """Return that of no fit yet of a model of this cost, with batches of these sizes."""
        return cls(_compiling_seconds(cost, sizes))

    def add(self, cost: Cost, n_steps: int) -> None:
        """Count a fit of so many training steps."""
        self.saved_seconds += n_steps * cost.n_parts * _SAVED_PER_PART_AND_STEP
        self.n_fits += 1

    @property
    def pays(self) -> bool:
        """Whether it saves more than it takes: each worker compiles for itself."""
        return self.saved_seconds >= self.compiling_seconds * min(self.n_fits, max(2, n_cores()))


def _worthwhile(gains: Mapping[KindT, Gain]) -> set[KindT]:
    """Return the kinds that pay, of each structure those that save most."""
    chosen: set[KindT] = set()
    n_kinds: Counter[Hashable] = Counter()
    for kind in sorted(gains, key=lambda kind: -gains[kind].saved_seconds):
        if gains[kind].pays and n_kinds[kind.structure] < _MOST_KINDS:
            chosen.add(kind)
            n_kinds[kind.structure] += 1
    return chosen


class _Kinds:
    """Tells the kinds of fits on some data."""

    def __init__(self, dataset: Dataset, folds: Sequence[Fold], n_repeats: int) -> None:
        self._dataset = dataset
        self._folds = folds
        self._n_folds = len(folds) // n_repeats

    def kind_of(self, fit: Fit) -> _Kind | None:
        """Return the kind of a fit; None for one of which only the traced graph is used.

        That is one whose every step is noted, or that something looks at after each epoch: what is compiled has room
        for many epochs a call.
        """
        if fit.curve_every or looks_at_epochs(self._params(fit.candidate)):
            return None
        return self._kind(fit.candidate, self._fold(fit))

    def kinds_of(self, candidate: Candidate) -> Iterable[_Kind]:
        """Return the kind of the candidate's fit on each of the folds; none of one that is never compiled."""
        if looks_at_epochs(self._params(candidate)):
            return ()
        return (self._kind(candidate, fold) for fold in self._folds)

    def sizes_of_all(self, candidate: Candidate) -> BatchSizes:
        """Return the batch sizes of a training on all training data."""
        return BatchSizes.of(self._params(candidate), len(self._dataset.x_train), 0)

    def gains(self, planned: Iterable[Fit]) -> dict[_Kind, Gain]:
        """Return what compiling brings, for every kind of these fits that it makes faster."""
        gains: dict[_Kind, Gain] = {}
        for fit in planned:
            kind = self.kind_of(fit)
            params = self._params(fit.candidate)
            cost = cost_of(params, model_shape(self._dataset, params), self._dataset.n_outputs)
            if kind is None or cost is None or not is_small(cost, kind.sizes):
                continue
            n_steps = int(params["epochs"]) * math.ceil(len(self._fold(fit).train) / kind.sizes.train)
            gains.setdefault(kind, Gain.of(cost, kind.sizes)).add(cost, n_steps)
        return gains

    def _kind(self, candidate: Candidate, fold: Fold) -> _Kind:
        resolved = candidate.resolved(self._dataset.task)
        sizes = BatchSizes.of(resolved.params, len(fold.train), len(fold.held_out))
        return _Kind(resolved.structure, sizes, structure(resolved.keyed))

    def _fold(self, fit: Fit) -> Fold:
        return self._folds[fit.repeat * self._n_folds + fit.fold]

    def _params(self, candidate: Candidate) -> Mapping[str, Any]:
        return candidate.resolved(self._dataset.task).params


def is_small(cost: Cost, sizes: BatchSizes) -> bool:
    """Return whether XLA's step is faster than TensorFlow's, which it is not where products take all the time."""
    return cost.n_weights <= _MOST_WEIGHTS and sizes.train * cost.n_weights <= _MOST_PRODUCTS


def _compiling_seconds(cost: Cost, sizes: BatchSizes) -> float:
    seconds = _COMPILING + _COMPILING_PER_PART * cost.n_parts
    return seconds * (_COMPILING_WITH_REST if sizes.train_rest else 1.0)
