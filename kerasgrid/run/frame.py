"""A run as a table of pandas, in the column names of scikit-learn's ``cv_results_``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import ResultColumn, chosen, signed

if TYPE_CHECKING:
    import pandas as pd

    from kerasgrid.run.run import Run

_SPLITS = -5
"""Where the scores of the splits stand, in the numbers of :attr:`ResultColumn.places`."""


def results_frame(run: Run) -> pd.DataFrame:
    """Return the table of :meth:`kerasgrid.run.run.Run.to_frame`."""
    import pandas as pd

    params = sorted({name for trial in run.trials for name in trial.candidate})
    columns = sorted([*chosen(run, "csv"), *_split_columns(run)], key=lambda column: column.places["csv"])
    left = [column for column in columns if column.places["csv"] < 0]
    found = {column.name: _series(run, column) for column in left}
    for name in params:
        found[f"param_{name}"] = pd.Series([trial.candidate.get(name) for trial in run.trials], dtype="object")
    return pd.DataFrame(found | {column.name: _series(run, column) for column in columns[len(left) :]})


def _split_columns(run: Run) -> list[ResultColumn]:
    def column(split: int) -> ResultColumn:
        def score(run: Run, trial: Trial) -> float | None:
            return trial.scores[split] if split < len(trial.scores) else None

        return ResultColumn(f"split{split}_test_score", score, {"csv": _SPLITS}, is_score=True)

    return [column(split) for split in range(max((len(trial.scores) for trial in run.trials), default=0))]


def _series(run: Run, column: ResultColumn) -> pd.Series:
    import pandas as pd

    values = [column.value(run, trial) for trial in run.trials]
    if column.is_score:
        values = [signed(run, value) for value in values]  # type: ignore[arg-type]
    if column.dtype == "float64":
        values = [math.nan if value is None else value for value in values]
    return pd.Series(values, dtype=column.dtype)
