"""``predicted.png``: what the refitted winner of a regression predicts on the test set, against what is true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgrid.reports.pictures.figure import BLUE, LARGE, QUIET, fitting, new_figure, png, style
from kerasgrid.reports.text.residuals import UNNAMED, samples_told, target_names
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_TARGETS = 6
_COLUMNS = 3
_SIDE = 3.1
_LETTERS = 30
"""Of a line above a panel."""

Pairs = Sequence[Sequence[float]]
"""True and predicted value of each sample, in the unit of the target."""


def picture(run: Run) -> bytes | None:
    """Return the picture of the refitted winner's predictions on the test set; None without any."""
    pairs = None if run.final is None else run.final.predictions
    if not pairs:
        return None
    with style():
        return png(draw_predictions(pairs, target_names(run), title(run), samples_told(run)))


def draw_predictions(targets: Sequence[Pairs], names: Sequence[str], heading: str, samples: str) -> Figure:
    """Return the figure, with a panel for each target, of six at most.

    A sample whose prediction is right lies on the dashed line; both axes of a panel have the same scale. Call it inside
    :func:`kerasgrid.reports.pictures.figure.style`.

    Args:
        targets: What is predicted of each.
        names: What they are called.
        heading: The title of the run.
        samples: How many there are, in words.
    """
    shown = targets[:_MOST_TARGETS]
    n_columns = min(_COLUMNS, len(shown))
    n_rows = math.ceil(len(shown) / n_columns)
    figure = new_figure(max(_SIDE * n_columns, 3.6), _SIDE * n_rows + 0.8)
    for index, pairs in enumerate(shown):
        axes = figure.add_subplot(n_rows, n_columns, index + 1)
        ends = both_ends(pairs)
        axes.plot(ends, ends, color=QUIET, linestyle="--", linewidth=1)
        finite = [pair for pair in pairs if all(map(math.isfinite, pair))]
        axes.plot([true for true, _ in finite], [predicted for _, predicted in finite], linestyle="", marker="o",
                  markersize=3.2, markeredgewidth=0, color=BLUE, alpha=0.55)  # fmt: skip
        axes.set_xlim(ends)
        axes.set_ylim(ends)
        axes.set_aspect("equal")
        axes.set_xlabel("true value (target unit)")
        axes.set_ylabel("predicted value (target unit)")
        if names[index] != UNNAMED:
            axes.set_title(fitting(names[index], _LETTERS), loc="left")
    # A long name is cut by itself, so that it leaves the rest as it is.
    lines = [fitting(heading, _LETTERS * n_columns), "the refitted winner", f"test set, {samples}"]
    figure.suptitle("\n".join(lines), fontsize=LARGE)
    return figure


def both_ends(pairs: Pairs) -> tuple[float, float]:
    """Return the ends of a scale that holds all finite values, true and predicted, with a little room."""
    values = [value for pair in pairs for value in pair if math.isfinite(value)] or [0.0]
    room = 0.04 * (max(values) - min(values)) or 0.5
    return min(values) - room, max(values) + room
