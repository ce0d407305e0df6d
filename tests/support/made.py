"""Small made-up data sets."""

from __future__ import annotations

import numpy as np

from kerasgrid.data.dataset import Dataset


def images(n: int = 24) -> Dataset:
    generator = np.random.default_rng(0)
    y = np.arange(n) % 3
    x = (generator.random((n, 4, 4)) + y[:, None, None]).astype(np.float32)
    return Dataset("made", x, y, None, None, "classification", ("a", "b", "c"), "made")


def numbers(n: int = 24) -> Dataset:
    x = np.random.default_rng(0).random((n, 4), np.float32)
    return Dataset("made", x, x.sum(axis=1) + 1, None, None, "regression", None, "made")
