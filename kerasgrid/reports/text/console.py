"""What a run says on a terminal, and the same as plain text where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import in_order
from kerasgrid.reports.tables.changes import change_rows, changes_of
from kerasgrid.reports.text.baselines import TITLE, baseline_rows
from kerasgrid.reports.text.explained import COLUMNS_ABOUT, COLUMNS_TITLE, column_rows
from kerasgrid.reports.text.ranges import range_lines
from kerasgrid.reports.text.sentences import (
    best_line,
    counts_line,
    diagnosis_lines,
    final_line,
    more_lines,
    notice,
    reasons,
    title,
)
from kerasgrid.run.parameters import place
from kerasgrid.run.rows import Rows, trial_rows
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from rich.console import Console

    from kerasgrid.run.compared import RunsCompared

_TOP = 10


def print_run(console: Console, run: Run, *, top: int = _TOP) -> None:
    """Print the best trials, the winner's parameters, its test result, and what went wrong.

    Names and values are printed as they are, never as rich's markup; control characters are replaced. Off a terminal
    the output is plain text whose lines are never wrapped, so that programs can read it.
    """
    _line(console, title(run), style="bold")
    if notice(run):
        _line(console, notice(run), style="yellow")
    _line(console, counts_line(run))
    for reason in reasons(run.trials):
        _line(console, reason, style="red")
    _print_trials(console, run, top)
    _lines(console, diagnosis_lines(run.trials))
    changes = changes_of(run)
    if changes:
        _lines(console, ["What each value changed against the baseline, all else equal, ± standard error:"])
        _table(console, *change_rows(changes, run.metric))
    if run.baselines:
        _lines(console, [f"{TITLE}:"])
        _table(console, *baseline_rows(run))
    if (columns := column_rows(run))[1]:
        _lines(console, [f"{COLUMNS_TITLE}: {COLUMNS_ABOUT[0].lower()}{COLUMNS_ABOUT[1:]}:"])
        _table(console, *columns)
    _print_winner(console, run)
    _lines(console, range_lines(run))


def print_effects(console: Console, run: Run) -> None:
    """Print what each axis does: its share of the variance, and the mean score at each of its values."""
    from kerasgrid.reports.text.effects_table import effects_tables, method_lines

    found = run.effects()
    _line(console, f"{title(run)}: what each axis does", style="bold")
    for line in method_lines(found):
        _line(console, line)
    for table in effects_tables(found, run.metric):
        _line(console, "")
        _table(console, *table)


def print_comparison(console: Console, found: RunsCompared) -> None:
    """Print runs side by side, and whether they can be told apart."""
    from kerasgrid.reports.text import compared

    _line(console, compared.title(found), style="bold")
    _line(console, compared.verdict(found), style="bold green")
    for table in compared.tables(found):
        _lines(console, [f"{table.title}:"])
        _table(console, table.head, table.rows)


def _print_trials(console: Console, run: Run, top: int) -> None:
    ranked = [trial for trial in run.trials if trial.mean is not None]
    if not ranked:
        return
    # Trials that tell a story: all of it, in its order.
    shown = in_order(run.trials) if run.is_ordered else ranked[:top]
    _line(console, "")
    _table(console, *trial_rows(run, shown, "terminal"))
    if len(ranked) > len(shown):
        _line(console, f"and {len(ranked) - len(shown):,} more", style="dim")


def _print_winner(console: Console, run: Run) -> None:
    best = run.best
    _line(console, "")
    _line(console, best_line(run), style="bold red" if best is None else "bold green")
    for line in more_lines(run):
        _line(console, line)
    if best is not None:
        params = [[name, value_text(best.candidate[name])] for name in sorted(best.candidate, key=place)]
        _table(console, ["parameter", "value"], params)
    if run.final is not None:
        _line(console, final_line(run, run.final), style="bold" if run.final.status == "ok" else "red")


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


def _lines(console: Console, lines: Sequence[str]) -> None:
    """Print these lines below an empty one; nothing without any."""
    for line in ["", *lines] if lines else []:
        _line(console, line)


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(_printable(text), style=style), soft_wrap=not console.is_terminal)


def _printable(text: str) -> str:
    """Return the text without control characters, which could move the cursor or rename the window."""
    return "".join(character if character.isprintable() else "�" for character in text)
