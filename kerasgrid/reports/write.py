"""All report files of a run, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.fits.fit import FinalResult, FitResult
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.pages import curves_page
from kerasgrid.reports.pages.page import pictures_in
from kerasgrid.reports.pages.parallel import parallel_page
from kerasgrid.reports.pictures.pictures import (
    Picture,
    final_pictures,
    trial_pictures,
    write_curves_page,
    write_pictures,
)
from kerasgrid.reports.tables.best_params import best_params
from kerasgrid.reports.tables.results_csv import results_csv
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.run.run import Run
from kerasgrid.system.files import remove, write_json, write_text

SLOW_IMPORTS = (
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.style",
    "hiplot",
    "sklearn.ensemble",
)
"""What writing the reports imports where it first draws or learns: a second, for whoever can spend it earlier."""


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the files of a run are.

    Attributes:
        best_params: None if no trial has a score.
        results: ``results.csv``.
        page: ``report.html``.
        summary: ``summary.md``.
        space: ``space.json``; None if the space was not given.
        model: ``model.keras``; None unless the winner's refit ended well and its file is there.
        pictures: The pictures that there was something to draw for.
    """

    best_params: Path | None
    results: Path
    page: Path
    summary: Path
    space: Path | None = None
    model: Path | None = None
    pictures: Sequence[Path] = ()

    def named(self) -> list[tuple[str, Path]]:
        """Return the files that a reader looks for first, and what they are."""
        found = {
            "report": self.page,
            "best parameters": self.best_params,
            "results": self.results,
            "summary": self.summary,
            "model": self.model,
        }
        return [(name, path) for name, path in found.items() if path is not None]


def write_reports(
    folder: Path,
    facts: Run,
    trials: Sequence[Trial],
    final: FinalResult | None = None,
    *,
    results: Sequence[FitResult] = (),
    space: str | None = None,
    pictures: Iterable[Picture] | None = None,
) -> ReportPaths:
    """Write ``best_params.json``, ``results.csv``, ``summary.md``, ``space.json``, the pages and the pictures.

    What there is nothing to say of is not written, and removed if it is of an earlier search: ``best_params.json``
    and the learning curves without a trial that has a score, the confusion matrix without a test set.

    Args:
        folder: The run's folder, which exists.
        facts: The run.
        trials: Best first.
        final: The refitted winner, if there is one.
        results: What came of the fits, for their learning curves.
        space: The space as the JSON document that was asked for; None writes no ``space.json``.
        pictures: What :func:`kerasgrid.reports.pictures.pictures.trial_pictures` yielded for this run; None for that.

    Raises:
        RunError: A file cannot be written.
    """
    folder = Path(folder)
    content = best_params(facts, trials, final)
    best = folder / "best_params.json"
    if content is None:
        remove(best)
    else:
        write_json(best, content)
    table = folder / "results.csv"
    write_text(table, results_csv(trials, facts.metric, facts.n_fit_samples))
    has_curves = write_curves_page(folder, facts, trials, results)
    # Last come those that another process may be drawing meanwhile.
    of_winner = write_pictures(folder, final_pictures(facts, final))
    of_trials = write_pictures(folder, trial_pictures(facts, trials, results) if pictures is None else pictures)
    page = folder / "report.html"
    links = [(curves_page.FILE, "Learning curves")] if has_curves else []
    write_text(page, parallel_page(facts, trials, final, pictures=pictures_in(folder), links=links))
    summary = folder / "summary.md"
    write_text(summary, summary_text(facts, trials, final))
    if space is not None:
        write_text(folder / "space.json", space)
    model = folder / "model.keras"
    return ReportPaths(
        best_params=None if content is None else best,
        results=table,
        page=page,
        summary=summary,
        space=None if space is None else folder / "space.json",
        model=model if final is not None and final.status == "ok" and model.is_file() else None,
        pictures=[*of_trials, *of_winner],
    )
