"""``history.png``: the scores of the trials in the order in which they were tried, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.pictures.figure import BLUE, QUIET, VERMILLION, new_figure, png, style
from kerasgrid.reports.tables.views import tried_places
from kerasgrid.run.columns import score_name
from kerasgrid.run.run import Run

_FEWEST = 8


def picture(run: Run) -> bytes | None:
    """Return the picture of a search whose later trials were chosen, or drawn, after earlier ones; None for others."""
    trials = tried(run)
    in_rounds = any(trial.round is not None for trial in trials)
    return history_png(trials, run) if in_rounds and len(trials) >= _FEWEST else None


def tried(run: Run) -> list[Trial]:
    """Return the trials that have a mean, in the order in which they were tried."""
    places = tried_places(run)
    there = [trial for trial in run.trials if trial.mean is not None and trial.candidate in places]
    return sorted(there, key=lambda trial: places[trial.candidate])


def history_png(trials: Sequence[Trial], run: Run) -> bytes:
    """Return the picture: a dot for each trial, hollow where it left a race, a line for the best so far."""
    sign = run.scale.sign
    with style():
        figure = new_figure(6.4, 3.2)
        axes = figure.add_subplot()
        numbers = range(1, len(trials) + 1)
        for shown, face, label in ((False, BLUE, "trial"), (True, "white", "left the race")):
            own = [
                (n, one.mean)
                for n, one in zip(numbers, trials, strict=True)
                if one.mean is not None and (one.dropped is not None) is shown
            ]
            if own:
                axes.plot([n for n, _ in own], [mean for _, mean in own], "o", markersize=3.6, color=BLUE,
                          markerfacecolor=face, markeredgewidth=0.8, alpha=0.75, label=label)  # fmt: skip
        best: list[float] = []
        for one in trials:
            assert one.mean is not None
            better = not best or (one.dropped is None and sign * one.mean > sign * best[-1])
            best.append(one.mean if better else best[-1])
        axes.step(numbers, best, where="post", color=VERMILLION, label="best so far")
        if run.best is not None and run.best.mean is not None and run.best.standard_error is not None:
            mean, error = run.best.mean, run.best.standard_error
            axes.axhspan(
                mean - error, mean + error, color=QUIET, alpha=0.15, linewidth=0, label="best ± standard error"
            )
        # The worst ones would press all others together.
        means = sorted(sign * one.mean for one in trials if one.mean is not None)
        low, high = means[len(means) // 10], means[-1]
        room = 0.08 * (high - low) or 0.01
        ends = sorted((sign * (low - 4 * room), sign * (high + room)))
        axes.set_ylim(*ends)
        axes.set_xlabel("trial, in the order of the search")
        axes.set_ylabel(score_name(run.metric))
        axes.legend(loc="lower right" if sign > 0 else "upper right")
        return png(figure)
