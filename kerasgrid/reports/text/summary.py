"""``summary.md``: what a run found, as a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.reports.text.more_tables import more_tables
from kerasgrid.reports.text.sentences import (
    best_line,
    counts_line,
    device_words,
    diagnosis_lines,
    final_line,
    more_lines,
    notice,
    reasons,
    title,
)
from kerasgrid.reports.text.usage import TITLE as USAGE
from kerasgrid.reports.text.usage import usage_lines
from kerasgrid.run.parameters import place
from kerasgrid.run.rows import trial_rows
from kerasgrid.run.run import Run

_TOP = 10


def summary_text(run: Run) -> str:
    """Return the page: the winner and what is sure of it, its parameters, the best trials, what was the matter."""
    lines = [f"# {escaped(title(run))}", ""]
    if notice(run):
        lines += [f"**{escaped(notice(run))}**", ""]
    lines += [f"**{escaped(best_line(run))}**", ""]
    for text in more_lines(run):
        lines += [escaped(text), ""]
    if run.final is not None:
        lines += [escaped(final_line(run, run.final)), ""]
    best = run.best
    if best is not None:
        params = [[name, value_text(best.candidate[name])] for name in sorted(best.candidate, key=place)]
        lines += ["## The best parameters", "", *_table(["parameter", "value"], params), ""]
    ranked = [trial for trial in run.trials if trial.mean is not None]
    if len(ranked) > 1:
        lines += ["## The best trials", "", *_table(*trial_rows(run, ranked[:_TOP], "markdown")), ""]
        lines += [f"and {len(ranked) - _TOP:,} more", ""] if len(ranked) > _TOP else []
    for table in more_tables(run):
        about = [table.about, ""] if table.about else []
        lines += [f"## {table.title}", "", *about, *_table(table.head, table.rows), ""]
    if run.explained is not None and (usage := usage_lines(run)):
        lines += [f"## {USAGE}", "", *(f"    {line}".rstrip() for line in usage), ""]
    matters = [*reasons(run.trials), *diagnosis_lines(run.trials)]
    if matters:
        lines += ["## What was the matter", "", *(f"- {escaped(text)}" for text in matters), ""]
    made = [run.created, f"seed {run.seed}", *device_words(run)]
    made += [f"{name} {version}" for name, version in run.versions.items()]
    lines += ["---", "", escaped(counts_line(run)), "", escaped(" · ".join(made))]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a line of plain text as Markdown that shows it as it is: no markup, no HTML, no line breaks."""
    # An underscore within a word, as in the names of parameters, is no markup.
    return re.sub(r"([\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head), is_text=False), *(_row(row) for row in rows)]


def _row(cells: Sequence[str], *, is_text: bool = True) -> str:
    return "| " + " | ".join(escaped(cell) if is_text else cell for cell in cells) + " |"
