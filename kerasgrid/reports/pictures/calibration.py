"""``calibration.png``: how sure predictions of classes are, and how often they are right."""

from __future__ import annotations

from kerasgrid.fits.explaining import Explained
from kerasgrid.reports.pictures.figure import BLUE, QUIET, fitting, new_figure, png, style
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted

_LARGEST, _SMALLEST = 110.0, 14.0
"""Areas of dots: of the bin with the most samples, and at least."""


def picture(run: Run) -> bytes | None:
    """Return the picture of a run whose best trial's classes were looked at closer; None for others."""
    found = run.explained
    return calibration_png(found, title(run)) if found is not None and found.bins else None


def calibration_png(found: Explained, heading: str) -> bytes:
    """Return the picture: a dot for each bin of predictions, on the dashed line where they are as sure as right."""
    with style():
        figure = new_figure(4.2, 4.4)
        axes = figure.add_subplot()
        most = max(one.n for one in found.bins)
        axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
        x, y = [one.confidence for one in found.bins], [one.right for one in found.bins]
        axes.plot(x, y, color=BLUE, linewidth=1, alpha=0.6)
        sizes = [max(_SMALLEST, _LARGEST * one.n / most) for one in found.bins]
        axes.scatter(x, y, s=sizes, color=BLUE, zorder=3)
        low = max(0.0, min(*x, *y) - 0.05)
        axes.set_xlim(low, 1.02)
        axes.set_ylim(low, 1.02)
        axes.set_aspect("equal")
        axes.set_xlabel("probability of the predicted class")
        axes.set_ylabel("share that is right")
        lines = [fitting(heading, 44), f"{counted(found.n, 'held-out sample')}; larger dots have more"]
        axes.set_title("\n".join(lines), loc="left")
        return png(figure)
