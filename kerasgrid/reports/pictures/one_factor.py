"""``one_factor`` runs: what each value changed against the baseline, as a table and as ``one_factor.png``."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.one_factor import Change, one_factor_changes
from kerasgrid.insight.ranking import Trial
from kerasgrid.reports.tables.columns import shown
from kerasgrid.reports.text.sentences import number_text
from kerasgrid.run.run import Run

FILE = "one_factor.png"

_VERDICTS = {
    "better": "better",
    "worse": "worse",
    "chance": "cannot be told from chance",
    "unknown": "one score: no error bar",
}


def changes_of(facts: Run, trials: Sequence[Trial]) -> list[Change]:
    """Return the changes of a ``one_factor`` run; nothing for other strategies."""
    if facts.baseline is None:
        return []
    n_train = int(facts.dataset["n_train"])
    return one_factor_changes(trials, facts.baseline, facts.metric, 1.0 - facts.n_fit_samples / n_train)


def change_rows(changes: Sequence[Change], metric: str) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table: axis, value, the baseline's, score, difference ± standard error, verdict."""
    head = ["axis", "value", "baseline", metric, "difference", "verdict"]
    rows = [
        [
            change.axis,
            shown(change.value),
            shown(change.baseline),
            "–" if change.mean is None else number_text(change.mean),
            difference_text(change),
            verdict_text(change),
        ]
        for change in changes
    ]
    return head, rows


def difference_text(change: Change) -> str:
    """Return ``+0.0123 ± 0.0040``; without the error if there is none, and a dash without a difference."""
    if change.difference is None:
        return "–"
    digits = ".4f" if abs(change.difference) < 1000 else ".4g"
    text = f"{change.difference:+{digits}}"
    return text if change.standard_error is None else f"{text} ± {change.standard_error:{digits}}"


def verdict_text(change: Change) -> str:
    """Return what may be concluded, in words."""
    return change.status if change.difference is None else _VERDICTS[change.verdict]


def one_factor_png(changes: Sequence[Change], facts: Run) -> bytes:
    """Return the picture: every change with its 95% interval, axis by axis; hollow where it may be chance."""
    from kerasgrid.reports.pictures.figure import BLUE, QUIET, VERMILLION, fitting, new_figure, png, style

    drawn = [change for change in changes if change.difference is not None]
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
            labels.append(fitting(f"{change.axis} {shown(change.value)}", 44))
        axes.axvline(0.0, color=QUIET, linewidth=0.9, linestyle="--", zorder=1)
        axes.set_yticks(ticks, labels)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        word = "more is better" if metric_named(facts.metric).greater_is_better else "less is better"
        axes.set_xlabel(f"difference of {facts.metric} to the baseline, with its 95% interval ({word})")
        axes.set_title("hollow and grey: cannot be told from chance", loc="left", color=QUIET)
        return png(figure)
