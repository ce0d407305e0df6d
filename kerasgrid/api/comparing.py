"""Runs held against each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.opening import open_run

if TYPE_CHECKING:
    from kerasgrid.run.compared import RunsCompared
    from kerasgrid.run.run import Run

PAGE = "compare.html"


def compare(runs: Sequence[Run | str | os.PathLike[str]]) -> RunsCompared:
    """Return runs side by side, and whether their best trials can be told apart.

    On the same data and folds all trials of all runs are compared together; on other folds of the same data the
    comparison is not paired and tells less; runs on other data are only shown.

    Args:
        runs: At least two: runs, their folders, or their names under ``runs/``.

    Raises:
        RunError: There are fewer, one is not there or damaged, or they are ranked by metrics that differ.

    Examples:
        >>> found = kerasgrid.compare(["runs/digits", "runs/digits_cnn"])
        >>> found.standings
        >>> found.parameters
    """
    from kerasgrid.run.compared import compared_runs

    return compared_runs([open_run(run) if isinstance(run, str | os.PathLike) else run for run in runs])


def write_comparison(found: RunsCompared, path: Path) -> None:
    """Write the page of runs side by side."""
    from kerasgrid.reports.pages.compare_page import compare_page
    from kerasgrid.system.files import write_text

    write_text(path, compare_page(found))
