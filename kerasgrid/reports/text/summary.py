"""``summary.md``: what a run found, as a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kerasgrid.fits.fit import FinalResult
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.reports.tables.columns import place, shown, varying_params
from kerasgrid.reports.text.console import trial_rows
from kerasgrid.reports.text.sentences import (
    best_line,
    counts_line,
    diagnosis_lines,
    final_line,
    notice,
    reasons,
    shrinkage_line,
    ties_line,
    title,
)
from kerasgrid.run.run import Run

_TOP = 10


def summary_text(facts: Run, trials: Sequence[Trial], final: FinalResult | None) -> str:
    """Return the page: the winner and what is sure of it, its parameters, the best trials, what was the matter.

    Args:
        facts: The run.
        trials: Best first.
        final: The refitted winner, if there is one.
    """
    best = winner(trials)
    lines = [f"# {escaped(title(facts))}", ""]
    if notice(facts):
        lines += [f"**{escaped(notice(facts))}**", ""]
    lines += [f"**{escaped(best_line(facts, trials))}**", ""]
    for text in (ties_line(facts, trials), shrinkage_line(facts, trials)):
        lines += [escaped(text), ""] if text else []
    if final is not None:
        lines += [escaped(final_line(facts, final)), ""]
    if best is not None:
        lines += ["## The best parameters", ""]
        names = sorted(best.candidate, key=place)
        lines += [*_table(["parameter", "value"], [[name, shown(best.candidate[name])] for name in names]), ""]
    ranked = [trial for trial in trials if trial.mean is not None]
    if len(ranked) > 1:
        lines += ["## The best trials", ""]
        lines += [*_table(*trial_rows(ranked[:_TOP], varying_params(trials), facts.metric)), ""]
        lines += [f"and {len(ranked) - _TOP:,} more", ""] if len(ranked) > _TOP else []
    matters = [*reasons(trials), *diagnosis_lines(trials)]
    if matters:
        lines += ["## What was the matter", "", *(f"- {escaped(text)}" for text in matters), ""]
    made = [facts.created, f"seed {facts.seed}", *(f"{name} {version}" for name, version in facts.versions.items())]
    lines += ["---", "", escaped(counts_line(facts, trials)), "", escaped(" · ".join(made))]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a line of plain text as Markdown that shows it as it is: no markup, no HTML, no line breaks."""
    # An underscore within a word, as in the names of parameters, is no markup.
    return re.sub(r"([\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head), is_text=False), *(_row(row) for row in rows)]


def _row(cells: Sequence[str], *, is_text: bool = True) -> str:
    return "| " + " | ".join(escaped(cell) if is_text else cell for cell in cells) + " |"
