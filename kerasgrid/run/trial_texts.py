"""What a cell says of a trial that is more than a number, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial
from kerasgrid.system.words import NOTHING, short, with_error

_FITS_NAMED = 5
"""Of how many fits a cell names what each came to."""


def status_text(trial: Trial) -> str:
    """Return ``ok``, ``diverged``, ``failed: why``, ``1 of 3 fits``, or when and why it left a race."""
    if trial.dropped is not None:
        return dropped_text(trial.dropped)
    if trial.status == "failed":
        return f"failed: {short(trial.error)}"
    if trial.status == "incomplete":
        return f"{trial.fits_done} of {len(trial.scores)} fits"
    return trial.status


def dropped_text(dropped: Dropped) -> str:
    """Return ``out after 2 of 5 folds, behind by 0.031 ± 0.006``."""
    text = f"out after {dropped.after:,} of {dropped.of:,} {dropped.unit}"
    return text if dropped.behind is None else f"{text}, behind by {with_error(dropped.behind, dropped.error)}"


def epochs_text(epochs: Sequence[int]) -> str:
    """Return the epochs of each fit, or the least and the most of many."""
    if len(epochs) > _FITS_NAMED:
        return f"{min(epochs)} to {max(epochs)}"
    return ", ".join(map(str, epochs)) or NOTHING


def seconds_text(trial: Trial) -> str:
    """Return the mean wall time of a fit, with the digits that tell."""
    seconds = trial.mean_seconds
    return NOTHING if seconds is None else f"{seconds:.2f}" if seconds < 100 else f"{seconds:.0f}"
