"""``columns.png``: what each column of a table is worth to the best trial."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.fits.explaining import ColumnImportance
from kerasgrid.fits.metric import metric_named
from kerasgrid.reports.pictures.figure import BLUE, QUIET, fitting, new_figure, png, style
from kerasgrid.run.run import Run

_MOST = 25


def picture(run: Run) -> bytes | None:
    """Return the picture of a run whose best trial's columns were looked at; None for others."""
    found = run.explained
    return columns_png(found.columns, run.metric) if found is not None and found.columns else None


def columns_png(columns: Sequence[ColumnImportance], metric: str) -> bytes:
    """Return the picture: a dot for each column, the most important on top, with twice its standard error.

    Args:
        columns: They, the most important first; 25 are drawn.
        metric: What is lost.
    """
    shown = columns[:_MOST]
    with style():
        figure = new_figure(6.0, 1.1 + 0.27 * len(shown))
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            reach = 2.0 * (one.standard_error or 0.0)
            sure = one.drop > reach > 0.0
            axes.plot([one.drop - reach, one.drop + reach], [row, row], color=BLUE if sure else QUIET, zorder=2)
            axes.plot([one.drop], [row], "o", color=BLUE if sure else QUIET, zorder=3,
                      markerfacecolor=BLUE if sure else "white")  # fmt: skip
        axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle="--", zorder=1)
        axes.set_yticks(range(len(shown)), [fitting(one.column, 34) for one in shown])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        word = "less" if metric_named(metric).greater_is_better else "more"
        axes.set_xlabel(f"{word} {metric} where its held-out values are shuffled, ± 2 standard errors")
        axes.set_title("hollow and grey: cannot be told from nothing", loc="left", color=QUIET)
        return png(figure)
