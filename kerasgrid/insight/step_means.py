"""Training loss per iteration of a trial: the mean over its fits. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Curve, FitResult
from kerasgrid.insight.ranking import Trial


def with_steps(trials: Sequence[Trial], results: Iterable[FitResult]) -> list[Trial]:
    """Return the trials with the mean step curves of their fits, as far as these have some and ended well."""
    found: dict[Candidate, list[Curve]] = {}
    for result in results:
        if result.steps and result.status == "ok":
            found.setdefault(result.fit.candidate, []).append(result.steps)
    if not found:
        return list(trials)
    return [replace(trial, steps=mean_steps(found.get(trial.candidate, []))) for trial in trials]


def mean_steps(curves: Sequence[Curve]) -> Curve:
    """Return the mean loss at the iterations that all curves have; empty without any.

    Folds may differ in a sample, and so in their last iterations.
    """
    if not curves:
        return {}
    losses = [dict(zip(curve["iteration"], curve["loss"], strict=True)) for curve in curves]
    shared = [iteration for iteration in curves[0]["iteration"] if all(iteration in loss for loss in losses)]
    return {"iteration": shared, "loss": [statistics.fmean(loss[i] for loss in losses) for i in shared]}
