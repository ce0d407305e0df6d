"""The table of trials that a page shows: every cell as text, in the order of the ranks. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerasgrid.insight.noise_scale import noise_scales
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.tables.columns import score_name, shown, varying_params
from kerasgrid.reports.text.sentences import number_text, score_text, short
from kerasgrid.run.run import Run

NOTHING = "–"
"""Stands for what a trial does not have."""


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


def table_columns(
    trials: Sequence[Trial], metric: str, *, n_samples: int = 0, listed: bool = False
) -> list[TableColumn]:
    """Return the columns: rank, score with its error bar, parameters from model to training, results, status.

    Where some trials have more fits than others, their number stands behind the score; so does the round of a search
    in rounds. Columns without any content are left out, and so is the status if all trials ended well.

    Args:
        trials: Best first.
        metric: What they are ranked by.
        n_samples: Training samples of a fit, for the noise scale of SGD; 0 leaves it out.
        listed: Whether the trials tell a story in the order of the space. Their place in it comes first then, and a
            page shows the rows by the first column.
    """
    found = [
        TableColumn("rank", True, tuple(str(trial.rank) for trial in trials)),
        TableColumn("name", False, tuple(trial.name or NOTHING for trial in trials)),
        TableColumn(score_name(metric), True, tuple(score_text(trial) for trial in trials)),
    ]
    if len({len(trial.scores) for trial in trials}) > 1:
        n_scores = (sum(score is not None for score in trial.scores) for trial in trials)
        found.append(TableColumn("fits", True, tuple(map(str, n_scores))))
    if any(trial.round is not None for trial in trials):
        found.append(TableColumn("round", True, tuple(str(trial.round or NOTHING) for trial in trials)))
    if listed:
        found.insert(0, TableColumn("trial", True, tuple(str(trial.position) for trial in trials)))
    for name in varying_params(trials):
        values = [trial.candidate[name] for trial in trials if name in trial.candidate]
        is_number = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        cells = tuple(shown(trial.candidate[name]) if name in trial.candidate else NOTHING for trial in trials)
        found.append(TableColumn(name, is_number, cells))
    found += [
        TableColumn(f"train_{metric}", True, tuple(_number(trial.train_score_mean) for trial in trials)),
        TableColumn("weights", True, tuple(_count(trial.n_parameters) for trial in trials)),
        TableColumn("seconds a fit", True, tuple(_seconds(trial.mean_seconds) for trial in trials)),
    ]
    scales = noise_scales([trial.candidate for trial in trials], n_samples)
    found += [
        TableColumn("noise scale", True, tuple(NOTHING if scale is None else f"{scale:.4g}" for scale in scales)),
        TableColumn("note", False, tuple(trial.note or NOTHING for trial in trials)),
        TableColumn("diagnosis", False, tuple(", ".join(trial.diagnosis) or NOTHING for trial in trials)),
    ]
    if any(trial.status != "ok" for trial in trials):
        found.append(TableColumn("status", False, tuple(status_text(trial) for trial in trials)))
    return [column for column in found if set(column.cells) != {NOTHING}]


def trial_table(facts: Run, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return the table as plain data: heads, and a row of texts for each trial with its uid in the plot and status."""
    listed = facts.is_ordered
    columns = table_columns(trials, facts.metric, n_samples=facts.n_fit_samples, listed=listed)
    return {
        "columns": [{"name": column.name, "number": column.is_number} for column in columns],
        "rows": [
            [uid(trial), trial.status, [column.cells[row] for column in columns]] for row, trial in enumerate(trials)
        ],
    }


def uid(trial: Trial) -> str:
    """Return what stands for the trial in the plot and the table of one page."""
    return f"t{trial.rank}"


def status_text(trial: Trial) -> str:
    """Return ``ok``, ``diverged``, ``failed: why`` or ``1 of 3 fits``."""
    if trial.status == "failed":
        return f"failed: {short(trial.error)}"
    if trial.status == "incomplete":
        return f"{trial.fits_done} of {len(trial.scores)} fits"
    return trial.status


def _number(value: float | None) -> str:
    return NOTHING if value is None else number_text(value)


def _count(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"
