"""The files of a run's folder, one row each: what they are, and how they are made of a run.

Adding one is one row::

    from kerasgrid.reports.files import REPORTS, ReportFile
    REPORTS.add(ReportFile("names.txt", "What the trials are called", names, label="names"))

where ``names(run)`` returns the bytes, or None if there is nothing to say: then a file of an earlier search is removed.
What is called ``.png`` is shown on the page, above its caption; what is called ``.html`` has a link there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kerasgrid.registry import Registry
from kerasgrid.reports.pages.curves_page import curves_page
from kerasgrid.reports.pages.page import Picture
from kerasgrid.reports.pages.parallel import parallel_page
from kerasgrid.reports.pictures import (
    calibration,
    columns,
    confusion,
    curves,
    effects_figure,
    history,
    iterations,
    line,
    misses,
    one_factor,
    predictions,
)
from kerasgrid.reports.tables.best_params import best_params
from kerasgrid.reports.tables.results_csv import results_csv
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.run.notebook import PAGE
from kerasgrid.run.run import Run

CURVES_PAGE = "curves.html"

Stage = Literal["trials", "run", "page"]
"""What must be there before: the trials, the refit of the winner as well, or all other files of the folder as well."""

_LARGEST = 3_000_000
"""Bytes of a picture that a page takes in; larger ones stay files beside it."""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of a run's folder.

    Attributes:
        name: Its name there.
        caption: What it shows, for people.
        content: Makes it of a run; None where there is nothing to say. Pages find the other files in the run's folder.
        stage: See :data:`Stage`. What needs no more than trials may be made while the winner is refitted, by another
            process.
        label: What it is called among the files that a reader looks for first; empty for all others.
        is_view: Whether the page draws the same itself, so that it folds the picture away.
        about: What is in it, and when it is there, for the reference; the caption says the rest.
    """

    name: str
    caption: str
    content: Callable[[Run], bytes | None]
    stage: Stage = "run"
    label: str = ""
    is_view: bool = False
    about: str = ""

    @property
    def is_picture(self) -> bool:
        """Whether pages show it."""
        return self.name.endswith(".png")


def pictures_in(folder: Path) -> list[Picture]:
    """Return the pictures in a run's folder, in the order of :data:`REPORTS`, without too large and unreadable ones."""
    found = []
    for row in REPORTS.values():
        if row.is_picture:
            with suppress(OSError):
                found.append(Picture(row.name, row.caption, (folder / row.name).read_bytes(), row.is_view))
    return [picture for picture in found if len(picture.content) <= _LARGEST]


def pictures_version(folder: Path) -> str:
    """Return a text that changes when a picture in the folder does, for a process that looks again and again."""
    times = []
    for row in REPORTS.values():
        if row.is_picture:
            with suppress(OSError):
                times.append((row.name, (folder / row.name).stat().st_mtime_ns))
    return f"{hash(tuple(times)):x}"


def links_in(folder: Path) -> list[tuple[str, str]]:
    """Return the other pages in a run's folder: their addresses, and the words for them."""
    pages = (row for row in REPORTS.values() if row.name.endswith(".html") and row.name != PAGE)
    return [(row.name, row.caption) for row in pages if (folder / row.name).exists()]


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", errors="replace")


def _best_params(run: Run) -> bytes | None:
    content = best_params(run)
    return (
        None if content is None else _encoded(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    )


def _results(run: Run) -> bytes | None:
    return _encoded(results_csv(run))


def _summary(run: Run) -> bytes | None:
    return _encoded(summary_text(run))


def _space(run: Run) -> bytes | None:
    return None if run.space is None else _encoded(run.space.to_json())


def _curves_page(run: Run) -> bytes | None:
    return _encoded(curves_page(run))


def _page(run: Run) -> bytes | None:
    pictures: Sequence[Picture] = () if run.folder is None else pictures_in(run.folder)
    links: Sequence[tuple[str, str]] = () if run.folder is None else links_in(run.folder)
    return _encoded(parallel_page(run, pictures=pictures, links=links))


REPORTS: Registry[ReportFile] = Registry("report file", (
    ReportFile("best_params.json", "The best parameters, for programs to read", _best_params, label="best parameters",
               about="the winner: its parameters, mean and standard error over the folds, the trials that tie with it, "
               "the result on the test set with the confusion matrix, seed and versions"),
    ReportFile("results.csv", "One row a trial", _results, label="results",
               about="in the column names of scikit-learn's `cv_results_`"),
    ReportFile("summary.md", "What was found, in words", _summary, label="summary",
               about="the winner, what cannot be told from it, the best trials, what was the matter with others"),
    ReportFile("space.json", "The space as it was searched", _space),
    ReportFile(CURVES_PAGE, "Learning curves", _curves_page,
               about="below the plot of all trials: choosing trials there filters them; of a large run as many as stay "
               "quick"),
    ReportFile("one_factor.png", "What each value changed against the baseline, all else equal", one_factor.picture,
               "trials", about="with its error bar; for the strategy `one_factor`"),
    ReportFile("history.png", "The trials in the order in which they were tried", history.picture, "trials",
               about="and the best so far; of a search in rounds", is_view=True),
    ReportFile("curves.png", "Learning curves of the best trials, on one scale", curves.picture, "trials",
               about="of the best 20", is_view=True),
    ReportFile("iterations.png", "Training loss per iteration of the best trials", iterations.picture, "trials",
               about="with `curve_every`"),
    ReportFile("effects.png", "What each hyperparameter does to the score", effects_figure.picture, "trials",
               about="the others averaged out, the most important one first", is_view=True),
    ReportFile("fit.png", "The refitted winner's fit over the points", line.picture,
               about="for one number predicted from one"),
    ReportFile("confusion.png", "Which classes of the test set the refitted winner takes for which", confusion.picture,
               about="of a classification", is_view=True),
    ReportFile("predicted.png", "What the refitted winner predicts on the test set, against what is true",
               predictions.picture, about="of a regression", is_view=True),
    ReportFile("columns.png", "What each column is worth to the best trial, on held-out samples", columns.picture,
               about='with `"explain": true`, as `auto` has it'),
    ReportFile("calibration.png", "How sure the best trial's predictions are, and how often they are right",
               calibration.picture, about='with `"explain": true`, as `auto` has it', is_view=True),
    ReportFile("misses.png", "The held-out images that the best trial predicts worst", misses.picture,
               about='with `"explain": true`, as `auto` has it'),
    ReportFile(PAGE, "All trials", _page, "page", label="report",
               about="every trial as a line in parallel coordinates (HiPlot) and as a row of a table, with the "
               "pictures; one file that needs no other"),
))  # fmt: skip
"""Every file that a search writes beside its store and its model, in the order in which pages show the pictures."""
