"""What a closer look at the best trial has shown, in words and tables."""

from __future__ import annotations

from kerasgrid.fits.explaining import Explained
from kerasgrid.fits.metric import metric_named
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, number_text, with_error

COLUMNS_TITLE = "What each column is worth"
COLUMNS_ABOUT = "By how much the score is worse where the column's values are shuffled, on held-out samples"
MISSES_TITLE = "The samples that are predicted worst"
MISSES_ABOUT = "Held-out samples of the training data, each by a network that did not see it"

_MOST_COLUMNS = 20
_MOST_VALUES = 8


def explained_lines(run: Run) -> list[str]:
    """Return how far probabilities can be trusted, and which columns count; nothing of a run without a closer look."""
    found = run.explained
    if found is None:
        return []
    lines = []
    if found.calibration_error is not None:
        lines.append(calibration_line(found))
    if found.columns:
        lines.append(_columns(found, run))
    return lines


def column_rows(run: Run) -> tuple[list[str], Rows]:
    """Return head and rows of the table of what each column is worth, of twenty at most; no rows without any."""
    head = ["column", f"{run.metric} without it"]
    if run.explained is None:
        return head, []
    word = "worse by" if metric_named(run.metric).greater_is_better else "higher by"
    head = ["column", f"{run.metric} {word}"]
    shown = run.explained.columns[:_MOST_COLUMNS]
    return head, [[one.column, with_error(one.drop, one.standard_error)] for one in shown]


def miss_rows(run: Run) -> tuple[list[str], Rows]:
    """Return head and rows of the table of the samples that are predicted worst; no rows without any.

    Of many columns those that are worth the most are shown.
    """
    found = run.explained
    how = "off by" if run.task == "regression" else "probability of what is true"
    head = ["sample", "true", "predicted", how]
    if found is None or not found.misses:
        return head, []
    important = [one.column for one in found.columns] or list(found.misses[0].values)
    names = [name for name in found.misses[0].values if name in important[:_MOST_VALUES]]
    rows = []
    for one in found.misses:
        cells = [f"{one.row + 1:,}", one.true, one.predicted, number_text(one.how)]
        rows.append([*cells, *(one.values[name] for name in names)])
    return [*head, *names], rows


def calibration_line(found: Explained) -> str:
    """Return how far the probabilities of classes can be trusted; of one with a calibration error."""
    assert found.calibration_error is not None
    sure = sum(one.n * one.confidence for one in found.bins) / found.n
    right = sum(one.n * one.right for one in found.bins) / found.n
    word = "too sure" if sure > right else "not sure enough"
    return (
        f"On {counted(found.n, 'held-out sample')} the best trial's predictions are sure by {sure:.1%} in the mean and "
        f"right in {right:.1%}: {word} by {abs(sure - right):.1%}; the expected calibration error is "
        f"{found.calibration_error:.1%}."
    )


def _columns(found: Explained, run: Run) -> str:
    sure = [one for one in found.columns if one.standard_error is not None and one.drop > 2.0 * one.standard_error]
    first = (sure or list(found.columns))[:3]
    told = ", ".join(f"{one.column} ({with_error(one.drop, one.standard_error)})" for one in first)
    if not sure:
        return f"No column by itself is surely worth anything; the most, perhaps: {told}."
    others = len(found.columns) - len(sure)
    rest = f"; of {counted(others, 'other')} that is not sure" if others else ""
    return f"Predictions depend most on {told}: so much {run.metric} is lost where a column is shuffled{rest}."
