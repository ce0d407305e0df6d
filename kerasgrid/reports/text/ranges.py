"""Where the best trials lie, in lines of text: it may hold markup and must be escaped."""

from __future__ import annotations

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranges import TOP, AxisRange, axis_ranges, top_trials
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.parameters import place, varying_params
from kerasgrid.run.run import Run
from kerasgrid.run.suits import is_auto

_TOLD = 3
"""Fewer trials than this have no best ones among them."""


def range_lines(run: Run, top: int = TOP) -> list[str]:
    """Return the best trials one by one, then the range of each numeric axis among them, and where to widen it.

    Lines such as ``Best-1 (val accuracy 0.92) | learning_rate 0.0097 | weight_decay 2.6e-05`` and
    ``learning_rate 0.0038 … 0.0099; 0.0099 is at the upper end: widen it``. Numbers that were drawn are rounded to two
    significant digits; choices are as they are. Nothing is returned where fewer than three trials have a score,
    where no axis of the space is numeric and has two values, or where the axes are those of ``kerasgrid auto``.

    Args:
        run: The run, with its ``blocks``.
        top: How many of the best.
    """
    best = top_trials(run.trials, top)
    ranges = {found.name: found for found in axis_ranges(run.trials, run.blocks, top)}
    if not ranges or not _is_told(run):
        return []
    names = varying_params(run.trials)
    lines = []
    for number, trial in enumerate(best, start=1):
        values = [f"{name} {_value(trial, name, ranges)}" for name in names if name in trial.candidate]
        lines.append(" | ".join([f"Best-{number} (val {run.metric} {_score(trial)})", *values]))
    lines.append(f"Range of the best {len(best)}:")
    return [*lines, *(_range_line(ranges[name]) for name in sorted(ranges, key=place))]


def edge_lines(run: Run, top: int = TOP) -> list[str]:
    """Return a line for each numeric axis that the best trials say should reach further, as by :func:`range_lines`."""
    if not _is_told(run):
        return []
    found = {one.name: one for one in axis_ranges(run.trials, run.blocks, top) if one.edge is not None}
    return [_range_line(found[name]) for name in sorted(found, key=place)]


def _is_told(run: Run) -> bool:
    # Who had the axes chosen for them cannot widen them.
    return sum(trial.mean is not None for trial in run.trials) >= _TOLD and not is_auto(run.space)


def _range_line(found: AxisRange) -> str:
    low, high, best = (_number(value, exact=found.exact) for value in (found.low, found.high, found.best))
    text = f"{found.name} {low}" if low == high else f"{found.name} {low} … {high}"
    return text if found.edge is None else f"{text}; {best} is at the {found.edge} end: widen it"


def _value(trial: Trial, name: str, ranges: dict[str, AxisRange]) -> str:
    value = trial.candidate[name]
    if name in ranges and isinstance(value, int | float):
        return _number(value, exact=ranges[name].exact)
    return value_text(value)


def _number(value: float, *, exact: bool) -> str:
    return value_text(value) if exact or isinstance(value, int) else f"{value:.2g}"


def _score(trial: Trial) -> str:
    assert trial.mean is not None
    return f"{trial.mean:.4g}"
