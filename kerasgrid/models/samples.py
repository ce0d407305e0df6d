"""A few samples of the data, to try a user's own model with: what it takes only they tell. Imports no Keras."""

from __future__ import annotations

import numpy as np

PROBED = 8
"""Samples that a new model is tried with, at most."""


def some_samples(x: np.ndarray) -> np.ndarray:
    """Return the first samples as a model takes them, float32: of images of bytes 0 … 1."""
    few = np.asarray(x[:PROBED])
    return few * np.float32(1 / 255) if few.dtype == np.uint8 else few.astype(np.float32)


def made_up(input_shape: tuple[int, ...]) -> np.ndarray:
    """Return as many samples where there is no data: numbers from 0 to 1, which are 0 as integers."""
    return np.random.default_rng(0).random((PROBED, *input_shape), np.float32)
