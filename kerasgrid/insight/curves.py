"""Learning curves of trials: the epochs of their fits, and the means over the fits. Pure functions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.metric import choices_for, metrics_for
from kerasgrid.insight.ranking import Trial

if TYPE_CHECKING:
    import pandas as pd

Line = tuple[float, ...]
"""One value an epoch, the first epoch first; NaN where a fit had no finite value."""

MOST_EPOCHS = 60
"""Points that one curve has at most, the first and the last epoch among them."""


@dataclass(frozen=True, slots=True)
class TrialCurves:
    """The learning curves of one trial, in the metric's own sign and unit.

    Attributes:
        trial: The trial.
        train: The running metric of the training, one line a fit.
        held_out: The metric on held-out samples, one line a fit.
        train_mean: Mean over the fits of each epoch that all of them reached; NaN where one is not finite.
        held_out_mean: The same of the held-out metric.
    """

    trial: Trial
    train: tuple[Line, ...]
    held_out: tuple[Line, ...]
    train_mean: Line
    held_out_mean: Line


def learning_curves(
    trials: Sequence[Trial], results: Iterable[FitResult], metric: str, *, top: int | None = None
) -> list[TrialCurves]:
    """Return the curves of the trials that have a score, best first.

    Args:
        trials: Best first.
        results: Of their fits, in any order; those of other candidates are ignored.
        metric: Whose curves.
        top: How many trials at most; None for all.
    """
    ranked = [trial for trial in trials if trial.mean is not None][:top]
    by_candidate = _by_candidate(results, {trial.candidate for trial in ranked})
    curves = (_curves_of(trial, by_candidate[trial.candidate], metric) for trial in ranked)
    return [found for found in curves if found.held_out_mean]


def metric_of_curves(results: Iterable[FitResult], metric: str, task: str) -> str:
    """Return the metric whose curves tell how the training went: the one asked for, or the task's own.

    A metric of predictions has the last epoch alone, unless it was asked for at each.
    """
    done = [result.curve for result in results if result.status == "ok"]
    if all(len(curve.get(f"val_{metric}", ())) == len(curve.get("loss", ())) for curve in done):
        return metric
    return choices_for(task)[0]


def more_metrics(results: Iterable[FitResult], task: str) -> tuple[str, ...]:
    """Return the metrics that these results recorded besides those of the task, in alphabetical order."""
    recorded = {name.removeprefix("val_") for result in results for name in result.curve}
    return tuple(sorted(recorded - set(metrics_for(task))))


def mean_line(lines: Sequence[Sequence[float]]) -> Line:
    """Return the mean of each epoch that all lines reach; NaN where one is not finite, nothing without lines."""
    if not lines:
        return ()
    # As many epochs as the shortest line has.
    return tuple(
        math.fsum(values) / len(lines) if all(map(math.isfinite, values)) else math.nan
        for values in zip(*lines, strict=False)
    )


def epochs_shown(n_epochs: int, step: int) -> list[int]:
    """Return every ``step``-th epoch, counted from 1, the first and the last among them."""
    return sorted({*range(1, n_epochs + 1, step), n_epochs}) if n_epochs else []


def epochs_table(trials: Sequence[Trial], results: Iterable[FitResult]) -> pd.DataFrame:
    """Return one row for each epoch of each fit, trial by trial, best first.

    Columns: ``rank`` and ``candidate`` (the id) of the trial, ``fold``, ``repeat`` (both from 0), ``epoch`` (from 1),
    and one for each recorded metric by Keras's names (``loss``, ``val_loss``, …), in the metric's own sign and unit.
    """
    import pandas as pd

    rank = {trial.candidate: trial.rank for trial in trials}
    done = sorted(
        (result for result in results if result.fit.candidate in rank),
        key=lambda result: (rank[result.fit.candidate], result.fit.repeat, result.fit.fold),
    )
    names = sorted({name for result in done for name in result.curve})
    columns: dict[str, list[object]] = {name: [] for name in ("rank", "candidate", "fold", "repeat", "epoch", *names)}
    for result in done:
        fit = result.fit
        n = max((len(values) for values in result.curve.values()), default=0)
        columns["rank"] += [rank[fit.candidate]] * n
        columns["candidate"] += [fit.candidate.id] * n
        columns["fold"] += [fit.fold] * n
        columns["repeat"] += [fit.repeat] * n
        columns["epoch"] += range(1, n + 1)
        for name in names:
            values = result.curve.get(name, ())
            # What has one value alone is of the last epoch.
            columns[name] += [*[math.nan] * (n - len(values)), *values]
    types = {"candidate": "object", **dict.fromkeys(("rank", "fold", "repeat", "epoch"), "int64")}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=types.get(name, "float64")) for name in columns})


def _by_candidate(results: Iterable[FitResult], wanted: set[Candidate]) -> dict[Candidate, list[FitResult]]:
    found: dict[Candidate, list[FitResult]] = defaultdict(list)
    for result in results:
        if result.fit.candidate in wanted:
            found[result.fit.candidate].append(result)
    return found


def _curves_of(trial: Trial, results: Sequence[FitResult], metric: str) -> TrialCurves:
    ordered = sorted(results, key=lambda result: (result.fit.repeat, result.fit.fold))
    lines = {
        name: tuple(
            tuple(float(value) if math.isfinite(value) else math.nan for value in result.curve[name])
            for result in ordered
            if result.status == "ok" and result.curve.get(name)
        )
        for name in (metric, f"val_{metric}")
    }
    train, held_out = lines[metric], lines[f"val_{metric}"]
    return TrialCurves(trial, train, held_out, mean_line(train), mean_line(held_out))
