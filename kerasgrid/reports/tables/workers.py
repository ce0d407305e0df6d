"""Who trained when, as plain data for a page: a lane for each worker, and the same as a table. Draws nothing."""

from __future__ import annotations

from typing import Any

from kerasgrid.insight.lanes import Bar, Lane, Lanes, lanes
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted, duration

MOST_BARS = 1500
"""About so many bars a page draws one by one; of more, those without a pause between them become one."""

_LEAST_PAUSE = 0.05
"""Pauses of a smaller share of the time are none to speak of."""


def workers(run: Run) -> dict[str, Any] | None:
    """Return what the view of the workers draws; None where it is not known who trained when.

    A bar is its beginning, its end, the ranks of its trials, and how many fits it is.
    """
    found = lanes([*run.results, *run.looks], run.began)
    if found is None:
        return None
    ranks = {trial.candidate: trial.rank for trial in run.trials}
    drawn = found.merged(MOST_BARS)
    n_bars = sum(len(lane.bars) for lane in drawn.lanes)
    note = "" if n_bars == found.n_fits else (
        f"{found.n_fits:,} fits as {n_bars:,} bars: fits without a pause to be seen between them are one."
    )  # fmt: skip
    return {
        "line": workers_line(found),
        "note": note,
        "seconds": _seconds(found.seconds),
        "breaks": [_seconds(at) for at in found.breaks],
        "lanes": [{"name": lane.worker, "bars": [_bar(bar, ranks) for bar in lane.bars]} for lane in drawn.lanes],
        "states": {
            f"t{trial.rank}": "bad" for trial in run.trials if trial.mean is None and trial.status != "incomplete"
        },
        "table": {
            "head": ["worker", "fits", "time at work", "share of its time", "pauses", "longest pause"],
            "rows": [_row(lane) for lane in found.lanes],
        },
    }


def workers_line(found: Lanes) -> str:
    """Return ``2 workers, 93% of the time at work``, and the longest pause where it is worth telling."""
    who = counted(len(found.lanes), "worker")
    line = f"{who}, {_percent(found.share)} of the time at work ({duration(found.seconds)})"
    if found.breaks:
        line += f", in {len(found.breaks) + 1:,} searches"
    worst = max(found.lanes, key=lambda lane: lane.longest_pause)
    if worst.longest_pause > _LEAST_PAUSE * found.seconds:
        line += f"; the longest pause, {duration(worst.longest_pause)}, was worker {worst.worker}’s"
    return f"{line}."


def _bar(bar: Bar, ranks: dict[Any, int]) -> list[Any]:
    told = sorted({ranks[candidate] for candidate in bar.candidates if candidate in ranks})
    return [_seconds(bar.began), _seconds(bar.ended), told, bar.n_fits]


def _row(lane: Lane) -> list[str]:
    share = lane.busy / lane.there if lane.there else 1.0
    told = [duration(lane.busy), _percent(share), f"{len(lane.pauses):,}", duration(lane.longest_pause)]
    return [lane.worker, f"{lane.n_fits:,}", *told]


def _percent(share: float) -> str:
    # All but a little is not all.
    return f"{min(99, round(100 * share)) if share < 1 else 100}%"


def _seconds(number: float) -> float:
    return round(number, 4)
