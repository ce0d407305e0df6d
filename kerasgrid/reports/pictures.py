"""The pictures of a run's folder, and the page of its learning curves: which there are, and which no longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kerasgrid.engine.fit import FinalResult, FitResult
from kerasgrid.insight.curves import learning_curves
from kerasgrid.insight.facts import RunFacts
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports import confusion, curves, curves_page, iterations, line, one_factor, predictions
from kerasgrid.reports.columns import varying_params
from kerasgrid.reports.effects_figure import write_effects
from kerasgrid.reports.files import remove, write_text
from kerasgrid.reports.sentences import title


def write_pictures(
    folder: Path,
    facts: RunFacts,
    trials: Sequence[Trial],
    final: FinalResult | None,
    results: Sequence[FitResult],
) -> list[Path]:
    """Write the pictures into the folder, and remove those that there is nothing to draw for.

    Args:
        folder: The run's folder, which exists.
        facts: The run.
        trials: Best first.
        final: The refitted winner, if there is one.
        results: What came of the fits.

    Returns:
        Those that are there now.

    Raises:
        RunError: A file cannot be written or removed.
    """
    name = title(facts)
    drawn = []

    def picture(file: str, is_due: bool, draw: Callable[[Path], object]) -> None:
        path = folder / file
        if is_due:
            draw(path)
            drawn.append(path)
        else:
            remove(path)

    best = learning_curves(trials, results, facts.metric, top=curves.TOP)
    what = f"{name}: learning curves of the best {len(best)}" if len(best) > 1 else f"{name}: learning curves"
    varied = varying_params(trials)
    picture(curves.FILE, bool(best), lambda path: curves.write_curves(path, best, facts.metric, varied, what))
    curved = iterations.drawn_trials(trials)
    picture(iterations.FILE, bool(curved), lambda path: iterations.draw_iterations(curved, facts, path))
    effects = write_effects(folder, facts, trials)
    drawn += [] if effects is None else [effects]
    changes = one_factor.changes_of(facts, trials)
    has_changes = any(change.difference is not None for change in changes)
    picture(one_factor.FILE, has_changes, lambda path: one_factor.draw_one_factor(changes, facts, path))
    has_line = final is not None and final.line is not None
    picture(line.FILE, has_line, lambda path: line.draw_line(facts, final, path))
    refitted = f"{name}: the refitted winner"
    counts = None if final is None else final.confusion_matrix
    pairs = None if final is None else final.predictions

    def draw_confusion(path: Path) -> None:
        assert counts is not None
        confusion.write_confusion(path, confusion.confusion(counts, facts.classes), refitted)

    def draw_predictions(path: Path) -> None:
        assert pairs is not None
        predictions.write_predictions(path, pairs, name)

    picture(confusion.FILE, counts is not None, draw_confusion)
    picture(predictions.FILE, bool(pairs), draw_predictions)
    return drawn


def write_curves_page(folder: Path, facts: RunFacts, trials: Sequence[Trial], results: Sequence[FitResult]) -> bool:
    """Write ``curves.html`` into the folder and return True; if no trial has curves, remove it and return False.

    Raises:
        RunError: The file cannot be written or removed.
    """
    found = learning_curves(trials, results, facts.metric)
    if found:
        write_text(folder / curves_page.FILE, curves_page.curves_page(facts, found))
    else:
        remove(folder / curves_page.FILE)
    return bool(found)
