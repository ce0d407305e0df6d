"""``iterations.png``: training loss per iteration, for runs with ``curve_every``."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.insight.ranking import Trial, in_order
from kerasgrid.reports.tables.columns import varying_params
from kerasgrid.reports.text.sentences import params_line, title
from kerasgrid.run.run import Run

FILE = "iterations.png"

_MOST = 8
"""Lines that can be told apart."""


def drawn_trials(trials: Sequence[Trial]) -> list[Trial]:
    """Return the best of the trials that have a curve of their iterations, eight at most."""
    return in_order([trial for trial in trials if trial.steps][:_MOST])


def iterations_png(trials: Sequence[Trial], facts: Run) -> bytes:
    """Return the picture: the mean training loss of the fits of each of these trials against the iteration."""
    from itertools import cycle

    from kerasgrid.reports.pictures import figure as look

    colours = (look.BLUE, look.VERMILLION, look.GREEN, look.ORANGE, look.PURPLE, look.SKY, look.BLACK, look.QUIET)
    varying = varying_params(trials)
    with look.style():
        figure = look.new_figure(6.4, 4.0)
        axes = figure.add_subplot()
        for trial, colour, dashes in zip(trials, colours, cycle(["-", "--", "-.", ":"]), strict=False):
            label = trial.name or params_line(trial, varying) or facts.name
            curve = trial.steps
            axes.plot(curve["iteration"], curve["loss"], color=colour, linestyle=dashes, label=look.fitting(label, 60))
        losses = [value for trial in trials for value in trial.steps["loss"]]
        if min(losses) > 0 and max(losses) > 20 * min(losses):
            from matplotlib.ticker import FuncFormatter, NullFormatter

            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("iteration")
        axes.set_ylabel("training loss, mean since the value before")
        axes.set_title(look.fitting(title(facts), 80), loc="left")
        axes.legend()
        return look.png(figure)
