"""A training: what one fit brings to a program, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Curve, Status


@dataclass(frozen=True, slots=True)
class Seeds:
    """What is random in a fit, each from a seed of its own.

    Attributes:
        weights: Seed of the initial weights.
        order: Seed of the batch order.
        dropout: Seed of the dropout masks.
        watched: Seed of which training samples early stopping watches.
    """

    weights: int
    order: int
    dropout: int
    watched: int = 0

    @classmethod
    def of(cls, seed: int, fold: int, repeat: int) -> Seeds:
        """Derive the seeds of a fit. Fold −1 stands for all training data."""
        state = np.random.SeedSequence([seed, fold + 1, repeat]).generate_state(4)
        return cls(*(int(word >> 1) for word in state))


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerState:
    """What an optimizer remembers of its steps.

    Attributes:
        kind: Which optimizer it is; empty where nobody noted it.
        variables: Its variables' values, in its order.
        asked_rate: The learning rate that its fit asked for; None where it moved, or nobody noted it.
    """

    kind: str
    variables: Sequence[np.ndarray]
    asked_rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where a fit begins.

    Attributes:
        weights: The model's weights, in Keras's order.
        optimizer: To go on with, if the optimizer is of this kind; None for a new one.
    """

    weights: Sequence[np.ndarray]
    optimizer: OptimizerState | None = None


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A fit after some epochs: all that the next ones depend on, bit for bit, and what it has measured.

    Attributes:
        arrays: Values of variables, and what hooks keep.
        told: All else, of JSON's types.
    """

    arrays: Sequence[np.ndarray]
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Training:
    """What one fit brings to a program: its numbers, its samples and its seeds.

    Attributes:
        params: Resolved hyperparameters; their structure is the program's.
        train: Indices of the training samples, int32.
        held_out: Indices of the held-out samples, int32; may be empty.
        seeds: See :class:`Seeds`.
        curve_every: As :class:`kerasgrid.fits.fit.Fit`.
        metrics: As :class:`kerasgrid.fits.fit.Fit`.
        curve_metrics: As there.
        compiled_for: The batch sizes to compile its epochs for by XLA; None to trace them for any.
        watched: Indices of the samples that early stopping and plateaus look at, int32; none of them is in ``train`` or
            ``held_out``. Where it is empty, nothing is stopped early.
        stop_after: How many of its epochs are trained; None for all.
        start: Where it begins; None for the initial weights of its seed.
        shuffles: Whether each epoch has an order of its own; otherwise all have that of ``train``.
        epochs_before: Which epoch its first is to a schedule of the learning rate.
        schedule_epochs: Over how many epochs the rate moves; None for as many as the hyperparameters ask for.
        goes_on: Where it goes on, of a fit that differs in nothing but its epochs; None to begin.
        keeps_state: Whether the outcome of its last epoch carries the state then.
    """

    params: Mapping[str, Any]
    train: np.ndarray
    held_out: np.ndarray
    seeds: Seeds
    curve_every: int = 0
    metrics: tuple[str, ...] = ()
    curve_metrics: tuple[str, ...] = ()
    compiled_for: BatchSizes | None = None
    watched: np.ndarray = field(default_factory=partial(np.zeros, 0, np.int32))
    stop_after: int | None = None
    start: Start | None = None
    shuffles: bool = True
    epochs_before: int = 0
    schedule_epochs: int | None = None
    goes_on: State | None = None
    keeps_state: bool = False

    @property
    def batch_size(self) -> int:
        """Samples a training step."""
        return min(int(self.params["batch_size"]), len(self.train))

    @property
    def n_epochs(self) -> int:
        """How many epochs are trained, at most."""
        n_epochs = int(self.params["epochs"])
        return n_epochs if self.stop_after is None else min(n_epochs, self.stop_after)

    @property
    def n_steps(self) -> int:
        """The steps over which the learning rate moves: of all epochs that are asked for, unless others are said."""
        n_epochs = int(self.params["epochs"]) if self.schedule_epochs is None else self.schedule_epochs
        return n_epochs * -(-len(self.train) // self.batch_size)

    @property
    def n_before(self) -> int:
        """Which of them the first step is."""
        return self.epochs_before * -(-len(self.train) // self.batch_size)


@dataclass(slots=True)
class Outcome:
    """What a training came to: see :class:`kerasgrid.fits.fit.FitResult`; ``weights`` is in Keras's order.

    ``optimizer`` is the optimizer's state; both are kept if asked for.

    ``build_seconds`` were spent on tracing or compiling for it, before its own ``seconds``; 0 for most. ``best_epoch``
    and ``restored`` are those of a :class:`~kerasgrid.fits.fit.FitResult`. ``state`` is kept if asked for.
    """

    status: Status
    seconds: float
    build_seconds: float = 0.0
    curve: dict[str, list[float]] = field(default_factory=dict)
    weights: list[np.ndarray] = field(default_factory=list)
    optimizer: OptimizerState | None = None
    steps: Curve = field(default_factory=dict)
    best_epoch: int | None = None
    restored: bool = False
    state: State | None = None
