"""The table of trials that a page shows: every cell as text, in the order of the ranks. Draws nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.factors import is_number
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import ResultColumn, chosen
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING

_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?(?: ± .*)?")
"""What sorts by the number that it begins with: ``0.8931 ± 0.0012`` or ``12,345``."""

Keys = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        name: Its head, as plain text.
        is_number: Whether its cells are numbers, or nothing.
        cells: One text a trial.
        keys: What each cell sorts by, None coming last; None if the texts themselves tell: numbers by what they begin
            with, all else by its letters.
    """

    name: str
    is_number: bool
    cells: tuple[str, ...]
    keys: Keys | None = None


def table_columns(run: Run) -> list[TableColumn]:
    """Return the columns: rank, score with its error bar, parameters from model to training, results, status.

    Columns without any content are left out. Where the trials tell a story in the order of the space, their place in
    it comes first: a page shows the rows by the first column.
    """

    def result(column: ResultColumn) -> TableColumn:
        cells = tuple(column.written(run, trial) or NOTHING for trial in run.trials)
        values = [column.value(run, trial) for trial in run.trials] if column.is_number else ()
        return TableColumn(column.head(run), column.is_number, cells, _numbers(values, cells))

    def parameter(name: str) -> TableColumn:
        values = [trial.candidate.get(name) for trial in run.trials]
        cells = tuple(value_text(trial.candidate[name]) if name in trial.candidate else NOTHING for trial in run.trials)
        known = [value for value in values if value is not None]
        if known and all(map(is_number, known)):
            return TableColumn(name, True, cells, _numbers(values, cells))
        return TableColumn(name, False, cells, _places(values))

    columns = chosen(run, "page")
    found = [result(column) for column in columns if column.places["page"] < 0]
    found += [parameter(name) for name in varying_params(run.trials)]
    found += [result(column) for column in columns if column.places["page"] >= 0]
    return [column for column in found if set(column.cells) != {NOTHING}]


def _numbers(values: Sequence[object], cells: Sequence[str]) -> Keys | None:
    """Return the numbers of cells some of which say more, or other things, than a number."""
    if not values or all(cell == NOTHING or _NUMBER.fullmatch(cell) for cell in cells):
        return None
    return tuple(float(value) if isinstance(value, int | float) and math.isfinite(value) else None for value in values)


def _places(values: Sequence[object]) -> Keys | None:
    """Return the places of layer sizes in their order, those with a small first layer first; None of anything else."""
    known = {value for value in values if isinstance(value, tuple)}
    if not known or any(not isinstance(value, tuple) for value in values if value is not None):
        return None
    if not all(isinstance(size, int | float) for sizes in known for size in sizes):
        return None
    place_of = {sizes: float(place) for place, sizes in enumerate(sorted(known))}
    return tuple(place_of[value] if isinstance(value, tuple) else None for value in values)


def trial_table(run: Run) -> dict[str, Any]:
    """Return the table as plain data: heads with what their cells sort by, and a row of texts for each trial.

    Before its texts stand its uid in the plot, and ``best`` or its status.
    """
    columns, best = table_columns(run), run.best
    return {
        "columns": [
            {"name": column.name, "number": column.is_number}
            | ({} if column.keys is None else {"keys": list(column.keys)})
            for column in columns
        ],
        "rows": [
            [uid(trial), "best" if trial is best else trial.status, [column.cells[row] for column in columns]]
            for row, trial in enumerate(run.trials)
        ],
    }


def uid(trial: Trial) -> str:
    """Return what stands for the trial in the plot and the table of one page."""
    return f"t{trial.rank}"
