"""The table of trials that a page shows: every cell as text, in the order of the ranks. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import ResultColumn, chosen
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        name: Its head, as plain text.
        is_number: Whether it sorts by the number that its cells begin with.
        cells: One text a trial.
    """

    name: str
    is_number: bool
    cells: tuple[str, ...]


def table_columns(run: Run) -> list[TableColumn]:
    """Return the columns: rank, score with its error bar, parameters from model to training, results, status.

    Columns without any content are left out. Where the trials tell a story in the order of the space, their place in
    it comes first: a page shows the rows by the first column.
    """

    def result(column: ResultColumn) -> TableColumn:
        cells = tuple(column.written(run, trial) or NOTHING for trial in run.trials)
        return TableColumn(column.head(run), column.is_number, cells)

    def parameter(name: str) -> TableColumn:
        values = [trial.candidate[name] for trial in run.trials if name in trial.candidate]
        is_number = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        cells = (value_text(trial.candidate[name]) if name in trial.candidate else NOTHING for trial in run.trials)
        return TableColumn(name, is_number, tuple(cells))

    columns = chosen(run, "page")
    found = [result(column) for column in columns if column.places["page"] < 0]
    found += [parameter(name) for name in varying_params(run.trials)]
    found += [result(column) for column in columns if column.places["page"] >= 0]
    return [column for column in found if set(column.cells) != {NOTHING}]


def trial_table(run: Run) -> dict[str, Any]:
    """Return the table as plain data: heads, and a row of texts for each trial.

    Before its texts stand its uid in the plot, and ``best`` or its status.
    """
    columns, best = table_columns(run), run.best
    return {
        "columns": [{"name": column.name, "number": column.is_number} for column in columns],
        "rows": [
            [uid(trial), "best" if trial is best else trial.status, [column.cells[row] for column in columns]]
            for row, trial in enumerate(run.trials)
        ],
    }


def uid(trial: Trial) -> str:
    """Return what stands for the trial in the plot and the table of one page."""
    return f"t{trial.rank}"
