"""A run as files for other tools. What only one tool needs is in a module of its own and imported when asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.errors import RunError, reason
from kerasgrid.insight.curves import epochs_table
from kerasgrid.insight.ranking import trials_table
from kerasgrid.reports.tables.results_csv import results_csv
from kerasgrid.run.plan import Plan
from kerasgrid.run.making import read_run as read
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.system.files import write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Target:
    """A form to export to.

    Attributes:
        default: Name of the file or folder in the run's folder.
        write: Writes it.
        is_table: Whether it is a table, which can have a row an epoch instead of a row a trial.
        needs: The package that it needs beyond kerasgrid's own.
        extra: The extra of kerasgrid that brings it.
        opens: How to open it, for people.
    """

    default: str
    write: Callable[[Plan, Run, Path, bool], None]
    is_table: bool = True
    needs: str | None = None
    extra: str | None = None
    opens: str = ""


def export(plan: Plan, run: Run, to: str, path: Path, *, epochs: bool = False) -> None:
    """Write a run in another form, in place of what an earlier export left there.

    Args:
        plan: What was asked.
        record: What came of it.
        to: A key of :data:`TARGETS`.
        path: The file, or for ``tensorboard`` the folder, to write.
        epochs: One row for each epoch of each fit instead of one for each trial; for tables only.

    Raises:
        RunError: There is no such form, a package is missing, or it cannot be written there.
    """
    if to not in TARGETS:
        raise RunError(f"must be one of {', '.join(TARGETS)}", where="--to", got=to)
    target = TARGETS[to]
    if epochs and not target.is_table:
        raise RunError("goes with csv, parquet and json only", where="--epochs", got=f"--to {to}")
    if target.needs is not None and find_spec(target.needs) is None:
        raise RunError(
            f"needs the package {target.needs}", where=f"--to {to}", hint=f"pip install 'kerasgrid[{target.extra}]'"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target.write(plan, run, path, epochs)
    except OSError as error:
        raise RunError("cannot be written", where=str(path), got=reason(error)) from error


def table(run: Run, epochs: bool) -> pd.DataFrame:
    """Return one row a trial, in scikit-learn's column names, or one for each epoch of each fit."""
    if epochs:
        return epochs_table(run.trials, run.results)
    return trials_table(run.trials, run.metric, run.n_fit_samples)


def export_folder(folder: Path, to: str, path: Path | None, *, epochs: bool = False) -> tuple[Path, str]:
    """Export the run of this folder as :func:`export` does; return where to, and how to open it (may be empty).

    Args:
        folder: The run's folder.
        to: A key of :data:`TARGETS`.
        path: Where to write; None for a name of its own in the run's folder.
        epochs: One row for each epoch of each fit.

    Raises:
        RunError: as :func:`export`, and if the run is damaged or empty.
    """
    with Store.open_readonly(folder) as store:
        plan, run = Plan.from_meta(store.meta(), str(folder)), read(store)
    if path is None:
        name = TARGETS[to].default if to in TARGETS else to
        path = folder / (name.replace("trials", "epochs") if epochs else name)
    if not path.name:
        raise RunError("must be the path of a file", where=str(path))
    export(plan, run, to, path, epochs=epochs)
    return path, TARGETS[to].opens.format(path=path)


def _write_csv(plan: Plan, run: Run, path: Path, epochs: bool) -> None:
    if epochs:
        write_text(path, str(table(run, epochs).to_csv(index=False, lineterminator="\n")))
    else:
        write_text(path, results_csv(run.trials, run.metric, run.n_fit_samples))


def _write_json(plan: Plan, run: Run, path: Path, epochs: bool) -> None:
    frame = table(run, epochs)
    if "params" in frame:
        frame["params"] = frame["params"].map(json.loads).astype("object")
    # Each number with all of its digits, and nothing that strict JSON does not know.
    rows = [
        {str(name): _plain(value) for name, value in row.items()} for row in frame.astype("object").to_dict("records")
    ]
    write_text(path, json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _write_parquet(plan: Plan, run: Run, path: Path, epochs: bool) -> None:
    frame = table(run, epochs)
    for column in frame.columns:
        if column.startswith("param_"):
            frame[column] = _one_type(frame[column])
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        frame.to_parquet(temporary, engine="pyarrow", index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_tensorboard(plan: Plan, run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.tensorboard_events import write_events

    # Events of an earlier export would be shown beside ours.
    if path.is_dir():
        _check_is_ours(path)
        shutil.rmtree(path)
    write_events(run, path)


def _write_optuna(plan: Plan, run: Run, path: Path, epochs: bool) -> None:
    from kerasgrid.reports.export.optuna_study import write_study

    write_study(plan, run, path)


def _check_is_ours(folder: Path) -> None:
    others = [p.name for p in folder.rglob("*") if p.is_file() and not p.name.startswith("events.out.tfevents.")]
    if others:
        raise RunError(
            "the folder holds other files than events", where=str(folder), got=sorted(others)[0],
            hint="choose another with --out",
        )  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a cell in plain types of JSON, None for what is missing."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, str | bool | int) or (isinstance(value, float) and value - value == 0) else None


def _one_type(column: pd.Series) -> pd.Series:
    """Return the column with one type for all of its cells, which a file of columns needs: mixed ones become text."""
    import pandas as pd

    kinds = {type(value) for value in column if value is not None}
    if kinds <= {bool}:
        return column.astype("boolean")
    if kinds <= {int}:
        return column.astype("Int64")
    if kinds <= {int, float}:
        return column.astype("Float64")
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in column]
    return pd.Series(texts, index=column.index, dtype="object")


TARGETS: Mapping[str, Target] = {
    "csv": Target("trials.csv", _write_csv),
    "parquet": Target("trials.parquet", _write_parquet, needs="pyarrow", extra="parquet"),
    "json": Target("trials.json", _write_json),
    "tensorboard": Target(
        "tensorboard", _write_tensorboard, is_table=False, needs="tensorboard", extra="tensorboard",
        opens="tensorboard --logdir {path}",
    ),
    "optuna": Target(
        "optuna.sqlite", _write_optuna, is_table=False, needs="optuna", extra="optuna",
        opens="optuna-dashboard sqlite:///{path}",
    ),
}  # fmt: skip
"""What a run can be exported to."""
