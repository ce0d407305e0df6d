"""The pictures of a run's folder, and the page of its learning curves: which there are, and which no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from kerasgrid.fits.fit import FinalResult, FitResult
from kerasgrid.insight.curves import learning_curves
from kerasgrid.insight.effects import effects
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.pages import curves_page
from kerasgrid.reports.pictures import (
    confusion,
    curves,
    effects_figure,
    iterations,
    line,
    one_factor,
    predictions,
)
from kerasgrid.reports.tables.columns import varying_params
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run
from kerasgrid.system.files import remove, write_bytes, write_text

Draw = Callable[[], bytes]
"""Draws a picture and returns it as a PNG file. Those of this module can be sent to another process."""

Picture = tuple[str, Draw | None]
"""The name of a picture's file and how to draw it; None if there is nothing to draw."""


def trial_pictures(facts: Run, trials: Sequence[Trial], results: Sequence[FitResult]) -> Iterator[Picture]:
    """Yield the pictures of the trials, which need no refit of the winner; one that is quickly told of comes first.

    Args:
        facts: The run. What changes after the last fit, ``elapsed``, is not looked at.
        trials: Best first.
        results: What came of the fits.
    """
    name = title(facts)
    best = learning_curves(trials, results, facts.metric, top=curves.TOP)
    what = f"{name}: learning curves of the best {len(best)}" if len(best) > 1 else f"{name}: learning curves"
    yield curves.FILE, partial(curves.curves_png, best, facts.metric, varying_params(trials), what) if best else None
    curved = iterations.drawn_trials(trials)
    yield iterations.FILE, partial(iterations.iterations_png, curved, facts) if curved else None
    found = effects(trials, facts.blocks, facts.task)
    draw = partial(effects_figure.effects_png, found, facts.metric, f"{name}: what each axis does")
    yield effects_figure.FILE, draw if effects_figure.has_effects(found) else None
    changes = one_factor.changes_of(facts, trials)
    has_changes = any(change.difference is not None for change in changes)
    yield one_factor.FILE, partial(one_factor.one_factor_png, changes, facts) if has_changes else None


def final_pictures(facts: Run, final: FinalResult | None) -> Iterator[Picture]:
    """Yield the pictures of the refitted winner, if there is one."""
    name = title(facts)
    drawn = None if final is None or final.line is None else partial(line.line_png, facts, final)
    yield line.FILE, drawn
    counts = None if final is None else final.confusion_matrix
    if counts is None:
        yield confusion.FILE, None
    else:
        matrix = confusion.confusion(counts, facts.classes)
        yield confusion.FILE, partial(confusion.confusion_png, matrix, f"{name}: the refitted winner")
    pairs = None if final is None else final.predictions
    yield predictions.FILE, partial(predictions.predictions_png, pairs, name) if pairs else None


def write_pictures(folder: Path, pictures: Iterable[Picture]) -> list[Path]:
    """Draw the pictures into the folder, and remove those that there is nothing to draw for.

    Args:
        folder: The run's folder, which exists.
        pictures: What to draw.

    Returns:
        Those that are there now.

    Raises:
        RunError: A file cannot be written or removed.
    """
    drawn = []
    for file, draw in pictures:
        path = folder / file
        if draw is None:
            remove(path)
        else:
            write_bytes(path, draw())
            drawn.append(path)
    return drawn


def write_curves_page(folder: Path, facts: Run, trials: Sequence[Trial], results: Sequence[FitResult]) -> bool:
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
