"""``results.csv``: one row a trial, in the column names of scikit-learn's ``cv_results_``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kerasgrid.insight.ranking import Trial, trials_table


def results_csv(trials: Sequence[Trial], metric: str, n_samples: int = 0) -> str:
    """Return the table of :func:`kerasgrid.insight.ranking.trials_table` as CSV, layer sizes written ``[512, 256]``."""
    table = trials_table(trials, metric, n_samples)
    for column in table.columns:
        if column.startswith("param_"):
            table[column] = table[column].map(_cell).astype("object")
    return str(table.to_csv(index=False, lineterminator="\n"))


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, tuple) else value
