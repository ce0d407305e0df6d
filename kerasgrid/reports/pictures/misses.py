"""``misses.png``: the images that the best trial predicts worst."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.fits.explaining import Miss
from kerasgrid.reports.pictures.figure import LARGE, fitting, new_figure, png, style
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run
from kerasgrid.system.words import number_text

_COLUMNS = 5


def picture(run: Run) -> bytes | None:
    """Return the picture of a run of images whose best trial was looked at closer; None for others."""
    found = run.explained
    shown = [] if found is None else [one for one in found.misses if one.image is not None]
    return misses_png(shown, title(run)) if shown else None


def misses_png(misses: Sequence[Miss], heading: str) -> bytes:
    """Return the picture: each image with what is true, and what was predicted instead."""
    import numpy as np

    with style():
        n_columns = min(_COLUMNS, len(misses))
        n_rows = -(-len(misses) // n_columns)
        figure = new_figure(max(1.5 * n_columns, 3.6), 1.9 * n_rows + 0.7)
        for place, one in enumerate(misses, start=1):
            axes = figure.add_subplot(n_rows, n_columns, place)
            axes.imshow(np.asarray(one.image, np.uint8), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_axis_off()
            axes.set_title(f"{fitting(one.true, 16)}\ntaken for {fitting(one.predicted, 12)}\n({number_text(one.how)})")
        lines = [fitting(heading, 14 * n_columns), "predicted worst of those held out", "(probability of what is true)"]
        figure.suptitle("\n".join(lines), fontsize=LARGE)
        return png(figure)
