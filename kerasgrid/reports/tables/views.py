"""What the views of a run's page draw, as plain data: scores, axes, importance, learning curves. Draws nothing.

Lists have one entry for each trial with a score, best first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.axis_effect import AxisEffect
from kerasgrid.insight.curves import MOST_EPOCHS, epochs_shown, learning_curves
from kerasgrid.insight.factors import ABSENT, Factor, factors, identity
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.tables.outcome import outcome
from kerasgrid.reports.tables.trial_table import uid
from kerasgrid.reports.tables.workers import workers
from kerasgrid.reports.text.effects_table import cell_text, method_lines
from kerasgrid.run.columns import score_name
from kerasgrid.run.run import Run

_DIGITS = 6
_MOST_CURVES = 100
"""Trials whose learning curves a page has, the best ones."""


def views(run: Run, *, with_effects: bool = True) -> dict[str, Any]:
    """Return what the views draw.

    Args:
        run: The run.
        with_effects: Whether to tell importance and what each value is worth, which may take seconds; slices without
            them show the trials alone.
    """
    rows = [row for row, trial in enumerate(run.trials) if trial.mean is not None]
    trials = [run.trials[row] for row in rows]
    places = tried_places(run)
    found = run.effects() if with_effects else None
    told = {axis.factor.name: axis for axis in found.axes} if found is not None else {}
    axes = [axis.factor for axis in told.values()] or factors(run.trials, run.blocks, run.task)
    return {
        "score": score_name(run.metric),
        "sign": run.scale.sign,
        "uid": [uid(trial) for trial in trials],
        "mean": [_rounded(trial.mean) for trial in trials],
        "error": [_rounded(trial.standard_error) for trial in trials],
        "state": _states(run, trials),
        "place": [places.get(trial.candidate, 0) for trial in trials],
        "cost": {
            "seconds a fit": [_rounded(trial.mean_seconds) for trial in trials],
            "parameters": [trial.n_parameters for trial in trials],
        },
        "axes": [_axis(factor, rows, told.get(factor.name)) for factor in axes],
        "shares": [] if found is None else [[*pair.names, _rounded(pair.share)] for pair in found.interactions],
        "method": [] if found is None else method_lines(found),
        "curves": _curves(run),
        "workers": workers(run),
        "outcome": outcome(run),
    }


def tried_places(run: Run) -> dict[Candidate, int]:
    """Return the place of each candidate in the order in which they were tried, from 1."""
    rounds = {trial.candidate: trial.round or 0 for trial in run.trials}
    order = dict.fromkeys(result.fit.candidate for result in run.results)
    there = sorted((candidate for candidate in order if candidate in rounds), key=lambda one: rounds[one])
    return {candidate: place for place, candidate in enumerate(there, start=1)}


def _states(run: Run, trials: Sequence[Trial]) -> list[str]:
    """Return ``best``, ``tied``, ``dropped`` or ``behind`` for each trial."""
    tied = {trial.rank for trial in run.tie_set.trials}
    best = None if run.best is None else run.best.rank
    return [
        "best" if trial.rank == best
        else "dropped" if trial.dropped is not None
        else "tied" if trial.rank in tied
        else "behind"
        for trial in trials
    ]  # fmt: skip


def _axis(factor: Factor, rows: Sequence[int], effect: AxisEffect | None) -> dict[str, Any]:
    axis: dict[str, Any] = {"name": factor.name, "importance": None if effect is None else _rounded(effect.importance)}
    cells = [factor.cells[row] for row in rows]
    if factor.is_range:
        axis |= {"log": factor.log, "low": _rounded(factor.low), "high": _rounded(factor.high)}
        axis["cells"] = [None if cell is ABSENT else _rounded(float(cell)) for cell in cells]  # type: ignore[arg-type]
        axis["line"] = [] if effect is None else [[_rounded(number) for number in point] for point in effect.curve]
        return axis
    index = {identity(level): place for place, level in enumerate(factor.levels)}
    axis["levels"] = [cell_text(level) for level in factor.levels]
    axis["cells"] = [index.get(identity(cell)) for cell in cells]
    levels = () if effect is None else effect.levels
    axis["line"] = [
        [index[identity(level.value)], _rounded(level.mean), _rounded(level.standard_error)]
        for level in levels
        if level.mean is not None and identity(level.value) in index
    ]
    return axis


def _curves(run: Run) -> dict[str, Any]:
    """Return the mean held-out learning curve of the best trials: epochs, and values by trial."""
    shown = learning_curves(run.trials, run.results, run.curve_metric, top=_MOST_CURVES)
    longest = max((len(one.held_out_mean) for one in shown), default=0)
    step = max(1, math.ceil(longest / MOST_EPOCHS))
    lines = {}
    for one in shown:
        line = one.held_out_mean
        lines[uid(one.trial)] = [[epoch, _rounded(line[epoch - 1])] for epoch in epochs_shown(len(line), step)]
    metric = run.curve_metric
    return {"metric": score_name(metric), "sign": metric_named(metric).sign, "lines": lines if longest > 1 else {}}


def _rounded(number: float | None) -> float | None:
    """Return the number with six significant digits; None for what is not finite, which JSON does not have."""
    return None if number is None or not math.isfinite(number) else float(f"{number:.{_DIGITS}g}")
