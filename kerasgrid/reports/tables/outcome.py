"""What the winner gets right and wrong, as plain data for the views of a page. Draws nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasgrid.reports.pictures.confusion import Confusion, confusion
from kerasgrid.reports.text.explained import MISSES_ABOUT, MISSES_TITLE, calibration_line, miss_rows
from kerasgrid.reports.text.residuals import samples_told, target_names
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING, counted

MOST_CLASSES = 100
"""Of more classes a page has no map, and tells of those that fare worst alone."""

_MOST_TARGETS = 12
_MOST_WORST = 10
_DIGITS = 6


def outcome(run: Run) -> dict[str, Any]:
    """Return what the views of the winner draw, each None where the run does not tell.

    The confusion and the residuals are the refitted winner's on the test set; the calibration and the examples are of
    held-out samples, with a closer look at the best trial.
    """
    return {
        "confusion": _confusion(run),
        "residuals": _residuals(run),
        "calibration": _calibration(run),
        "examples": _examples(run),
    }


def _confusion(run: Run) -> dict[str, Any] | None:
    if run.final is None or run.final.confusion_matrix is None:
        return None
    found = confusion(run.final.confusion_matrix, run.classes)
    if not found.n:
        return None
    right = sum(row[place] for place, row in enumerate(found.counts))
    rows = _class_rows(found)
    said = f"Test set: {right:,} of {found.n:,} right ({found.accuracy:.4f})."
    worst = [(count, true, taken) for true, row in enumerate(found.counts) for taken, count in enumerate(row)
             if count and true != taken]  # fmt: skip
    if worst:
        count, true, taken = max(worst, key=lambda one: (one[0], -one[1], -one[2]))
        of = f"{count:,} of {sum(found.counts[true]):,}"
        said += f" Most often {found.labels[true]} is taken for {found.labels[taken]} ({of})."
    if len(rows) < len(found.labels):
        said += f" Told are the {len(rows)} classes of {len(found.labels):,} that fare worst."
    return {
        "labels": found.labels if len(found.labels) <= MOST_CLASSES else [],
        "counts": found.counts if len(found.labels) <= MOST_CLASSES else [],
        "line": said,
        "table": {"head": ["true class", "samples", "right", "precision", "most often taken for"], "rows": rows},
    }


def _class_rows(found: Confusion) -> list[list[str]]:
    """Return a row a class; of more than the most, those of the lowest shares that are right, the worst first."""
    told = [sum(row[place] for row in found.counts) for place in range(len(found.labels))]
    rows = []
    for place, (label, row) in enumerate(zip(found.labels, found.counts, strict=True)):
        n, others = sum(row), [(-count, other) for other, count in enumerate(row) if count and other != place]
        taken = f"{found.labels[min(others)[1]]} ({-min(others)[0]:,})" if others else NOTHING
        right = f"{row[place]:,} ({row[place] / n:.1%})" if n else NOTHING
        precision = f"{row[place] / told[place]:.1%}" if told[place] else NOTHING
        rows.append((row[place] / n if n else math.inf, [label, f"{n:,}", right, precision, taken]))
    if len(rows) > MOST_CLASSES:
        rows = sorted(rows, key=lambda one: one[0])[:MOST_CLASSES]
    return [row for _, row in rows]


def _residuals(run: Run) -> list[dict[str, Any]] | None:
    targets = None if run.final is None else run.final.predictions
    if not targets:
        return None
    shown = list(zip(target_names(run), targets, strict=True))[:_MOST_TARGETS]
    return [_target(pairs, name, samples_told(run)) for name, pairs in shown]


def _target(pairs: Sequence[Sequence[float]], name: str, samples: str) -> dict[str, Any]:
    finite = [(true, predicted) for true, predicted in pairs if math.isfinite(true) and math.isfinite(predicted)]
    off = sorted(abs(predicted - true) for true, predicted in finite)
    said = f"Test set, {samples}."
    if finite:
        mean = sum(predicted - true for true, predicted in finite) / len(finite)
        most = off[min(len(off) - 1, math.ceil(0.9 * len(off)) - 1)]
        side = "too high" if mean > 0 else "too low"
        said += f" Half are off by at most {_text(off[(len(off) - 1) // 2])}, nine in ten by at most {_text(most)}."
        said += f" In the mean they are {_text(abs(mean))} {side}." if mean else ""
    if len(finite) < len(pairs):
        said += f" Left out: {counted(len(pairs) - len(finite), 'prediction')} without a number."
    worst = sorted(finite, key=lambda pair: -abs(pair[1] - pair[0]))[:_MOST_WORST]
    return {
        "name": name,
        "points": [[_rounded(true), _rounded(predicted)] for true, predicted in finite],
        "line": said,
        "table": {
            "head": ["true", "predicted", "off by"],
            "rows": [[_text(true), _text(predicted), _text(predicted - true)] for true, predicted in worst],
        },
    }


def _calibration(run: Run) -> dict[str, Any] | None:
    found = run.explained
    if found is None or not found.bins or found.calibration_error is None:
        return None
    rows = [[f"{one.confidence:.1%}", f"{one.right:.1%}", f"{one.n:,}"] for one in found.bins]
    return {
        "bins": [[_rounded(one.confidence), _rounded(one.right), one.n] for one in found.bins],
        "line": calibration_line(found),
        "table": {"head": ["probability of the predicted class", "share that is right", "samples"], "rows": rows},
    }


def _examples(run: Run) -> dict[str, Any] | None:
    found = run.explained
    head, rows = miss_rows(run)
    if found is None or not rows:
        return None
    return {
        "title": MISSES_TITLE,
        "about": f"{MISSES_ABOUT}, the worst first.",
        "head": head,
        "rows": rows,
        "images": [None if one.image is None else [list(row) for row in one.image] for one in found.misses],
    }


def _text(number: float) -> str:
    return f"{number:.4g}"


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")
