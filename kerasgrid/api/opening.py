"""Runs that are there: opened, reported anew, narrowed, exported, watched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.finding import find_run, run_there
from kerasgrid.errors import RunError
from kerasgrid.run.store import Store

if TYPE_CHECKING:
    from kerasgrid.reports.write import ReportPaths
    from kerasgrid.run.run import Run
    from kerasgrid.space.spec import Space


def open_run(path: str | os.PathLike[str]) -> Run:
    """Return what is known of a run, also while a search is writing to it.

    Args:
        path: The run's folder, or its name under ``runs/``.

    Raises:
        RunError: There is no such run, or it is empty or damaged.

    Examples:
        >>> import kerasgrid
        >>> run = kerasgrid.open_run("runs/digits")
        >>> len(run.trials), run.complete
        >>> run.effects().axes[0].factor.name
    """
    from kerasgrid.run.making import read_run

    with Store.open_readonly(find_run(os.fspath(path))) as store:
        return read_run(store)


def narrow_run(name: str, top: int) -> Space:
    """Return a narrower space around the best trials of the run of this path or name.

    A space that is drawn at random gets the next seed: with the old one every draw would be at the same place of the
    new ranges, and have the same choices, as in the run. So its folds are others, too; those of a grid stay.

    Raises:
        RunError: There is no such run, or none of its trials has a score.
    """
    run = open_run(name)
    assert run.space is not None
    if not run.space.tried.is_drawn:
        rule = "only a space whose strategy takes all combinations of its axes can be narrowed"
        raise RunError(rule, where=str(find_run(name)), got=run.space.strategy)
    return run.space.narrowed(run.trials, top)


def rewrite_reports(name: str) -> ReportPaths:
    """Write the report files of this run again, from its store alone."""
    from kerasgrid.reports.write import write_reports

    return write_reports(open_run(name))


def export_run(name: str, to: str, path: Path | None, *, epochs: bool = False) -> tuple[Path, str]:
    """Export the run of this path or name; see :func:`kerasgrid.reports.export.export.export_beside`."""
    from kerasgrid.reports.export.export import export_beside

    return export_beside(open_run(name), to, path, epochs=epochs)


def watch_run(name: str, port: int, ready: Callable[[str, bool], None]) -> None:
    """Serve the run of this path or name until interrupted, also before it is there.

    Args:
        name: Path or name of the run.
        port: The port; 0 takes a free one.
        ready: Told the address and whether the run is there.

    Raises:
        RunError: The run cannot be looked for, or the port cannot be had.
    """
    from kerasgrid.watch.server import serve_run

    serve_run(name, lambda: run_there(name), port, ready)
