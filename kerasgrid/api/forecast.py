"""What a search will take, told from the runs beside it, or else from a few steps of some of its fits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.data.folds import Fold
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.forecast import Forecast
    from kerasgrid.run.plan import Plan

_ENOUGH = 10
"""Fits of earlier runs that make a pilot needless."""


def forecast(
    plan: Plan,
    structures: Sequence[StructureCount],
    dataset: Dataset,
    folds: Sequence[Fold],
    folder: Path,
    fitter: Fitter,
) -> Forecast | None:
    """Return what a search of a plan is expected to take; None if no fit of the pilot ended well.

    Args:
        plan: The plan.
        structures: Its different models.
        dataset: Its data.
        folds: Its folds.
        folder: The run's folder.
        fitter: Who would train; neither prepared nor entered.
    """
    from kerasgrid.api.pilot import pilot_times
    from kerasgrid.run.earlier_times import earlier_times
    from kerasgrid.run.forecast import Forecast

    times = earlier_times(plan, folder)
    if len(times) < _ENOUGH:
        sizes = {group.example.resolved(plan.task).structure: group.n_parameters for group in structures}
        times += pilot_times(plan, dataset, folds, sizes, fitter)
    return Forecast.of(plan, len(structures), fitter.n_workers, times)
