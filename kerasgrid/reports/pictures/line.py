"""``fit.png``: what the winner makes of one number, over the points that it learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerasgrid.reports.pictures.figure import SKY, VERMILLION, fitting, new_figure, png, style
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.run import Run
from kerasgrid.system.words import number_text


def picture(run: Run) -> bytes | None:
    """Return the refitted winner's predictions over the training points; None if these are no numbers of one number."""
    if run.final is None or run.final.line is None:
        return None
    test = run.final.test or {}
    scores = ", ".join(f"{name} {number_text(test[name])}" for name in ("mse", "r2") if name in test)
    return line_png(run.final.line, title(run) + (f": test {scores}" if scores else ""))


def line_png(line: Mapping[str, Sequence[float]], heading: str) -> bytes:
    """Return the picture of a line, see :attr:`kerasgrid.fits.fit.FinalResult.line`."""
    with style():
        figure = new_figure(6.4, 4.0)
        axes = figure.add_subplot()
        axes.plot(line["x_train"], line["y_train"], ".", color=SKY, markersize=4, label="training samples")
        axes.plot(line["x"], line["y"], color=VERMILLION, linewidth=2, label="the winner, refitted")
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        axes.set_title(fitting(heading, 80), loc="left")
        axes.legend()
        return png(figure)
