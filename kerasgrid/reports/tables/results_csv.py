"""``results.csv``: one row a trial, in the column names of scikit-learn's ``cv_results_``."""

from __future__ import annotations

import json
from typing import Any

from kerasgrid.reports.tables.spreadsheet import csv_text
from kerasgrid.run.run import Run


def results_csv(run: Run) -> str:
    """Return the table of :meth:`kerasgrid.run.run.Run.to_frame` as CSV, layer sizes written ``[512, 256]``."""
    table = run.to_frame()
    for column in table.columns:
        if column.startswith("param_"):
            table[column] = table[column].map(_cell).astype("object")
    return csv_text(table)


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, tuple | dict) else value
