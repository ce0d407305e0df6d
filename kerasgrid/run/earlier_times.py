"""What fits took in earlier runs beside this one, on data of the same shape."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kerasgrid.errors import KerasgridError
from kerasgrid.run.database import FILE
from kerasgrid.run.pace import Timed
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store

_MOST_RUNS = 3
_MOST_FITS = 40
"""Of a run, evenly over it: more take longer than the first fits, which tell the same."""


def earlier_times(plan: Plan, folder: Path) -> list[Timed]:
    """Return fits of the latest runs in the same place, with what they took; none that cannot be read.

    Args:
        plan: What is to be trained: runs on data of another shape, for another task, or on another kind of device
            tell nothing of it.
        folder: The run's folder, which is not among them: what it holds is reused, and counted as such.
    """
    files = [file for file in folder.resolve().parent.glob(f"*/{FILE}") if file.parent != folder.resolve()]
    found: list[Timed] = []
    for file in sorted(files, key=_modified, reverse=True)[:_MOST_RUNS]:
        try:
            found += _times_of(file, plan)
        except (KerasgridError, OSError, sqlite3.Error, ValueError, TypeError, KeyError):
            continue  # another version's, or being removed: it is no reason not to search
    return found


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _times_of(file: Path, plan: Plan) -> Iterator[Timed]:
    with Store.open_readonly(file.parent) as store:
        of_run = Plan.from_meta(store.meta(), str(file.parent))
        if _shape(of_run) != _shape(plan):
            return
        times = store.times(_MOST_FITS)
    for candidate, seconds in times:
        yield candidate.resolved(plan.task).params, of_run.n_fit_samples, seconds


def _shape(plan: Plan) -> tuple[object, ...]:
    return plan.device, plan.task, plan.n_outputs, *plan.dataset["input_shape"]
