"""``report.html``: HiPlot's parallel coordinates in a page of our own, self-contained and safe to open.

HiPlot's own page is left aside: it puts values into a script and into HTML as they are, so a text among the
hyperparameters could run code. Ours holds the data as JSON that no script parses as code, and a Content-Security-Policy
lets only the two known scripts run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

from kerasgrid.engine.fit import GREATER_IS_BETTER, FinalResult
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial
from kerasgrid.report.columns import Column, columns, score_name
from kerasgrid.report.sentences import heading, notice, title

_COLORMAP = "interpolateViridis"
_INVERSE = f"{_COLORMAP}#inverse"
_INVERSE_BUG = "return e(-t)"
_INVERSE_MENDED = "return e(1-t)"


def parallel_page(facts: RunFacts, trials: Sequence[Trial], final: FinalResult | None) -> str:
    """Return the page: what was searched and found, then the trials as lines and as a table, best first."""
    # Importing hiplot to find a file of it costs 60 ms, which no other command should pay.
    bundle = resources.files("hiplot").joinpath("static/built/hiplot.bundle.js").read_text(encoding="utf-8")
    # HiPlot 0.1.33 turns a colormap over by looking left of its beginning, where all colours are the same.
    bundle = bundle.replace(_INVERSE_BUG, _INVERSE_MENDED)
    here = resources.files("kerasgrid.report")
    start = here.joinpath("parallel.js").read_text(encoding="utf-8")
    template = Template(here.joinpath("parallel.html").read_text(encoding="utf-8"))
    lines = [f'<p class="notice">{escape(notice(facts))}</p>'] if notice(facts) else []
    lines += [f'<p class="{kind}">{escape(text)}</p>' for kind, text in heading(facts, trials, final)]
    # The best lines are the ones that stand out from the background: bright on dark, dark on light.
    colormaps = [_COLORMAP, _INVERSE] if GREATER_IS_BETTER[facts.metric] else [_INVERSE, _COLORMAP]
    content = {
        "experiment": experiment(facts, trials) if trials else None,
        "colormaps": dict(zip(("dark", "light"), colormaps, strict=True)),
    }
    data = json.dumps(content, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return template.substitute(
        title=escape(title(facts)),
        facts="\n".join(lines),
        script_hashes=f"{_source_hash(bundle)} {_source_hash(start)}",
        data=data,
        bundle=bundle,
        start=start,
    )


def experiment(facts: RunFacts, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return HiPlot's experiment as plain data.

    Missing values are left out, since HiPlot draws them above the best score and mis-sorts its table with them.
    """
    import hiplot as hip

    table = columns(trials, facts.metric, facts.log_axes)
    width = max(3, len(str(len(trials))))
    points = [
        hip.Datapoint(
            {column.name: column.cells[row] for column in table if column.cells[row] is not None},
            uid=f"t{trial.rank:0{width}d}",
        )
        for row, trial in enumerate(trials)
    ]
    score = score_name(facts.metric)
    result = hip.Experiment(datapoints=points)
    for column in table:
        result.parameters_definition[column.name] = hip.ValueDef(value_type=hip.ValueType(column.kind))
    drawn = [column.name for column in table if column.axis and column.varies]
    # With nothing to draw but the score HiPlot shows an error instead of the page.
    if score in drawn and len(drawn) > 1:
        result.colorby = score
        result.enabledDisplays = [hip.Displays.PARALLEL_PLOT, hip.Displays.XY, hip.Displays.TABLE]
        result.display_data(hip.Displays.PARALLEL_PLOT).update(_plot(table, drawn, facts.metric))
        wide = [column.name for column in table if column.name in drawn[:-1] and column.kind == "numericlog"]
        result.display_data(hip.Displays.XY).update({"axis_x": wide[-1] if wide else drawn[-2], "axis_y": score})
    else:
        result.enabledDisplays = [hip.Displays.TABLE]
    result.display_data(hip.Displays.TABLE).update(
        {
            "hide": ["uid", "from_uid"],
            "order": [column.name for column in table],
            "order_by": [["rank", "asc"]],
        }
    )
    content: dict[str, Any] = result.validate()._asdict()
    return content


def _plot(table: Sequence[Column], drawn: Sequence[str], metric: str) -> dict[str, Any]:
    hidden = [column.name for column in table if column.name not in drawn]
    most = max(len(set(column.cells)) for column in table)
    return {
        # HiPlot draws its list from right to left.
        "order": list(reversed(drawn)),
        "hide": ["uid", "from_uid", *hidden],
        "invert": [] if GREATER_IS_BETTER[metric] else [score_name(metric)],
        # Above this number a categorical axis would vanish without a word.
        "categoricalMaximumValues": max(80, most),
    }


def _source_hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
