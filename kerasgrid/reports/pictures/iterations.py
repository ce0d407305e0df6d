"""``iterations.png``: training loss per iteration, for runs with ``curve_every``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from kerasgrid.insight.ranking import Trial, in_order
from kerasgrid.reports.pictures import figure as look
from kerasgrid.reports.text.sentences import title
from kerasgrid.run.parameters import params_line, varying_params
from kerasgrid.run.run import Run

_MOST = 8
"""Lines that can be told apart."""

_LOG_SPAN = 20


def picture(run: Run) -> bytes | None:
    """Return the picture of the best trials that have a curve of their iterations, eight at most; None without any."""
    drawn = in_order([trial for trial in run.trials if trial.steps][:_MOST])
    return iterations_png(drawn, run) if drawn else None


def iterations_png(trials: Sequence[Trial], run: Run) -> bytes:
    """Return the picture: the mean training loss of the fits of each of these trials against the iteration."""
    colours = (look.BLUE, look.VERMILLION, look.GREEN, look.ORANGE, look.PURPLE, look.SKY, look.BLACK, look.QUIET)
    varying = varying_params(trials)
    with look.style():
        figure = look.new_figure(6.4, 4.0)
        axes = figure.add_subplot()
        for trial, colour, dashes in zip(trials, colours, cycle(["-", "--", "-.", ":"]), strict=False):
            label = trial.name or params_line(trial, varying) or run.name
            curve = trial.steps
            axes.plot(curve["iteration"], curve["loss"], color=colour, linestyle=dashes, label=look.fitting(label, 60))
        losses = [value for trial in trials for value in trial.steps["loss"]]
        if min(losses) > 0 and max(losses) > _LOG_SPAN * min(losses):
            from matplotlib.ticker import FuncFormatter, NullFormatter

            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("iteration")
        axes.set_ylabel("training loss, mean since the value before")
        axes.set_title(look.fitting(title(run), 80), loc="left")
        axes.legend()
        return look.png(figure)
