"""A run as a table: CSV, JSON or Parquet, a row a trial or a row for each epoch of each fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasgrid.insight.curves import epochs_table
from kerasgrid.reports.tables.results_csv import results_csv
from kerasgrid.reports.tables.spreadsheet import csv_text
from kerasgrid.run.run import Run
from kerasgrid.system.files import check_plain, write_text

if TYPE_CHECKING:
    import pandas as pd


def write_csv(run: Run, path: Path, epochs: bool) -> None:
    """Write CSV, layer sizes as lists."""
    write_text(path, csv_text(_table(run, epochs)) if epochs else results_csv(run))


def write_json(run: Run, path: Path, epochs: bool) -> None:
    """Write strict JSON, a list with an object a row."""
    frame = _table(run, epochs)
    if "params" in frame:
        frame["params"] = frame["params"].map(json.loads).astype("object")
    # Each number with all of its digits, and nothing that strict JSON does not know.
    rows = [
        {str(name): _plain(value) for name, value in row.items()} for row in frame.astype("object").to_dict("records")
    ]
    write_text(path, json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def write_parquet(run: Run, path: Path, epochs: bool) -> None:
    """Write Parquet, in which every column has one type."""
    frame = _table(run, epochs)
    for column in frame.columns:
        if column.startswith("param_"):
            frame[column] = one_type(frame[column])
    check_plain(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        frame.to_parquet(temporary, engine="pyarrow", index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _table(run: Run, epochs: bool) -> pd.DataFrame:
    return epochs_table(run.trials, run.results) if epochs else run.to_frame()


def _plain(value: Any) -> Any:
    """Return a cell in plain types of JSON, None for what is missing."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, str | bool | int) or (isinstance(value, float) and value - value == 0) else None


def one_type(column: pd.Series) -> pd.Series:
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
