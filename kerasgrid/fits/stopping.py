"""What early stopping and plateaus come to, apart from the training itself. Imports neither TensorFlow nor Keras."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from kerasgrid.axes.blocks import Block
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.rows_training import EARLY_STOPPING, REDUCE_ON_PLATEAU
from kerasgrid.errors import SpaceError
from kerasgrid.fits.metric import metrics_for

_FORMS = {"early_stopping": EARLY_STOPPING, "reduce_on_plateau": REDUCE_ON_PLATEAU}


def settings_of(params: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return every field of ``early_stopping`` or ``reduce_on_plateau``; None where it is not set.

    Args:
        params: Resolved hyperparameters.
        name: Which of the two.
    """
    value = params.get(name)
    return None if value is None else _FORMS[name].filled(value)


def looks_at_epochs(params: Mapping[str, Any]) -> bool:
    """Whether something looks at the fit after each epoch."""
    return any(params.get(name) is not None for name in _FORMS)


def watched_share(params: Mapping[str, Any]) -> float:
    """Return the share of the training samples that is watched and not trained on; 0 for none."""
    settings = settings_of(params, "early_stopping") or settings_of(params, "reduce_on_plateau")
    return 0.0 if settings is None else float(settings["validation_split"])


def check_monitors(params: Mapping[str, Any], task: str) -> None:
    """Check that what is looked at is measured of this task.

    Args:
        params: Resolved hyperparameters.
        task: One of :data:`kerasgrid.axes.names.TASKS`.

    Raises:
        SpaceError: if it is not.
    """
    for name in _FORMS:
        settings = settings_of(params, name)
        known = metrics_for(task)
        if settings is not None and settings["monitor"] not in known:
            rule = f"must be one of {', '.join(known)}, which are measured of {task}"
            raise SpaceError(rule, where=f"params.{name}.monitor", got=shown(settings["monitor"]))


def check_monitors_of(blocks: Iterable[Block], task: str) -> None:
    """Check every value that a search may try, now: a strategy may come to it hours later.

    Args:
        blocks: Of the space.
        task: One of :data:`kerasgrid.axes.names.TASKS`.

    Raises:
        SpaceError: as :func:`check_monitors` does.
    """
    for block in blocks:
        for name in _FORMS:
            for value in getattr(block.axes.get(name), "values", ()):
                check_monitors({name: value}, task)


def refits_by_median(params: Mapping[str, Any]) -> bool:
    """Whether the winner's refit ends after the median of its folds' best epochs."""
    settings = settings_of(params, "early_stopping")
    return settings is not None and settings["refit"] == "median"


def refit_epochs(params: Mapping[str, Any], best_epochs: Iterable[int]) -> int | None:
    """Return after how many epochs a refit ends; None for as many as the hyperparameters say.

    Args:
        params: Resolved hyperparameters.
        best_epochs: The best epoch of each of the candidate's fits, counted from 1.
    """
    there = list(best_epochs)
    return round(statistics.median(there)) if there and refits_by_median(params) else None
