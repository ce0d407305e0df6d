"""All report files of a run, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasgrid.engine.fit import FinalResult
from kerasgrid.errors import RunError
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial
from kerasgrid.report.best_params import best_params
from kerasgrid.report.files import write_json, write_text
from kerasgrid.report.parallel import parallel_page
from kerasgrid.report.table import results_csv


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the files of a run are.

    Attributes:
        best_params: None if no trial has a score.
        results: ``results.csv``.
        page: ``report.html``.
        space: ``space.json``; None if the space was not given.
        model: ``model.keras``; None unless the winner's refit ended well and its file is there.
    """

    best_params: Path | None
    results: Path
    page: Path
    space: Path | None = None
    model: Path | None = None


def write_reports(
    folder: Path,
    facts: RunFacts,
    trials: Sequence[Trial],
    final: FinalResult | None = None,
    *,
    space: str | None = None,
) -> ReportPaths:
    """Write ``best_params.json``, ``results.csv``, ``report.html`` and ``space.json`` into the run's folder.

    If no trial has a score, there is no ``best_params.json``; one of an earlier search is removed.

    Args:
        folder: The run's folder, which exists.
        facts: The run.
        trials: Best first.
        final: The refitted winner, if there is one.
        space: The space as the JSON document that was asked for; None writes no ``space.json``.

    Raises:
        RunError: A file cannot be written.
    """
    folder = Path(folder)
    content = best_params(facts, trials, final)
    best = folder / "best_params.json"
    if content is None:
        _remove(best)
    else:
        write_json(best, content)
    results = folder / "results.csv"
    write_text(results, results_csv(trials, facts.metric))
    page = folder / "report.html"
    write_text(page, parallel_page(facts, trials, final))
    if space is not None:
        write_text(folder / "space.json", space)
    model = folder / "model.keras"
    return ReportPaths(
        best_params=None if content is None else best,
        results=results,
        page=page,
        space=None if space is None else folder / "space.json",
        model=model if final is not None and final.status == "ok" and model.is_file() else None,
    )


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(
            "the old file cannot be removed", where=str(path), got=(error.strerror or str(error)).lower()
        ) from error
