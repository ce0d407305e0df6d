"""Trials as rows of texts, for whoever prints a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.columns import Place, chosen
from kerasgrid.run.parameters import varying_params
from kerasgrid.system.words import NOTHING

if TYPE_CHECKING:
    from kerasgrid.run.run import Run

Rows = list[list[str]]


def trial_rows(run: Run, trials: Sequence[Trial], place: Place) -> tuple[list[str], Rows]:
    """Return the head and the rows of a table of some trials of a run, with the parameters that differ between all.

    Args:
        run: The run.
        trials: Those to show.
        place: Whose columns.
    """
    # Columns are there or not by the trials that are shown.
    part = replace(run, trials=tuple(trials))
    columns = chosen(part, place)
    names = varying_params(run.trials)

    left = [column for column in columns if column.places[place] < 0]
    right = columns[len(left) :]
    rows = [
        [
            *(column.written(part, trial) for column in left),
            *(value_text(trial.candidate[name]) if name in trial.candidate else NOTHING for name in names),
            *(column.written(part, trial) for column in right),
        ]
        for trial in trials
    ]
    return [*(column.head(part) for column in left), *names, *(column.head(part) for column in right)], rows
