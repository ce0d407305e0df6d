"""Runs that are there: found by path or name, read, reported, exported, watched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.errors import RunError, nearest
from kerasgrid.run.store import FILE, Store

if TYPE_CHECKING:
    from kerasgrid.reports.write import ReportPaths
    from kerasgrid.run.run import Run
    from kerasgrid.space.spec import Space

RUNS = Path("runs")
"""Where runs go, in the current folder, unless the user says otherwise."""


def run_there(name: str) -> Path | None:
    """Return the folder of a run, given its path or its name under ``runs/``; None if there is none.

    Raises:
        RunError: if it cannot be looked for.
    """
    for folder in (Path(name), RUNS / name):
        try:
            if (folder / FILE).is_file():
                return folder
        except OSError as error:  # too long a name, or a folder that may not be searched
            raise RunError(f"cannot be read: {error.strerror}", where=name) from None
    return None


def find_run(name: str) -> Path:
    """Return the folder of a run, given its path or its name under ``runs/``.

    Raises:
        RunError: if there is no such run, or it cannot be looked for.
    """
    folder = run_there(name)
    if folder is not None:
        return folder
    known = sorted(path.parent.name for path in RUNS.glob(f"*/{FILE}"))
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"runs here: {', '.join(known)}" if known else "no runs in ./runs"
    raise RunError("there is no run here", where=name, hint=hint)


def read_run(name: str) -> Run:
    """Return what the run of this path or name knows, also while a search is writing to it."""
    from kerasgrid.run.record import read

    with Store.open_readonly(find_run(name)) as store:
        return read(store)


def narrow_run(name: str, top: int) -> Space:
    """Return a narrower space around the best trials of the run of this path or name.

    A random space gets the next seed: with the old one every draw would be at the same place of the new ranges, and
    have the same choices, as in the run. So its folds are others, too; those of a grid stay.

    Raises:
        RunError: if there is no such run, or none of its trials has a score.
    """
    from kerasgrid.insight.narrow import narrowed
    from kerasgrid.run.record import read

    folder = find_run(name)
    with Store.open_readonly(folder) as store:
        run = read(store)
    space = run.space
    assert space is not None
    if space.strategy not in ("grid", "random"):
        raise RunError("only a grid or random space can be narrowed", where=str(folder), got=space.strategy)
    if space.strategy == "random":
        space = space.changed(seed=(space.seed + 1) % 2**32)
    return narrowed(space, run.trials, top)


def rewrite_reports(name: str) -> ReportPaths:
    """Write the report files of this run again, from its store alone."""
    from kerasgrid.reports.write import write_reports
    from kerasgrid.run.record import read

    with Store.open_readonly(find_run(name)) as store:
        run = read(store)
    return write_reports(run)


def export_run(name: str, to: str, path: Path | None, *, epochs: bool = False) -> tuple[Path, str]:
    """Export the run of this path or name; see :func:`kerasgrid.reports.export.export_folder`."""
    from kerasgrid.reports.export.export import export_folder

    return export_folder(find_run(name), to, path, epochs=epochs)


def watch_run(name: str, port: int, ready: Callable[[str, bool], None]) -> None:
    """Serve the run of this path or name until interrupted, also before it is there.

    Args:
        name: Path or name of the run.
        port: The port; 0 takes a free one.
        ready: Told the address and whether the run is there.

    Raises:
        RunError: if the run cannot be looked for, or the port cannot be had.
    """
    from kerasgrid.watch.server import serve_run

    serve_run(name, lambda: run_there(name), port, ready)
