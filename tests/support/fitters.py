"""Fitters that train for real, ready to be entered."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.workload import Compiled, NothingCompiled, Workload
from kerasgrid.workers.local import LocalFitter


def local(
    dataset: Dataset,
    folds: Sequence[Fold],
    n_workers: int | None = None,
    n_repeats: int = 1,
    compiled: Compiled | None = None,
) -> LocalFitter:
    """Return a local fitter that is prepared for these data and folds."""
    fitter = LocalFitter(n_workers)
    fitter.prepare(Workload(dataset, folds, n_repeats, NothingCompiled() if compiled is None else compiled))
    return fitter
