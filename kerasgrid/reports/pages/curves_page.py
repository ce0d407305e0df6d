"""``curves.html``: parallel coordinates with the learning curves below; choosing trials in the one filters the other.

Every epoch of a curve is a point of HiPlot's that carries its trial's parameters and final score and is linked to the
epoch before, so that a choice along any axis keeps whole curves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.curves import MOST_EPOCHS, TrialCurves, epochs_shown, learning_curves
from kerasgrid.reports.pages.header import Header
from kerasgrid.reports.pages.page import hiplot_bundle, page, resource
from kerasgrid.reports.pages.parallel import colormaps
from kerasgrid.reports.pictures.curves import fits_text
from kerasgrid.reports.tables.columns import Cell, columns, free_name
from kerasgrid.reports.text.sentences import notice, title
from kerasgrid.run.columns import score_name
from kerasgrid.run.run import Run

MOST_POINTS = 12_000
"""Points that a page has at most; beyond it browsers become slow."""

_MAIN = '<section id="plot" aria-label="Learning curves"><noscript>The plot needs JavaScript.</noscript></section>'


def curves_page(run: Run) -> str | None:
    """Return the page, of all trials that have a score; None without any. It says so if it leaves some out."""
    curves = learning_curves(run.trials, run.results, run.curve_metric)
    if not curves:
        return None
    shown, step = thinned(curves)
    header = curves_header(run, shown, len(curves), step)
    data = {"experiment": curves_experiment(run, shown, step), "colormaps": colormaps(run.metric), "table": None}
    return page(header.title, header.to_html(), _MAIN, data, [hiplot_bundle(), resource("plot.js")])


def thinned(curves: Sequence[TrialCurves]) -> tuple[list[TrialCurves], int]:
    """Return the best trials, as many as fit on a page, and of how many epochs each shows one."""
    longest = max(len(one.held_out_mean) for one in curves)
    step = math.ceil(longest / MOST_EPOCHS)
    shown: list[TrialCurves] = []
    n_points = 0
    for one in curves:
        n_points += len(epochs_shown(len(one.held_out_mean), step))
        if n_points > MOST_POINTS and shown:
            break
        shown.append(one)
    return shown, step


def curves_header(run: Run, shown: Sequence[TrialCurves], n_trials: int, step: int) -> Header:
    """Return what stands above the plot: how to read it, and what it leaves out."""
    fits = fits_text(shown)
    mean = f", the mean of its {fits}" if fits else ""
    last = "the last one" if run.curve_metric == run.metric else f"its {run.metric}"
    lines = [
        (
            "plain",
            f"A line below is the held-out {run.curve_metric} of one trial at each epoch{mean}; its colour is {last}.",
        ),
        (
            "plain",
            "Drag along an axis to choose trials: the curves follow. HiPlot's own count is of points, one an epoch.",
        ),
    ]
    left_out = []
    if len(shown) < n_trials:
        left_out.append(f"the best {len(shown):,} of {n_trials:,} trials")
    if step > 1:
        left_out.append(f"one of every {step} epochs")
    if left_out:
        lines.append(("quiet", f"To stay quick the page shows {' and '.join(left_out)}."))
    return Header(f"{title(run)}: learning curves", notice(run), lines, [("report.html", "All trials")])


def curves_experiment(run: Run, curves: Sequence[TrialCurves], step: int) -> dict[str, Any]:
    """Return HiPlot's experiment as plain data, one point for each epoch shown of each trial."""
    import hiplot as hip

    table = columns(replace(run, trials=[one.trial for one in curves]))
    score = score_name(run.metric)
    drawn = [column.name for column in table if column.axis and column.varies]
    kept = [column for column in table if column.name in (*drawn, "rank", score)]
    names = {column.name for column in kept}
    epoch, value = (free_name(name, names) for name in ("epoch", f"epoch_{score_name(run.curve_metric)}"))
    points = []
    for row, one in enumerate(curves):
        fixed: dict[str, Cell] = {c.name: cell for c in kept if (cell := c.cells[row]) is not None}
        before = None
        for number, at in _epochs(one, step):
            uid = f"t{one.trial.rank}/e{number}"
            values = {**fixed, epoch: number, value: float(f"{at:.5g}")}
            points.append(hip.Datapoint(values, uid=uid, from_uid=before))
            before = uid
    result = hip.Experiment(datapoints=points)
    kinds = {**{column.name: column.kind for column in kept}, epoch: "numeric", value: "numeric"}
    for name, kind in kinds.items():
        result.parameters_definition[name] = hip.ValueDef(value_type=hip.ValueType(kind))
    result.colorby = score
    displays = [hip.Displays.XY]
    if len(drawn) > 1 and score in drawn:
        displays.insert(0, hip.Displays.PARALLEL_PLOT)
        result.display_data(hip.Displays.PARALLEL_PLOT).update(
            {
                # HiPlot draws its list from right to left.
                "order": list(reversed(drawn)),
                "hide": ["uid", "from_uid", epoch, value, *(c.name for c in kept if c.name not in drawn)],
                "invert": [] if metric_named(run.metric).greater_is_better else [score],
                "categoricalMaximumValues": max(80, *(len(set(column.cells)) for column in kept)),
            }
        )
    result.enabledDisplays = displays
    result.display_data(hip.Displays.XY).update(
        {
            "axis_x": epoch,
            "axis_y": value,
            "dots_thickness": 0.0 if len(points) > len(curves) else 4.0,
            "lines_thickness": 1.2,
            "lines_opacity": 0.8,
            "height": 420,
        }
    )
    content: dict[str, Any] = result.validate()._asdict()
    return content


def _epochs(one: TrialCurves, step: int) -> list[tuple[int, float]]:
    """Return the epochs that are shown of a trial and its mean held-out metric there, where that is finite."""
    line = one.held_out_mean
    return [(number, line[number - 1]) for number in epochs_shown(len(line), step) if math.isfinite(line[number - 1])]
