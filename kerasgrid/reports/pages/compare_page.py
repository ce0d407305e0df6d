"""The page of runs side by side: a verdict, tables, best-so-far lines, and all trials on the axes that runs share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.reports.pages.page import hiplot_bundle, page, resource
from kerasgrid.reports.pages.parallel import colormaps
from kerasgrid.reports.pages.sections import section_html
from kerasgrid.reports.tables.columns import Column, columns, free_name, safe
from kerasgrid.reports.tables.trial_table import uid
from kerasgrid.reports.tables.views import tried_places
from kerasgrid.reports.text.compared import Table, tables, title, verdict
from kerasgrid.run.columns import score_name
from kerasgrid.run.compared import RunsCompared
from kerasgrid.run.run import Run

_PLOT = '<section id="plot" aria-label="Parallel coordinates"><noscript>The plot needs JavaScript.</noscript></section>'
_LINES = """<section class="views-room" aria-labelledby="lines-head"><h2 id="lines-head">The best so far</h2>
<p class="legend" id="legend"></p><div class="views" id="lines"></div></section>
"""
_MOST_POINTS = 2000
"""Trials of a run that the plot shows, the best ones."""


def compare_page(found: RunsCompared) -> str:
    """Return the page."""
    first, *rest = tables(found)
    header = f'<h1>{escape(title(found))}</h1><p class="verdict">{escape(verdict(found))}</p>'
    experiment = _experiment(found)
    data = {
        "experiment": experiment,
        "colormaps": colormaps(found.metric),
        "table": None,
        "lines": [_lines(run, name) for run, name in zip(found.runs, found.names, strict=True)],
        "score": score_name(found.metric),
    }
    names = ("selection.js", "chart.js", "compare.js", "plot.js")
    scripts = [*([hiplot_bundle()] if experiment else []), *map(resource, names)]
    main = _section(first) + _LINES + _PLOT + "".join(map(_section, rest))
    return page(title(found), header, main, data, scripts)


def _section(table: Table) -> str:
    return section_html(table.title, "", table.head, table.rows)


def _lines(run: Run, name: str) -> dict[str, Any]:
    """Return the best score after each trial of a run, by the number of trials and by the seconds of training."""
    places = tried_places(run)
    able = [trial for trial in run.trials if trial.mean is not None and trial.dropped is None]
    seconds: dict[Candidate, float] = {}
    for result in run.results:
        seconds[result.fit.candidate] = seconds.get(result.fit.candidate, 0.0) + result.seconds
    ended, spent = {}, 0.0
    for candidate in sorted(places, key=lambda one: places[one]):
        spent += seconds.get(candidate, 0.0)
        ended[candidate] = spent
    by_trials: list[list[float]] = []
    by_seconds: list[list[float]] = []
    for trial in sorted(able, key=lambda one: places.get(one.candidate, 0)):
        assert trial.mean is not None
        best = trial.mean if not by_trials else run.scale.best([by_trials[-1][1], trial.mean])
        by_trials.append([places.get(trial.candidate, 0), best])
        by_seconds.append([round(ended.get(trial.candidate, 0.0), 3), best])
    return {"name": name, "trials": by_trials, "seconds": by_seconds}


def _experiment(found: RunsCompared) -> dict[str, Any] | None:
    """Return HiPlot's experiment of all trials on the axes that every run has; None without any."""
    own = [{column.name: column for column in columns(run) if column.axis} for run in found.runs]
    score = score_name(found.metric)
    shared = [name for name in own[0] if all(name in others for others in own[1:])]
    varying = [name for name in shared if len({cell for one in own for cell in one[name].cells} - {None}) > 1]
    if score not in varying or len(varying) == 1:
        return None
    import hiplot as hip

    run_axis = free_name("run", varying)
    kinds = {name: _kind([one[name] for one in own]) for name in varying}
    points = []
    for number, (run, title_of, axes) in enumerate(zip(found.runs, found.names, own, strict=True)):
        for row, trial in enumerate(run.trials[:_MOST_POINTS]):
            cells: dict[str, Any] = {
                name: str(cell) if kinds[name] == "categorical" else cell
                for name in varying
                if (cell := axes[name].cells[row]) is not None
            }
            points.append(hip.Datapoint({run_axis: safe(title_of), **cells}, uid=f"{number}{uid(trial)}"))
    result = hip.Experiment(datapoints=points)
    for name, kind in {run_axis: "categorical", **kinds}.items():
        result.parameters_definition[name] = hip.ValueDef(value_type=hip.ValueType(kind))
    result.colorby = score
    result.enabledDisplays = [hip.Displays.PARALLEL_PLOT]
    plot: Mapping[str, Any] = {
        "order": list(reversed([run_axis, *varying])),
        "hide": ["uid", "from_uid"],
        "invert": [] if found.runs[0].scale.greater_is_better else [score],
        "categoricalMaximumValues": max(80, *(len(set(one[name].cells)) for one in own for name in varying)),
    }
    result.display_data(hip.Displays.PARALLEL_PLOT).update(plot)
    content: dict[str, Any] = result.validate()._asdict()
    return content


def _kind(shared: Sequence[Column]) -> str:
    kinds = {column.kind for column in shared}
    if len(kinds) == 1:
        return next(iter(kinds))
    return "categorical" if "categorical" in kinds else "numeric"
