"""What a run says on a terminal, and the same as plain text where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.engine.fit import FinalResult
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.report.columns import place, shown, varying_params
from kerasgrid.report.sentences import (
    best_line,
    counts_line,
    duration,
    final_line,
    notice,
    reasons,
    score_text,
    title,
)

if TYPE_CHECKING:
    from rich.console import Console

Rows = list[list[str]]

_TOP = 10


def print_run(
    console: Console, facts: RunFacts, trials: Sequence[Trial], final: FinalResult | None, *, top: int = _TOP
) -> None:
    """Print the best trials, the winner's parameters, its test result, and what went wrong.

    Names and values are printed as they are, never as rich's markup; control characters are replaced. Off a terminal
    the output is plain text whose lines are never wrapped, so that programs can read it.
    """
    _line(console, title(facts), style="bold")
    if notice(facts):
        _line(console, notice(facts), style="yellow")
    _line(console, counts_line(facts, trials))
    for reason in reasons(trials):
        _line(console, reason, style="red")
    ranked = [trial for trial in trials if trial.mean is not None]
    if ranked:
        _line(console, "")
        _table(console, *trial_rows(ranked[:top], varying_params(trials), facts.metric))
        if len(ranked) > top:
            _line(console, f"and {len(ranked) - top:,} more", style="dim")
    _line(console, "")
    _line(console, best_line(facts, trials), style="bold green" if ranked else "bold red")
    best = winner(trials)
    if best is not None:
        _table(
            console,
            ["parameter", "value"],
            [[name, shown(best.candidate[name])] for name in sorted(best.candidate, key=place)],
        )
    if final is not None:
        _line(console, final_line(facts, final), style="bold" if final.status == "ok" else "red")


def trial_rows(trials: Sequence[Trial], names: Sequence[str], metric: str) -> tuple[list[str], Rows]:
    """Return the head and the rows of a table of trials: rank, score, time of a fit, the named parameters."""
    head = ["rank", metric, "time", *names]
    rows = []
    for trial in trials:
        values = [shown(trial.candidate[name]) if name in trial.candidate else "–" for name in names]
        time = "–" if trial.mean_seconds is None else duration(trial.mean_seconds)
        rows.append([str(trial.rank), score_text(trial), time, *values])
    return head, rows


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table with two blanks between columns, wide characters counted as two."""
    from rich.cells import cell_len

    lines = [head, *rows]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(head))]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _table(console: Console, head: Sequence[str], rows: Rows) -> None:
    head, rows = [_printable(cell) for cell in head], [[_printable(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for line in plain_table(head, rows):
            _line(console, line)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for cell in head:
        table.add_column(Text(cell), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(_printable(text), style=style), soft_wrap=not console.is_terminal)


def _printable(text: str) -> str:
    """Return the text without control characters, which could move the cursor or rename the window."""
    return "".join(character if character.isprintable() else "�" for character in text)
