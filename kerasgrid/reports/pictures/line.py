"""``fit.png``: what the winner makes of one number, over the points that it learned from."""

from __future__ import annotations

from kerasgrid.fits.fit import FinalResult
from kerasgrid.run.run import Run

FILE = "fit.png"


def line_png(facts: Run, final: FinalResult) -> bytes:
    """Return the picture: the refitted winner's predictions over the training points; ``final.line`` must be there."""
    from kerasgrid.reports.pictures.figure import SKY, VERMILLION, fitting, new_figure, png, style
    from kerasgrid.reports.text.sentences import number_text, title

    assert final.line is not None
    line = final.line
    with style():
        figure = new_figure(6.4, 4.0)
        axes = figure.add_subplot()
        axes.plot(line["x_train"], line["y_train"], ".", color=SKY, markersize=4, label="training samples")
        axes.plot(line["x"], line["y"], color=VERMILLION, linewidth=2, label="the winner, refitted")
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        test = final.test or {}
        scores = ", ".join(f"{name} {number_text(test[name])}" for name in ("mse", "r2") if name in test)
        axes.set_title(fitting(title(facts) + (f": test {scores}" if scores else ""), 80), loc="left")
        axes.legend()
        return png(figure)
