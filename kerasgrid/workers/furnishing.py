"""How data and folds reach the workers of this machine: written once to a folder, which they map into memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.workload import Workload

_FOLDS_FILE = "folds.npz"
"""All folds, repeat by repeat, as ``train_I`` and ``held_out_I``, and ``n_repeats`` and ``metrics``."""

Furnished = tuple[Dataset, list[Fold], int, list[str]]
"""Data set, folds repeat by repeat, number of repeats, and what is recorded besides the metrics of the task."""


def furnish(folder: Path, work: Workload) -> None:
    """Write what all fits of a run have in common.

    Raises:
        OSError: It cannot be written.
    """
    arrays = {f"train_{i}": fold.train for i, fold in enumerate(work.folds)}
    arrays |= {f"held_out_{i}": fold.held_out for i, fold in enumerate(work.folds)}
    work.dataset.save(folder)
    np.savez(folder / _FOLDS_FILE, n_repeats=work.n_repeats, metrics=[*work.metrics], **arrays)  # type: ignore[arg-type]


def furnished(folder: Path) -> Furnished:
    """Return what :func:`furnish` wrote."""
    with np.load(folder / _FOLDS_FILE, allow_pickle=False) as arrays:
        folds = [Fold(arrays[f"train_{i}"], arrays[f"held_out_{i}"]) for i in range(len(arrays.files) // 2 - 1)]
        return Dataset.load(folder), folds, int(arrays["n_repeats"]), arrays["metrics"].tolist()
