"""All report files of a run, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.errors import RunError
from kerasgrid.reports.files import REPORTS, ReportFile
from kerasgrid.reports.text.letters import letters_note
from kerasgrid.run.database import MODEL_FILE
from kerasgrid.run.notebook import PAGE
from kerasgrid.run.run import Run
from kerasgrid.system.files import remove, write_bytes

SLOW_IMPORTS = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.style",
    "hiplot",
    "sklearn.ensemble",
)
"""What writing the reports imports where it first draws or learns: a second, for whoever can spend it earlier."""

Make = Callable[[ReportFile, Run], bytes | None]
"""Makes the content of a file: of this process, or of another one."""

_STAGES = ("run", "trials", "page")
"""In this order: what is of trials alone may be under way in another process meanwhile."""


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the files of a run are.

    Attributes:
        folder: The run's folder.
        rows: Those of :data:`kerasgrid.reports.files.REPORTS` that were written, in its order.
        model: ``model.keras``; None unless the winner's refit ended well and its file is there.
        note: What is to be said of the files, in a line; may be empty.
    """

    folder: Path
    rows: tuple[ReportFile, ...]
    model: Path | None = None
    note: str = ""

    def path(self, name: str) -> Path | None:
        """Return where the file of this name is; None if there was nothing to say."""
        return next((self.folder / row.name for row in self.rows if row.name == name), None)

    @property
    def page(self) -> Path:
        """``report.html``."""
        return self.folder / PAGE

    @property
    def best_params(self) -> Path | None:
        """``best_params.json``; None if no trial has a score."""
        return self.path("best_params.json")

    @property
    def pictures(self) -> list[Path]:
        """The pictures that there was something to draw for."""
        return [self.folder / row.name for row in self.rows if row.is_picture]

    def named(self) -> list[tuple[str, Path]]:
        """Return the files that a reader looks for first, and what they are: the page, tables and texts, the model."""
        rows = sorted((row for row in self.rows if row.label), key=lambda row: row.stage != "page")
        found = [(row.label, self.folder / row.name) for row in rows]
        return found if self.model is None else [*found, ("model", self.model)]

    def written(self) -> list[Path]:
        """Return those files, and the pictures."""
        return [self.folder / row.name for row in self.rows if row.label] + self.pictures


def made_here(row: ReportFile, run: Run) -> bytes | None:
    """Return the content of a file, made by this process."""
    return row.content(run)


def write_reports(run: Run, make: Make = made_here) -> ReportPaths:
    """Write every file of :data:`kerasgrid.reports.files.REPORTS` into the run's folder.

    What there is nothing to say of is not written, and removed if it is of an earlier search: ``best_params.json``
    and the learning curves without a trial that has a score, the confusion matrix without a test set.

    Args:
        run: A run whose folder exists.
        make: Makes the content of each file.

    Raises:
        RunError: A file cannot be written, or the run has no folder.
    """
    folder = run.folder
    if folder is None:
        raise RunError("the run has no folder to write to", where=run.name)
    written = set()
    for row in sorted(REPORTS.values(), key=lambda row: _STAGES.index(row.stage)):
        content = make(row, run)
        if content is None:
            remove(folder / row.name)
        else:
            write_bytes(folder / row.name, content)
            written.add(row.name)
    model = folder / MODEL_FILE
    is_trained = run.final is not None and run.final.status == "ok" and not run.has_old_model
    has_model = is_trained and model.is_file()
    rows = tuple(row for row in REPORTS.values() if row.name in written)
    note = letters_note(run) if any(row.is_picture for row in rows) else ""
    return ReportPaths(folder, rows, model if has_model else None, note)
