"""The sections of a run's page below its trials: tables that not every run has, and how to use the model."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kerasgrid.reports.text.baselines import TITLE as BASELINES_TITLE
from kerasgrid.reports.text.baselines import baseline_rows
from kerasgrid.reports.text.explained import (
    COLUMNS_ABOUT,
    COLUMNS_TITLE,
    MISSES_ABOUT,
    MISSES_TITLE,
    column_rows,
    miss_rows,
)
from kerasgrid.reports.text.usage import TITLE as USAGE_TITLE
from kerasgrid.reports.text.usage import usage_lines
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run


def sections_html(run: Run) -> str:
    """Return the sections that a run has; nothing where it has none."""
    parts = []
    if run.baselines:
        parts.append(_section(BASELINES_TITLE, "", *baseline_rows(run)))
    for title, about, (head, rows) in (
        (COLUMNS_TITLE, COLUMNS_ABOUT, column_rows(run)),
        (MISSES_TITLE, MISSES_ABOUT, miss_rows(run)),
    ):
        if rows:
            parts.append(_section(title, f"{about}.", head, rows))
    if run.explained is not None and (usage := usage_lines(run)):
        code = escape("\n".join(usage))
        parts.append(f'<section class="trials plain"><h2>{USAGE_TITLE}</h2><pre>{code}</pre></section>\n')
    return "".join(parts)


def _section(title: str, about: str, head: Sequence[str], rows: Rows) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n{lines}</tbody></table>"
    said = f'<p class="about">{escape(about)}</p>' if about else ""
    return f'<section class="trials plain"><h2>{title}</h2>{said}<div class="scroll">{table}</div></section>\n'
