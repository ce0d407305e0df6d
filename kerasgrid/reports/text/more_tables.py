"""The tables of a run below its trials, which page and summary show alike: one more is one entry here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title.

    Attributes:
        title: Above it.
        about: A sentence below the title; may be empty.
        head: Names of the columns.
        rows: Of text.
    """

    title: str
    about: str
    head: Sequence[str]
    rows: Rows


def more_tables(run: Run) -> list[Table]:
    """Return those that the run has, in the order in which they are shown."""
    baselines = baseline_rows(run) if run.baselines else ([], [])
    tables = (
        Table(BASELINES_TITLE, "", *baselines),
        Table(COLUMNS_TITLE, f"{COLUMNS_ABOUT}.", *column_rows(run)),
        Table(MISSES_TITLE, f"{MISSES_ABOUT}.", *miss_rows(run)),
    )
    return [table for table in tables if table.rows]
