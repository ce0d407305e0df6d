"""Checking a space against its data without training anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.searching import dataset_for

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.engine.check import StructureCount
    from kerasgrid.run.plan import Plan
    from kerasgrid.space.spec import Space


def check_space(space: Space, data_dir: Path | None) -> tuple[Plan, list[StructureCount], Dataset]:
    """Validate a space against its data and build every model it holds, without training any.

    Returns:
        The plan, its different models, and the data.

    Raises:
        SpaceError: The space does not suit the data, or a model cannot be built.
        DataError: The data is missing or wrong.
        RunError: This machine cannot build Keras models.
    """
    from kerasgrid.engine.keras_setup import before_import, check_backend
    from kerasgrid.run.plan import make_plan
    from kerasgrid.system.quiet import quiet_stderr

    check_backend()
    dataset = dataset_for(space, data_dir=data_dir)
    plan, _ = make_plan(space, dataset)
    before_import()
    with quiet_stderr():
        from kerasgrid.axes.names import is_own
        from kerasgrid.engine.check import count_structures
        from kerasgrid.models.named import make_known

        for model in filter(is_own, plan.space.models):
            make_known(model)
        return plan, count_structures(plan.candidates, dataset), dataset
