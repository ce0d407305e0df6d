"""What is said of the baselines of a run: whether a network was worth it."""

from __future__ import annotations

from kerasgrid.insight.against_baselines import Baseline
from kerasgrid.run.columns import score_name
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING, duration, short, with_error

TITLE = "Simple models on the same folds"

_VERDICTS = {
    "behind": "worse",
    "tied": "cannot be told from it",
    "ahead": "better",
}


def baselines_lines(run: Run) -> list[str]:
    """Return whether the best trial is better than the baselines, a sentence or two; nothing without any."""
    there = sorted(
        (one for one in run.baselines if one.mean is not None), key=lambda one: -run.scale.sign * (one.mean or 0.0)
    )
    if not there or run.best is None:
        return []
    lines = []
    if ahead := [one for one in there if one.verdict == "ahead"]:
        lines.append(f"Better than the best trial, with 95% confidence: {_listed(ahead)}.")
    if tied := [one for one in there if one.verdict == "tied"]:
        lines.append(f"Cannot be told from the best trial, with 95% confidence: {_listed(tied)}.")
    if not lines and all(one.verdict == "behind" for one in there):
        lines.append(
            f"The best trial is better than all simple models, with 95% confidence; of these {_told(there[0])}."
        )
    return lines or [f"Simple models on the same samples, too few fits to tell them apart: {_listed(there)}."]


def baseline_rows(run: Run) -> tuple[list[str], Rows]:
    """Return the head and the rows of a table of the baselines, with the best trial on top for comparison."""
    head = ["model", score_name(run.metric), "seconds a fit", "held against the best trial"]
    best = run.best
    rows = []
    if best is not None and best.mean is not None:
        rows.append(
            ["the best trial", with_error(best.mean, best.standard_error), _seconds(best.mean_seconds), NOTHING]
        )
    for one in run.baselines:
        score = NOTHING if one.mean is None else with_error(one.mean, one.standard_error)
        said = f"failed: {short(one.error)}" if one.error else _VERDICTS.get(one.verdict or "", NOTHING)
        rows.append([one.label, score, _seconds(one.seconds), said])
    return head, rows


def _listed(baselines: list[Baseline]) -> str:
    return ", ".join(map(_told, baselines))


def _told(one: Baseline) -> str:
    assert one.mean is not None
    seconds = "" if one.seconds is None else f", {duration(one.seconds)} a fit"
    return f"{one.label} ({with_error(one.mean, one.standard_error)}{seconds})"


def _seconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else duration(seconds)
