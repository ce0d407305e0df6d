"""What kerasgrid can be extended by: one registry for each kind of thing, and what a row of it is.

Adding one more is one row, from any module of yours::

    from kerasgrid.sockets import METRICS, Metric

    def among_two(tf, targets, outputs):
        return tf.math.in_top_k(targets, outputs, 2)

    METRICS.add(Metric("top_2", "among the two largest outputs", greater_is_better=True, task="classification",
                       terms=among_two))

Processes that kerasgrid starts import the modules that have added rows. Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

_HOMES = {
    "BASELINES": "baselines.table",
    "BaselineModel": "baselines.model",
    "COLUMNS": "run.columns",
    "DaskFitter": "workers.dask",
    "DEVICES": "system.devices",
    "DeviceKind": "system.devices",
    "Cost": "axes.families",
    "Dropped": "insight.race_marks",
    "Early": "insight.race_marks",
    "EXPORTS": "reports.export.export",
    "Export": "reports.export.export",
    "FAMILIES": "axes.families",
    "FITTERS": "workers.fitters",
    "FakeFitter": "fits.fake",
    "Fitter": "fits.fitter",
    "FitterKind": "workers.fitters",
    "FitterOption": "workers.fitters",
    "LocalFitter": "workers.local",
    "LOSSES": "axes.losses",
    "LooksEarly": "races.race",
    "Loss": "axes.losses",
    "METRICS": "fits.metric",
    "Metric": "fits.metric_row",
    "ModelFamily": "axes.families",
    "PARAMETERS": "axes.parameters",
    "Parameter": "axes.parameter",
    "Fields": "axes.objects",
    "Schedule": "axes.schedules",
    "SCHEDULES": "axes.schedules",
    "RACES": "races.race",
    "REPORTS": "reports.files",
    "Race": "races.race",
    "Registry": "registry",
    "ReportFile": "reports.files",
    "Request": "data.source",
    "ResultColumn": "run.columns",
    "SOURCES": "data.sources",
    "STRATEGIES": "strategies.table",
    "Source": "data.source",
    "Strategy": "strategies.strategy",
    "Workload": "fits.workload",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"kerasgrid.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
