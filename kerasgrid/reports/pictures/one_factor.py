"""``one_factor.png``: what each value changed against the baseline, with its 95% interval."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.one_factor import Change
from kerasgrid.reports.pictures.figure import BLUE, QUIET, VERMILLION, fitting, new_figure, png, style
from kerasgrid.reports.tables.changes import changes_of
from kerasgrid.run.run import Run


def picture(run: Run) -> bytes | None:
    """Return the picture of a run with a baseline; None if nothing can be held against it."""
    drawn = [change for change in changes_of(run) if change.difference is not None]
    return one_factor_png(drawn, run.metric) if drawn else None


def one_factor_png(drawn: Sequence[Change], metric: str) -> bytes:
    """Return the picture: every change with its interval, axis by axis; hollow where it may be chance.

    Args:
        drawn: Changes that have a difference, of which there is one at least.
        metric: What the differences are of.
    """
    with style():
        figure = new_figure(6.4, 1.2 + 0.27 * (len(drawn) + len({change.axis for change in drawn})))
        axes = figure.add_subplot()
        row, ticks, labels = 0.0, [], []
        for before, change in zip([None, *drawn], drawn, strict=False):
            row += 1.0 if before is not None and before.axis == change.axis else 1.6
            difference = change.difference or 0.0
            colour = {"better": BLUE, "worse": VERMILLION}.get(change.verdict, QUIET)
            if change.low is not None and change.high is not None:
                axes.plot([change.low, change.high], [row, row], color=colour, zorder=2)
            sure = change.verdict in ("better", "worse")
            axes.plot([difference], [row], "o", color=colour, markerfacecolor=colour if sure else "white", zorder=3)
            ticks.append(row)
            labels.append(fitting(f"{change.axis} {value_text(change.value)}", 44))
        axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle="--", zorder=1)
        axes.set_yticks(ticks, labels)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        word = "more is better" if metric_named(metric).greater_is_better else "less is better"
        axes.set_xlabel(f"difference of {metric} to the baseline, with its 95% interval ({word})")
        axes.set_title("hollow and grey: cannot be told from chance", loc="left", color=QUIET)
        return png(figure)
