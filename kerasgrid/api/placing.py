"""On which kind of device a search would be trained in a folder, told before it begins there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.errors import KerasgridError

if TYPE_CHECKING:
    from kerasgrid.data.dataset import Dataset
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.plan import Plan


def placed(plan: Plan, dataset: Dataset, folder: Path, fitter: Fitter) -> Plan:
    """Return the plan with its kind of device, and have the fitter train there; as the search will, which tells of it.

    Raises:
        RunError: There is no such device.
    """
    from kerasgrid.run.devices import begun_on, on_device
    from kerasgrid.run.store import Store

    before = None
    if folder.is_dir():
        try:
            with Store.open_readonly(folder) as store:
                before = begun_on(plan, store)
        except KerasgridError:  # whoever writes to it says what is the matter
            before = None
    return on_device(plan, dataset, fitter, before, lambda text: None)
