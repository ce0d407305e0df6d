"""``curves.png``: the learning curves of the best trials, a panel each, all on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.curves import Line, TrialCurves, learning_curves
from kerasgrid.reports.pictures.curves_legend import legend_of
from kerasgrid.reports.pictures.figure import (
    BLUE,
    LARGE,
    QUIET,
    SMALL,
    VERMILLION,
    fitting,
    new_figure,
    png,
    style,
)
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.columns import score_text
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOP = 20
"""How many trials have a panel."""

_COLUMNS = 5
_TEXT = 7.0
_LINE = _TEXT * 1.35 / 72
_PANEL = (2.45, 1.5)
_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 0.72, 0.15, 0.64, 0.42, 0.16
_CELLS = 44
_MOST_LINES = 4
_LOG_SPAN = 100


def picture(run: Run) -> bytes | None:
    """Return the picture of the best trials that have a score, twenty at most; None without any."""
    best = learning_curves(run.trials, run.results, run.curve_metric, top=TOP)
    if not best:
        return None
    what = f"learning curves of the best {len(best)}" if len(best) > 1 else "learning curves"
    if run.curve_metric != run.metric:
        what += f" by {run.metric}"
    return curves_png(best, run.curve_metric, varying_params(run.trials), f"{title(run)}: {what}")


def curves_png(curves: Sequence[TrialCurves], metric: str, params: Sequence[str], heading: str) -> bytes:
    """Return the picture, with one panel for each trial.

    A panel shows the metric against the epoch: the mean over the fits of the held-out metric as a full line, that of
    the training as a dashed one, and each fit as a thin line of the same kind. All panels share both scales.

    Args:
        curves: Best first; not empty.
        metric: Whose curves they are.
        params: Names of the parameters to name in the titles of the panels.
        heading: One line above all.
    """
    with style():
        return png(draw_curves(curves, metric, params, heading))


def draw_curves(curves: Sequence[TrialCurves], metric: str, params: Sequence[str], heading: str) -> Figure:
    """Return the figure of :func:`curves_png`; call it inside :func:`kerasgrid.reports.pictures.figure.style`."""
    texts = [param_lines(one, params) for one in curves]
    n_columns = min(_COLUMNS, len(curves))
    n_rows = math.ceil(len(curves) / n_columns)
    heads = [(1 + max(map(len, texts[row * n_columns : (row + 1) * n_columns]))) * _LINE for row in range(n_rows)]
    # A figure of one panel must have room for its title.
    width = max(_LEFT + _RIGHT + n_columns * _PANEL[0] + (n_columns - 1) * _BETWEEN, 4.6)
    low, high = value_range(curves, metric)
    legend = legend_of(fits_text(curves), cut_off(curves, low, high), width - _LEFT - _RIGHT)
    above = _TOP + legend.more_height
    height = above + _BOTTOM + sum(heads) + n_rows * _PANEL[1] + (n_rows - 1) * _BETWEEN
    panel_width = (width - _LEFT - _RIGHT - (n_columns - 1) * _BETWEEN) / n_columns
    figure = new_figure(width, height, layout=None)
    n_epochs = max(len(one.held_out_mean) for one in curves)
    x_ticks: Sequence[float] = ()
    y_ticks: Sequence[float] = ()
    top = height - above
    for index, (one, lines) in enumerate(zip(curves, texts, strict=True)):
        row, column = divmod(index, n_columns)
        if column == 0:
            top -= heads[row]
        left = _LEFT + column * (panel_width + _BETWEEN)
        box = (left / width, (top - _PANEL[1]) / height, panel_width / width, _PANEL[1] / height)
        axes = figure.add_axes(box)
        _scale(axes, low, high, n_epochs, metric)
        if index == 0:
            x_ticks, y_ticks = axes.get_xticks().tolist(), axes.get_yticks().tolist()
        _grid(axes, None if index + n_columns >= len(curves) else x_ticks, None if column == 0 else y_ticks)
        _draw_panel(axes, one)
        if not any(low <= value <= high for value in (*one.held_out_mean, *one.train_mean)):
            axes.text(0.5, 0.5, "off the scale", transform=axes.transAxes, ha="center", fontsize=_TEXT, color=QUIET)
        axes.text(0, 1 + 0.06 / _PANEL[1], "\n".join(lines), transform=axes.transAxes, fontsize=_TEXT, color="#333333",
                  va="bottom", linespacing=1.25)  # fmt: skip
        head = f"#{one.trial.rank}  {score_text(one.trial)}"
        head_at = 1 + (0.06 + len(lines) * _LINE) / _PANEL[1]
        axes.text(0, head_at, head, transform=axes.transAxes, fontsize=_TEXT + 1, fontweight="bold", va="bottom")
        if column == n_columns - 1:
            top -= _PANEL[1] + _BETWEEN
    figure.text(_LEFT / width, 1 - 0.12 / height, fitting(heading, int(width * 11)), fontsize=LARGE, va="top")
    figure.text((_LEFT + width - _RIGHT) / 2 / width, 0.1 / height, "epoch", ha="center", fontsize=SMALL)
    figure.text(0.12 / width, 0.5, metric_named(metric).label, rotation=90, va="center", fontsize=SMALL)
    legend.draw(figure, _LEFT, _RIGHT)
    return figure


def param_lines(curves: TrialCurves, params: Sequence[str]) -> list[str]:
    """Return the parameters of a trial as a few short lines, the last ending in a dot-dot-dot if there are more."""
    candidate = curves.trial.candidate
    lines: list[str] = []
    for name in params:
        if name not in candidate:
            continue
        value = candidate[name]
        text = fitting(f"{name} {f'{value:.3g}' if isinstance(value, float) else value_text(value)}", _CELLS)
        if lines and len(lines[-1]) + len(text) + 2 <= _CELLS:
            lines[-1] += f", {text}"
        elif len(lines) == _MOST_LINES:
            lines[-1] = fitting(lines[-1], _CELLS - 2) + " …"
            break
        else:
            lines.append(text)
    return lines


def value_range(curves: Sequence[TrialCurves], metric: str) -> tuple[float, float]:
    """Return the ends of the common scale of the metric: its finite values, with a little room.

    First epochs, and trials that all but diverged, can be so far off that the rest would be one flat line. So the bad
    end leaves the worst tenth of the values out if that makes the scale shorter by half or more, and the worse half of
    the trials if that makes it shorter by nine tenths or more.
    """
    low, high = _ends(curves, metric)
    better = curves[: (len(curves) + 1) // 2]
    narrow = _ends(better, metric)
    if high - low >= 10 * (narrow[1] - narrow[0]) > 0:
        low, high = narrow
    if is_log(low, high, metric):
        return low / 1.3, high * 1.3
    room = 0.04 * (high - low) or 0.02 * abs(high) or 0.02
    least, most = metric_named(metric).low, metric_named(metric).high
    if least is None or most is None:
        return low - room, high + room
    beyond = 0.02 * (most - least)
    return max(low - room, least - beyond), min(high + room, most + beyond)


def _ends(curves: Sequence[TrialCurves], metric: str) -> tuple[float, float]:
    values = sorted(
        value for one in curves for line in (*one.train, *one.held_out) for value in line if math.isfinite(value)
    )
    low, high = values[0], values[-1]
    tenth = len(values) // 10
    if metric_named(metric).greater_is_better:
        low = values[tenth] if high - low >= 2 * (high - values[tenth]) > 0 else low
    else:
        high = values[-1 - tenth] if high - low >= 2 * (values[-1 - tenth] - low) > 0 else high
    return low, high


def fits_text(curves: Sequence[TrialCurves]) -> str:
    """Return ``3 fits``, or ``3 to 18 fits`` where some trials were confirmed; nothing if all have a single one."""
    fewest, most = min(len(one.held_out) for one in curves), max(len(one.held_out) for one in curves)
    if most < 2:
        return ""
    return counted(most, "fit") if fewest == most else f"{fewest:,} to {counted(most, 'fit')}"


def cut_off(curves: Sequence[TrialCurves], low: float, high: float) -> str:
    """Return what the scale leaves out of the picture, in words; nothing if it shows every value."""
    values = [value for one in curves for line in (*one.train, *one.held_out) for value in line]
    words = [f"below {low:.3g}"] if any(value < low for value in values) else []
    words += [f"above {high:.3g}"] if any(value > high for value in values) else []
    return f"not shown: epochs {' and '.join(words)}" if words else ""


def is_log(low: float, high: float, metric: str) -> bool:
    """Return whether values of this range need a logarithmic scale: errors over two decades or more."""
    return not metric_named(metric).greater_is_better and low > 0 and high >= _LOG_SPAN * low


def _draw_panel(axes: Axes, curves: TrialCurves) -> None:
    kinds: list[tuple[Sequence[Line], Line, dict[str, Any]]] = [
        (curves.train, curves.train_mean, {"color": BLUE, "linestyle": (0, (4, 2))}),
        (curves.held_out, curves.held_out_mean, {"color": VERMILLION, "linestyle": "-"}),
    ]
    for lines, mean, look in kinds:
        if len(lines) > 1:
            for line in lines:
                _draw_line(axes, line, {**look, "linewidth": 0.6, "alpha": 0.45}, size=2)
        _draw_line(axes, mean, {**look, "linewidth": 1.6}, size=4)


def _draw_line(axes: Axes, line: Line, look: dict[str, Any], size: float) -> None:
    # A single epoch is a point.
    marker: dict[str, Any] = {"marker": "o", "markersize": size} if len(line) == 1 else {}
    axes.plot(range(1, len(line) + 1), line, **look, **marker)


def _scale(axes: Axes, low: float, high: float, n_epochs: int, metric: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    if is_log(low, high, metric):
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axes.set_ylim(low, high)
    room = max(0.5 if n_epochs == 1 else 0.0, 0.02 * (n_epochs - 1))
    axes.set_xlim(1 - room, n_epochs + room)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _grid(axes: Axes, x: Sequence[float] | None, y: Sequence[float] | None) -> None:
    """Draw grid lines at ``x`` and ``y`` in place of ticks: these would take most of the time of a panel."""
    from matplotlib import rcParams

    look: dict[str, Any] = {"colors": rcParams["grid.color"], "linewidth": rcParams["grid.linewidth"], "zorder": 0.5}
    axes.tick_params(length=2.5)
    if x is not None:
        axes.set_xticks([])
        axes.vlines(x, 0, 1, transform=axes.get_xaxis_transform(), **look)
    if y is not None:
        axes.set_yticks([])
        axes.set_yticks([], minor=True)
        axes.hlines(y, 0, 1, transform=axes.get_yaxis_transform(), **look)
