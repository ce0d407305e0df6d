"""A small table with columns of every kind, its odd names, and what a person would hand over of it."""

from __future__ import annotations

import numpy as np

from kerasgrid.data.columns import Column, Columns
from kerasgrid.data.dataset import Dataset, Task

WORDS = tuple(f"word {number:02}" for number in range(20))

MIXED = Columns(
    (
        Column("km/h", "number", has_gaps=True),
        Column("색", "category", ("", "[UNK]", "blue\nand green", "r\"e'd")),
        Column("where", "number"),
        Column(" two  blanks ", "yes/no", has_gaps=True),
        Column("cast", "date", has_gaps=True),
        Column("mlp", "yes/no", ("no", "yes"), has_gaps=True),
        Column("km_h", "category", WORDS),
        Column("numbers", "category", WORDS),
    )
)
"""Numbers with and without gaps, few and many words, yes and no with and without words, dates."""

FEW, MANY = 1, (6, 7)
"""Places of the columns of few and of many words."""


def mixed_matrix(n: int, seed: int = 0) -> np.ndarray:
    """Return rows of the table's matrix, float32, (n, 8); a tenth of what may be missing is."""
    generator = np.random.default_rng(seed)
    columns = [
        generator.lognormal(3, 1, n),
        generator.integers(0, 5, n),
        generator.normal(1000, 5, n),
        generator.integers(0, 2, n),
        generator.integers(-8000, 20000, n) + generator.integers(0, 4, n) / 4,
        generator.integers(0, 2, n),
        generator.integers(0, 21, n),
        generator.integers(0, 21, n),
    ]
    x = np.stack(columns, axis=1).astype(np.float32)
    for place, column in enumerate(MIXED.given):
        if column.has_gaps:
            x[generator.random(n) < 0.1, place] = np.nan
    return x


def mixed_table(task: Task = "classification", n: int = 100, n_test: int = 0, n_outputs: int = 1) -> Dataset:
    """Return a data set of such rows, whose labels or targets depend on several columns."""
    x = mixed_matrix(n + n_test)
    signal = np.nan_to_num(x[:, 0]) / 20 + (x[:, 1] == 2) + (x[:, 6] % 3 == 0) + (x[:, 2] - 1000) / 5
    classes: tuple[str, ...] | None = ("a", "b", "c")
    if task == "classification":
        y = np.digitize(signal, np.quantile(signal, [0.4, 0.7])).astype(np.int64)
    elif task == "multilabel":
        y = np.stack([signal > 1, x[:, 6] > 10, x[:, 1] > 2], axis=1).astype(np.float32)
    else:
        y, classes = (signal[:, None] * 10.0 ** (3 * np.arange(n_outputs)) + 500).astype(np.float32), None
        y = y[:, 0] if n_outputs == 1 else y
    test = (x[n:], y[n:]) if n_test else (None, None)
    return Dataset("mixed", x[:n], y[:n], *test, task, classes, "made", MIXED)
