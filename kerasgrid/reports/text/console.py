"""What a run says on a terminal, and the same as plain text where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.fits.fit import FinalResult
from kerasgrid.insight.ranking import Trial, in_order, winner
from kerasgrid.reports.pictures.one_factor import change_rows, changes_of
from kerasgrid.reports.tables.columns import place, shown, varying_params
from kerasgrid.reports.text.ranges import range_lines
from kerasgrid.reports.text.sentences import (
    best_line,
    counts_line,
    diagnosis_lines,
    duration,
    final_line,
    notice,
    reasons,
    score_text,
    shrinkage_line,
    ties_line,
    title,
)
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from rich.console import Console

Rows = list[list[str]]

_TOP = 10


def print_run(
    console: Console, facts: Run, trials: Sequence[Trial], final: FinalResult | None, *, top: int = _TOP
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
    shown_trials = ranked[:top]
    if facts.is_ordered:
        # A list of trials tells a story: all of it, in its order.
        shown_trials = in_order(trials)
    if ranked:
        _line(console, "")
        _table(console, *trial_rows(shown_trials, varying_params(trials), facts.metric))
        if len(ranked) > len(shown_trials):
            _line(console, f"and {len(ranked) - len(shown_trials):,} more", style="dim")
    ill = diagnosis_lines(trials)
    for line in ["", *ill] if ill else []:
        _line(console, line)
    changes = changes_of(facts, trials)
    if changes:
        _line(console, "")
        _line(console, "What each value changed against the baseline, all else equal, ± standard error:")
        _table(console, *change_rows(changes, facts.metric))
    _line(console, "")
    _line(console, best_line(facts, trials), style="bold green" if ranked else "bold red")
    for line in (ties_line(facts, trials), shrinkage_line(facts, trials)):
        if line:
            _line(console, line)
    best = winner(trials)
    if best is not None:
        _table(
            console,
            ["parameter", "value"],
            [[name, shown(best.candidate[name])] for name in sorted(best.candidate, key=place)],
        )
    if final is not None:
        _line(console, final_line(facts, final), style="bold" if final.status == "ok" else "red")
    where_next = range_lines(facts, trials)
    for line in [""] * bool(where_next) + where_next:
        _line(console, line)


def print_effects(console: Console, facts: Run, trials: Sequence[Trial]) -> None:
    """Print what each axis does: its share of the variance, and the mean score at each of its values."""
    from kerasgrid.insight.effects import effects
    from kerasgrid.reports.text.effects_table import effects_tables, method_lines

    found = effects(trials, facts.blocks, facts.task)
    _line(console, f"{title(facts)}: what each axis does", style="bold")
    for line in method_lines(found):
        _line(console, line)
    for table in effects_tables(found, facts.metric):
        _line(console, "")
        _table(console, *table)


def trial_rows(trials: Sequence[Trial], names: Sequence[str], metric: str) -> tuple[list[str], Rows]:
    """Return the head and the rows of a table of trials: rank, name, score, time of a fit, the named parameters.

    Where some trials have more fits than others, their number stands behind the score.
    """
    labels = [label for label in ("name", "note") if any(getattr(trial, label) for trial in trials)]
    is_confirmed = len({len(trial.scores) for trial in trials}) > 1
    head = ["rank", *labels[:1], metric, *(["fits"] if is_confirmed else []), "time", *names, *labels[1:]]
    rows = []
    for trial in trials:
        values = [shown(trial.candidate[name]) if name in trial.candidate else "–" for name in names]
        time = "–" if trial.mean_seconds is None else duration(trial.mean_seconds)
        fits = [str(sum(score is not None for score in trial.scores))] if is_confirmed else []
        own = [getattr(trial, label) for label in labels]
        rows.append([str(trial.rank), *own[:1], score_text(trial), *fits, time, *values, *own[1:]])
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
