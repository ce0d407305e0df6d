"""Checking a space against its data without training anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.forecast import forecast
from kerasgrid.api.placing import placed
from kerasgrid.api.searching import dataset_for

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.forecast import Forecast
    from kerasgrid.run.plan import Plan
    from kerasgrid.space.spec import Space


@dataclass(frozen=True, slots=True)
class Checked:
    """What a search of a space would do.

    Attributes:
        plan: What it would train.
        structures: Its different models.
        dataset: Its data.
        forecast: What it would take; None if nothing tells.
    """

    plan: Plan
    structures: Sequence[StructureCount]
    dataset: Dataset
    forecast: Forecast | None


def check_space(space: Space, data_dir: Path | None, folder: Path, fitter: Fitter) -> Checked:
    """Validate a space against its data, build every model it holds, and tell what a search would take.

    Nothing is trained but a few steps, where the runs beside this one do not tell how long fits take.

    Args:
        space: The space.
        data_dir: Where named data sets are looked for first.
        folder: The run's folder.
        fitter: Who would train.

    Raises:
        SpaceError: The space does not suit the data, or a model cannot be built.
        DataError: The data is missing or wrong.
        RunError: This machine cannot build Keras models, or has no such device.
    """
    from kerasgrid.engine.keras_setup import before_import, check_backend
    from kerasgrid.run.planning import make_plan
    from kerasgrid.system.quiet import quiet_stderr

    check_backend()
    dataset = dataset_for(space, data_dir=data_dir)
    plan, folds = make_plan(space, dataset)
    plan = placed(plan, dataset, folder, fitter)
    before_import()
    with quiet_stderr():
        from kerasgrid.axes.names import is_own
        from kerasgrid.engine.check import count_structures
        from kerasgrid.models.named import make_known

        for model in filter(is_own, plan.space.models):
            make_known(model)
        structures = count_structures(plan.candidates, dataset)
    return Checked(plan, structures, dataset, forecast(plan, structures, dataset, folds, folder, fitter))
