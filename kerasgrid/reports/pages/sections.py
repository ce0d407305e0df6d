"""The sections of a run's page below its trials: tables that not every run has, and how to use the model."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kerasgrid.reports.text.explained import MISSES_TITLE
from kerasgrid.reports.text.more_tables import more_tables
from kerasgrid.reports.text.usage import TITLE as USAGE_TITLE
from kerasgrid.reports.text.usage import usage_lines
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run


def sections_html(run: Run) -> str:
    """Return the sections that a run has; nothing where it has none."""
    # The samples that are predicted worst are a view.
    tables = [table for table in more_tables(run) if table.title != MISSES_TITLE]
    parts = [section_html(table.title, table.about, table.head, table.rows) for table in tables]
    if run.explained is not None and (usage := usage_lines(run)):
        code = escape("\n".join(usage))
        parts.append(f'<section class="trials plain"><h2>{USAGE_TITLE}</h2><pre tabindex="0">{code}</pre></section>\n')
    return "".join(parts)


def section_html(title: str, about: str, head: Sequence[str], rows: Rows) -> str:
    """Return a section with a table of texts, which are escaped; the title is not."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n{lines}</tbody></table>"
    # On a narrow window it scrolls, also by keyboard.
    scroll = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
    said = f'<p class="about">{escape(about)}</p>' if about else ""
    return f'<section class="trials plain"><h2>{title}</h2>{said}{scroll}{table}</div></section>\n'
