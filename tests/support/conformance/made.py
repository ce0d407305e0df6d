"""Small data of each kind that models take."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kerasgrid.data.dataset import Dataset

Kind = Literal["floats", "ints", "sequence", "image", "volume", "lines", "movie", "volumes", "signal"]
Task = Literal["classification", "regression", "multilabel"]

N = 20
"""Samples: two batches of 8 and a partial one of 4."""

N_OUTPUTS = 3
N_WORDS = 7

SHAPES: dict[Kind, tuple[int, ...]] = {
    "floats": (6,),
    "ints": (5,),
    "sequence": (5, 4),
    "image": (6, 6, 3),
    "volume": (4, 4, 4, 2),
    "lines": (3, 5, 2),
    "movie": (3, 4, 4, 2),
    "volumes": (2, 3, 3, 3, 2),
    "signal": (64,),
}


def samples(kind: Kind) -> np.ndarray:
    """Return N samples as Keras is given them: floats from 0 to 1, or places of words, int32."""
    generator = np.random.default_rng(0)
    if kind == "ints":
        return generator.integers(0, N_WORDS, (N, *SHAPES[kind]), dtype=np.int32)
    return generator.random((N, *SHAPES[kind]), dtype=np.float32)


def dataset(kind: Kind, task: Task) -> Dataset:
    """Return the same samples as the engine is given them, with targets for the task."""
    generator = np.random.default_rng(1)
    x = samples(kind).astype(np.float32)
    if task == "classification":
        y, names = np.arange(N) % N_OUTPUTS, ("a", "b", "c")
    elif task == "multilabel":
        y, names = generator.integers(0, 2, (N, N_OUTPUTS)).astype(np.float32), ("a", "b", "c")
    else:
        y, names = generator.random((N, N_OUTPUTS), np.float32) + np.float32(0.5), None
    return Dataset("made", x, y, None, None, task, names, "made")
