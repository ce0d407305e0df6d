"""``report.html``: a verdict, HiPlot's parallel coordinates, views and a table of our own; self-contained and safe.

HiPlot's own page is left aside: it puts values into a script and into HTML as they are, so a text among the
hyperparameters could run code; see :mod:`kerasgrid.reports.pages.page`. Its table is left aside, too: ours sorts
missing scores last, aligns numbers, and is a table to a screen reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasgrid.fits.metric import metric_named
from kerasgrid.reports.pages.glance import glance_html
from kerasgrid.reports.pages.page import JsonText, Picture, hiplot_bundle, page, pictures_html, resource
from kerasgrid.reports.pages.sections import sections_html
from kerasgrid.reports.tables.columns import Column, columns
from kerasgrid.reports.tables.trial_table import trial_table, uid
from kerasgrid.reports.tables.views import views
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.columns import score_name
from kerasgrid.run.run import Run

_COLORMAP = "interpolateViridis"

SCRIPTS = (
    "selection.js", "chart.js", "pointing.js", "pairs.js", "lanes.js", "outcome.js", "views.js", "table.js", "plot.js",
    "glance.js",
)  # fmt: skip
"""Our own scripts of the page, in the order in which they build on each other; HiPlot's comes before them."""

MAIN = """<p id="selection" hidden><span id="selected" role="status"></span>
<button type="button" id="give-up">Select all again</button></p>
<section id="plot" aria-label="Parallel coordinates"><noscript>The plot needs JavaScript.</noscript></section>
<section class="views-room" aria-labelledby="views-head" hidden>
<h2 id="views-head">Views</h2>
<p class="about">Drag over points, or click on one, to select trials here, in the plot and in the table.</p>
<p class="legend"><span><span class="best">◆</span>best</span><span><span class="tied">●</span>cannot be told from it
</span><span><span class="behind">○</span>behind</span><span><span class="behind">▽</span>beyond the axis</span></p>
<div class="views" id="views"></div>
</section>
<section class="trials" id="trials" aria-labelledby="trials-head">
<h2 id="trials-head">Trials</h2>
<p class="about" id="about" aria-live="polite"></p>
<div class="scroll"><table id="table"></table></div>
</section>
"""


def parallel_page(run: Run, *, pictures: Sequence[Picture] = (), links: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page: what was found, then the trials as lines, in views and as a table, best first.

    Args:
        run: The run.
        pictures: What stands below the table.
        links: Addresses beside the page and the words for them.
    """
    # One after the other: of many trials each of them takes much memory.
    content = {name: JsonText.of(make()) for name, make in _parts(run, with_effects=True).items()}
    # HiPlot's script is most of a page; where there is nothing to plot it can stay away.
    scripts = [*([hiplot_bundle()] if content["experiment"].text != "null" else []), *map(resource, SCRIPTS)]
    main = MAIN + sections_html(run) + pictures_html(pictures)
    return page(title(run), glance_html(run, links), main, content, scripts)


def page_content(run: Run, *, with_effects: bool = True) -> dict[str, Any]:
    """Return what the scripts of the page read: the plot (null if there is nothing to plot), its colours, the table.

    Args:
        run: The run.
        with_effects: See :func:`kerasgrid.reports.tables.views.views`.
    """
    return {name: make() for name, make in _parts(run, with_effects=with_effects).items()}


def _parts(run: Run, *, with_effects: bool) -> dict[str, Callable[[], Any]]:
    """Return what makes each part of it."""
    return {
        "experiment": lambda: experiment(run),
        "colormaps": lambda: colormaps(run.metric),
        "table": lambda: trial_table(run),
        "views": lambda: views(run, with_effects=with_effects),
    }


def colormaps(metric: str) -> dict[str, str]:
    """Return the colormaps of a dark and a light page: the best lines stand out, bright on dark and dark on light."""
    turned = not metric_named(metric).greater_is_better
    return {
        "dark": f"{_COLORMAP}#upper{',inverse' if turned else ''}",
        "light": f"{_COLORMAP}#lower{'' if turned else ',inverse'}",
    }


def experiment(run: Run) -> dict[str, Any] | None:
    """Return HiPlot's experiment as plain data; None if there is nothing to plot a score against.

    Missing values are left out, since HiPlot draws them above the best score and mis-sorts its table with them.
    """
    table = columns(run)
    score = score_name(run.metric)
    drawn = [column.name for column in table if column.axis and column.varies]
    # With nothing to draw but the score HiPlot shows an error instead of the page.
    if score not in drawn or len(drawn) == 1:
        return None
    import hiplot as hip

    points = [
        hip.Datapoint(
            {column.name: column.cells[row] for column in table if column.cells[row] is not None}, uid=uid(trial)
        )
        for row, trial in enumerate(run.trials)
    ]
    result = hip.Experiment(datapoints=points)
    for column in table:
        result.parameters_definition[column.name] = hip.ValueDef(value_type=hip.ValueType(column.kind))
    result.colorby = score
    result.enabledDisplays = [hip.Displays.PARALLEL_PLOT, hip.Displays.XY, hip.Displays.TABLE]
    result.display_data(hip.Displays.PARALLEL_PLOT).update(_plot(table, drawn, run.metric))
    xy = {
        "axis_x": _most_telling(table, [name for name in drawn if name != score]),
        "axis_y": score,
        "dots_thickness": 4.0,
        "height": 300,
    }
    result.display_data(hip.Displays.XY).update(xy)
    content: dict[str, Any] = result.validate()._asdict()
    return content


def _plot(table: Sequence[Column], drawn: Sequence[str], metric: str) -> dict[str, Any]:
    hidden = [column.name for column in table if column.name not in drawn]
    most = max(len(set(column.cells)) for column in table)
    return {
        # HiPlot draws its list from right to left.
        "order": list(reversed(drawn)),
        "hide": ["uid", "from_uid", *hidden],
        "invert": [] if metric_named(metric).greater_is_better else [score_name(metric)],
        # Above this number a categorical axis would vanish without a word.
        "categoricalMaximumValues": max(80, most),
    }


def _most_telling(table: Sequence[Column], drawn: Sequence[str]) -> str:
    """Return the axis to plot the score against at first: a wide one, else another number, of the parameters if any."""
    params = [column for column in table if column.name in drawn and column.is_param]
    wide = [column.name for column in params if column.kind == "numericlog"]
    numbers = [column.name for column in params if column.kind != "categorical"]
    return [*drawn, *(column.name for column in params), *numbers, *wide][-1]
