"""A run as files for other tools, one row each.

Adding one is one row::

    from kerasgrid.reports.export.export import EXPORTS, Export
    EXPORTS.add(Export("names", "names.txt", write_names, is_table=False))

where ``write_names(run, path, epochs)`` writes the file. What only one tool needs is in a module of its own
and imported when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.errors import RunError, reason
from kerasgrid.registry import Registry
from kerasgrid.system.shell import quoted

if TYPE_CHECKING:
    from kerasgrid.run.run import Run


@dataclass(frozen=True, slots=True)
class Export:
    """A form to export to.

    Attributes:
        name: Its name on the command line.
        default: Name of the file or folder in the run's folder.
        write: Writes a run there; with True, a row for each epoch of each fit.
        is_table: Whether it is a table, which can have a row an epoch instead of a row a trial.
        needs: The package that it needs beyond kerasgrid's own.
        extra: The extra of kerasgrid that brings it.
        opens: How to open it, for people.
    """

    name: str
    default: str
    write: Callable[[Run, Path, bool], None]
    is_table: bool = True
    needs: str | None = None
    extra: str | None = None
    opens: str = ""


def export(run: Run, to: str, path: Path, *, epochs: bool = False) -> None:
    """Write a run in another form, in place of what an earlier export left there.

    Args:
        run: The run.
        to: A name in :data:`EXPORTS`.
        path: The file, or for ``tensorboard`` the folder, to write.
        epochs: One row for each epoch of each fit instead of one for each trial; for tables only.

    Raises:
        RunError: There is no such form, a package is missing, or it cannot be written there.
    """
    if to not in EXPORTS:
        raise RunError(f"must be one of {', '.join(EXPORTS)}", where="--to", got=to)
    form = EXPORTS[to]
    if epochs and not form.is_table:
        *most, last = [row.name for row in EXPORTS.values() if row.is_table]
        raise RunError(f"goes with {', '.join(most)} and {last} only", where="--epochs", got=f"--to {to}")
    if form.needs is not None and find_spec(form.needs) is None:
        hint = f"pip install 'kerasgrid[{form.extra}]'" if form.extra else f"pip install {form.needs}"
        raise RunError(f"needs the package {form.needs}", where=f"--to {to}", hint=hint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        form.write(run, path, epochs)
    except OSError as error:
        raise RunError("cannot be written", where=str(path), got=reason(error)) from error


def export_beside(run: Run, to: str, path: Path | None = None, *, epochs: bool = False) -> tuple[Path, str]:
    """Export a run as :func:`export` does, and return where to, and how to open it (may be empty).

    Args:
        run: The run.
        to: A name in :data:`EXPORTS`.
        path: Where to write; None for a name of its own in the run's folder.
        epochs: One row for each epoch of each fit.

    Raises:
        RunError: As :func:`export`, or neither path nor run says where to write.
    """
    if path is None:
        name = EXPORTS[to].default if to in EXPORTS else to
        path = (run.folder or Path()) / (name.replace("trials", "epochs") if epochs else name)
    if not path.name:
        raise RunError("must be the path of a file", where=str(path))
    export(run, to, path, epochs=epochs)
    return path, EXPORTS[to].opens.format(path=quoted(str(path)))


def _write_csv(run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.tables import write_csv

    write_csv(run, path, epochs)


def _write_parquet(run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.tables import write_parquet

    write_parquet(run, path, epochs)


def _write_json(run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.tables import write_json

    write_json(run, path, epochs)


def _write_tensorboard(run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.tensorboard_events import write_events

    write_events(run, path)


def _write_optuna(run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.optuna_study import write_study

    write_study(run, path)


EXPORTS: Registry[Export] = Registry("export", (
    Export("csv", "trials.csv", _write_csv),
    Export("parquet", "trials.parquet", _write_parquet, needs="pyarrow", extra="parquet"),
    Export("json", "trials.json", _write_json),
    Export("tensorboard", "tensorboard", _write_tensorboard, is_table=False, needs="tensorboard", extra="tensorboard",
           opens="tensorboard --logdir {path}"),
    Export("optuna", "optuna.sqlite", _write_optuna, is_table=False, needs="optuna", extra="optuna",
           opens="optuna-dashboard sqlite:///{path}"),
))  # fmt: skip
"""What a run can be exported to."""
