"""A training: what one fit brings to a program, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """

    weights: int
    order: int
    dropout: int

    @classmethod
    def of(cls, seed: int, fold: int, repeat: int) -> Seeds:
        """Derive the seeds of a fit. Fold −1 stands for all training data."""
        state = np.random.SeedSequence([seed, fold + 1, repeat]).generate_state(3)
        return cls(*(int(word >> 1) for word in state))


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
    """

    params: Mapping[str, Any]
    train: np.ndarray
    held_out: np.ndarray
    seeds: Seeds
    curve_every: int = 0
    metrics: tuple[str, ...] = ()
    curve_metrics: tuple[str, ...] = ()
    compiled_for: BatchSizes | None = None


@dataclass(slots=True)
class Outcome:
    """What a training came to: see :class:`kerasgrid.fits.fit.FitResult`; ``weights`` is in Keras's order.

    ``build_seconds`` were spent on tracing or compiling for it, before its own ``seconds``; 0 for most.
    """

    status: Status
    seconds: float
    build_seconds: float = 0.0
    curve: Curve = field(default_factory=dict)
    weights: list[np.ndarray] = field(default_factory=list)
    steps: Curve = field(default_factory=dict)
