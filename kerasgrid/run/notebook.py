"""A run as a notebook shows it: the best score, what cannot be told from it, the best trials, a link to its page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kerasgrid.run.columns import score_text
from kerasgrid.run.rows import trial_rows
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    from kerasgrid.run.run import Run

PAGE = "report.html"

_TOP = 10


def run_html(run: Run) -> str:
    """Return a few lines and a table, as HTML without styles and scripts; every text of the run is escaped."""
    lines = [f"<p><b>{escape(run.name)}</b>: {escape(_best(run))}</p>"]
    if _ties(run):
        lines.append(f"<p>{escape(_ties(run))}</p>")
    if run.trials:
        lines.append(_table(run))
    if len(run.trials) > _TOP:
        lines.append(f"<p>and {len(run.trials) - _TOP:,} more</p>")
    page = None if run.folder is None else run.folder / PAGE
    if page is not None and page.is_file():
        lines.append(f'<p><a href="{escape(page.as_posix())}">{PAGE}</a></p>')
    return "\n".join(lines)


def _best(run: Run) -> str:
    if run.best is None:
        return f"{counted(len(run.trials), 'trial')}, none of which has a score"
    done = "" if run.complete else f", {run.n_fits_done:,} of {counted(run.n_fits_asked, 'fit')}"
    return f"best {run.metric} {score_text(run.best)} of {counted(len(run.trials), 'trial')}{done}"


def _ties(run: Run) -> str:
    ties = run.tie_set
    if ties.reason is not None:
        return f"Too few fits to tell which trial is best: {ties.reason}."
    if ties.n_compared < 2:
        return ""
    others = len(ties.trials) - 1
    if others == 0:
        return "The best trial is better than all others, with 95% confidence."
    cheapest = "" if ties.cheapest is None else f"; the cheapest of these is rank {ties.cheapest.rank}"
    return f"{counted(others, 'trial')} cannot be told from the best, with 95% confidence{cheapest}."


def _table(run: Run) -> str:
    head, rows = trial_rows(run, run.trials[:_TOP], "terminal")
    return "\n".join(["<table>", _row("th", head), *(_row("td", row) for row in rows), "</table>"])


def _row(tag: str, cells: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
