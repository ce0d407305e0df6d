"""What each value changed against the baseline, as a table; nothing for a run without a baseline."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.one_factor import Change, one_factor_changes
from kerasgrid.run.given_splits import given_splits
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING, number_text, signed_with_error

_VERDICTS = {
    "better": "better",
    "worse": "worse",
    "chance": "cannot be told from chance",
    "unknown": "one score: no error bar",
}


def changes_of(run: Run) -> list[Change]:
    """Return the changes against the baseline of a run that has one; else nothing."""
    if run.baseline is None:
        return []
    # Folds that the data gives may be of any size.
    is_given = given_splits(run.dataset) is not None
    share = run.known_share if is_given else 1.0 - run.n_fit_samples / int(run.dataset["n_train"])
    return one_factor_changes(run.trials, run.baseline, run.metric, share)


def change_rows(changes: Sequence[Change], metric: str) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table: axis, value, the baseline's, score, difference ± standard error, verdict."""
    head = ["axis", "value", "baseline", metric, "difference", "verdict"]
    rows = [
        [
            change.axis,
            value_text(change.value),
            value_text(change.baseline),
            NOTHING if change.mean is None else number_text(change.mean),
            difference_text(change),
            verdict_text(change),
        ]
        for change in changes
    ]
    return head, rows


def difference_text(change: Change) -> str:
    """Return ``+0.0123 ± 0.0040``; without the error if there is none, and a dash without a difference."""
    return NOTHING if change.difference is None else signed_with_error(change.difference, change.standard_error)


def verdict_text(change: Change) -> str:
    """Return what may be concluded, in words, or why nothing may."""
    if change.difference is not None:
        return _VERDICTS[change.verdict]
    return f"baseline {change.baseline_status}" if change.status == "ok" else change.status
