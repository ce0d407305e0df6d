"""The batches of a fit: how many samples a step trains on or evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVALUATION_BATCH = 500
"""Samples an evaluation step: small enough for the activations of an MLP to stay in the cache of one core."""


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
