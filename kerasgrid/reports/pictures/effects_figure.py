"""``effects.png``: a panel for each axis, the most important first. ``insight/effects`` computes what it draws."""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from kerasgrid.insight.effects import AxisEffect, Effects, Level
from kerasgrid.reports.pictures.figure import (
    BLUE,
    QUIET,
    SKY,
    SMALL,
    VERMILLION,
    fitting,
    log_ticks,
    new_figure,
    png,
    style,
)
from kerasgrid.reports.text.effects_table import cell_text, method_lines, share_text
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_PANELS = 12
"""Of more axes, the most important are drawn."""

_COLUMNS = 3
_WIDTH, _HEIGHT, _TURNED = 3.3, 2.5, 0.7
_LEAST_WIDTH = 5.0
_LETTERS_PER_INCH = 15
_LABEL_CELLS = 32
_LONGEST_LABEL = 20
_MOST_LABELS = 24
_MOST_SLANTED = 9
_FAR = 10


def picture(run: Run) -> bytes | None:
    """Return the picture of what each axis does; None if nothing can be told of any."""
    found = run.effects()
    return effects_png(found, run.metric, f"{title(run)}: what each axis does") if has_effects(found) else None


def has_effects(found: Effects) -> bool:
    """Return whether there is something to draw: something can be told of some axis."""
    return any(level.mean is not None for axis in found.axes for level in axis.levels)


def effects_png(found: Effects, metric: str, heading: str) -> bytes:
    """Return the picture; see :func:`effects_figure`."""
    with style():
        return png(effects_figure(found, metric, heading))


def effects_figure(found: Effects, metric: str, heading: str) -> Figure:
    """Return the figure; call it inside :func:`kerasgrid.reports.pictures.figure.style`.

    All panels have the same scale of scores, so that what the axes do can be compared. Few values are points with
    their standard errors; where a forest learned the trials these are grey, behind what it predicts on average over the
    other axes. A range shows every trial and that prediction, with its standard deviation between trees, or without a
    forest means of parts of the range.

    Args:
        found: With at least one axis.
        metric: Name of the score.
        heading: One line above all.
    """
    drawn = found.axes[:MAX_PANELS]
    columns = min(_COLUMNS, len(drawn))
    rows = math.ceil(len(drawn) / columns)
    width = max(_WIDTH * columns, _LEAST_WIDTH)
    notes = _notes(found)
    wrapped = [line for note in notes for line in textwrap.wrap(note, int(width * _LETTERS_PER_INCH))]
    turned = any(_turned(axis.levels) for axis in drawn)
    figure = new_figure(width, (_HEIGHT + _TURNED * turned) * rows + 0.4 + 0.15 * len(wrapped))
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for place, panel in enumerate(panels.flat):
        if place >= len(drawn):
            panel.remove()
            continue
        _panel(panel, drawn[place])
        if place % columns == 0:
            panel.set_ylabel(f"val {metric}")
    low, high = _limits(_values(drawn))
    panels[0, 0].set_ylim(low, high)
    for place, axis in enumerate(drawn):
        _outside(panels.flat[place], axis, low, high)
    figure.suptitle(fitting(heading, int(width * 10)))
    figure.supxlabel("\n".join(wrapped), fontsize=SMALL, color=QUIET, x=0.01, ha="left")
    return figure


def _notes(found: Effects) -> list[str]:
    lines = method_lines(found)
    if found.interactions:
        pairs = (f"{pair.names[0]} × {pair.names[1]} {share_text(pair.share)}" for pair in found.interactions)
        lines.append("Together, beyond what each does alone: " + ", ".join(pairs) + ".")
    drawn = found.axes[:MAX_PANELS]
    if found.method == "forest":
        lines.append(
            "Blue: what the forest predicts on average over the other axes, with the standard deviation between trees. "
            "Grey: trials, or their mean at a value with its standard error."
        )
    else:
        ranges = any(axis.factor.is_range for axis in drawn)
        lines.append(
            "Blue: the mean at a value or in a part of a range, with its standard error. Grey: trials."
            if ranges
            else "The mean at each value, with its standard error."
        )
    if any(level.n_diverged + level.n_failed for axis in drawn if not axis.factor.is_range for level in axis.levels):
        lines.append("×3/6 at a value: 3 of its 6 trials diverged or failed.")
    if any(axis.lost for axis in drawn):
        lines.append("× at the bottom: a trial that diverged or failed.")
    if len(found.axes) > MAX_PANELS:
        lines.append(f"{MAX_PANELS} of {len(found.axes)} axes are drawn.")
    return lines


def _panel(panel: Axes, axis: AxisEffect) -> None:
    name = fitting(axis.factor.name, 28)
    panel.set_title(name if axis.importance is None else f"{name}: {share_text(axis.importance)} of the variance")
    if axis.factor.is_range:
        _draw_range(panel, axis)
    else:
        _draw_levels(panel, axis.levels)


def _draw_levels(panel: Axes, levels: Sequence[Level]) -> None:
    _draw_means(panel, range(len(levels)), levels)
    panel.set_xlim(-0.6, len(levels) - 0.4)
    panel.grid(visible=False, axis="x")
    shown = _labelled(levels)
    labels = [_label(levels[place]) for place in shown]
    if not _turned(levels):
        panel.set_xticks(shown, labels)
    else:
        upright = len(labels) > _MOST_SLANTED
        panel.set_xticks(
            shown,
            [label.replace("\n", " ") for label in labels],
            rotation=90 if upright else 35,
            ha="center" if upright else "right",
            rotation_mode="default" if upright else "anchor",
        )
    for label, place in zip(panel.get_xticklabels(), shown, strict=True):
        if levels[place].n_diverged + levels[place].n_failed:
            label.set_color(VERMILLION)


def _draw_means(panel: Axes, x: Sequence[float], levels: Sequence[Level]) -> None:
    # An unknown error is no bar at all: one without length would say that there is no error.
    told = [
        (at, level.mean, math.nan if level.standard_error is None else level.standard_error)
        for at, level in zip(x, levels, strict=True)
        if level.mean is not None
    ]
    if told:
        at, means, errors = (list(column) for column in zip(*told, strict=True))
        marginals = [(place, level.marginal) for place, level in zip(x, levels, strict=True)]
        known = [(place, marginal) for place, marginal in marginals if marginal is not None]
        colour = QUIET if known else BLUE
        panel.errorbar(at, means, yerr=errors, fmt="o", markersize=4.5, color=colour, capsize=3, linewidth=1.2)
        if known:
            # Beside ranges, whose lines are marginals, too.
            panel.plot(*zip(*known, strict=True), "D", markersize=6, color=BLUE, zorder=3)


def _labelled(levels: Sequence[Level]) -> list[int]:
    """Return the places of the levels that have room for a label."""
    return list(range(0, len(levels), math.ceil(len(levels) / _MOST_LABELS)))


def _turned(levels: Sequence[Level]) -> bool:
    """Return whether the labels are too long to stand side by side; those of a range are not."""
    if any(level.end is not None for level in levels):
        return False
    labels = [_label(levels[place]) for place in _labelled(levels)]
    return sum(max(map(cell_len, label.split("\n"))) + 2 for label in labels) > _LABEL_CELLS


def _label(level: Level) -> str:
    text = fitting(cell_text(level.value), _LONGEST_LABEL)
    lost = level.n_diverged + level.n_failed
    return f"{text}\n×{lost}/{level.n_trials}" if lost else text


def _draw_range(panel: Axes, axis: AxisEffect) -> None:
    factor = axis.factor
    numbers, scores = [number for number, _ in axis.points], [score for _, score in axis.points]
    panel.scatter(numbers, scores, s=9, color=QUIET, alpha=0.55, linewidths=0)
    if axis.curve:
        x, mean, spread = (list(column) for column in zip(*axis.curve, strict=True))
        low = [middle - width for middle, width in zip(mean, spread, strict=True)]
        high = [middle + width for middle, width in zip(mean, spread, strict=True)]
        panel.fill_between(x, low, high, color=SKY, alpha=0.35, linewidth=0)
        panel.plot(x, mean, color=BLUE)
    else:
        _draw_means(panel, [_middle(axis, level) for level in axis.levels], axis.levels)
    if factor.log:
        margin = (factor.high / factor.low) ** 0.03
        log_ticks(panel, factor.low / margin, factor.high * margin)
    else:
        margin = 0.03 * (factor.high - factor.low)
        panel.set_xlim(factor.low - margin, factor.high + margin)
        panel.locator_params(axis="x", nbins=5)


def _middle(axis: AxisEffect, level: Level) -> float:
    assert isinstance(level.value, int | float)
    assert level.end is not None
    return math.sqrt(level.value * level.end) if axis.factor.log else (level.value + level.end) / 2


def _values(drawn: Iterable[AxisEffect]) -> list[float]:
    """Return every score that is drawn."""
    values = []
    for axis in drawn:
        values += [score for _, score in axis.points]
        values += [mean + sign * spread for _, mean, spread in axis.curve for sign in (-1, 1)]
        if not axis.curve:
            told = [(level.mean, level.standard_error or 0.0) for level in axis.levels if level.mean is not None]
            values += [mean + sign * error for mean, error in told for sign in (-1, 1)]
            values += [level.marginal for level in axis.levels if level.marginal is not None]
    return values


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the scale: of all values, unless a few are so far off that the rest would be a line."""
    low, high = min(values), max(values)
    if len(values) > _FAR:
        parts = statistics.quantiles(values, n=10)
        body = parts[-1] - parts[0]
        if body > 0:
            low, high = max(low, parts[0] - _FAR * body), min(high, parts[-1] + _FAR * body)
    margin = 0.06 * (high - low) or 0.01 * abs(high) or 0.01
    return low - margin, high + margin


def _outside(panel: Axes, axis: AxisEffect, low: float, high: float) -> None:
    """Mark trials beyond the scale at its end, and those without a score at the bottom."""
    below = [number for number, score in axis.points if score < low]
    above = [number for number, score in axis.points if score > high]
    for marker, end, x in (("v", low, below), ("^", high, above), ("x", low, axis.lost)):
        panel.scatter(x, [end] * len(x), s=16, marker=marker, color=VERMILLION, clip_on=False, linewidths=1, zorder=3)
