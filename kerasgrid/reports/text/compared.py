"""Runs side by side, as tables and sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.axes.value import frozen
from kerasgrid.run.columns import score_name, score_text
from kerasgrid.run.compared import RunsCompared
from kerasgrid.run.rows import Rows
from kerasgrid.run.run import Run
from kerasgrid.system.words import NOTHING, counted, duration, number_text, with_error

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts with its title."""

    title: str
    head: Sequence[str]
    rows: Rows


def title(found: RunsCompared) -> str:
    """Return ``digits and digits_cnn by accuracy``."""
    *most, last = found.names
    return f"{', '.join(most)} and {last} by {found.metric}"


def verdict(found: RunsCompared) -> str:
    """Return whether the best of one run is better than those of the others, and how that is known."""
    compared = found.compared
    if compared.reason is not None:
        return f"The runs are not held against each other: {compared.reason}."
    how = (
        f"on the same {counted(len(found.shared_splits), 'fold')}" if len(found.shared_splits) > 1 else "on other folds"
    )
    ahead = [name for name, standing in zip(found.names, found.standings, strict=True) if standing == "ahead"]
    tied = [name for name, standing in zip(found.names, found.standings, strict=True) if standing == "tied"]
    if ahead:
        others = "the other" if len(found.runs) == 2 else "all others"
        return f"{ahead[0]} is better than {others}, with 95% confidence, {how}; all trials of each count."
    if len(tied) == len(found.runs):
        more = "" if len(found.shared_splits) > 1 else " With the same seed and folds less would tell them apart."
        return f"They cannot be told apart, with 95% confidence, {how}; all trials of each count.{more}"
    return f"Best, with 95% confidence, {how}: one of {', '.join(tied)}; all trials of each count."


def tables(found: RunsCompared) -> list[Table]:
    """Return what there is to see: the runs, what was asked otherwise, and in what their winners differ."""
    made = [Table("Runs", *_run_rows(found))]
    if found.asked:
        made.append(Table("What was asked otherwise", ["", *found.names], _side_by_side(found.asked)))
    if found.parameters:
        made.append(Table("Their best trials", ["", *found.names], _side_by_side(found.parameters)))
    return made


def compared_dict(found: RunsCompared) -> dict[str, Any]:
    """Return the comparison as plain data, for programs to read."""
    return {
        "metric": found.metric,
        "verdict": verdict(found),
        "n_shared_splits": len(found.shared_splits),
        "runs": [_run_dict(found, index) for index in range(len(found.runs))],
        "asked_otherwise": {key: list(values) for key, values in found.asked.items()},
        "parameters": {key: [_plain(value) for value in values] for key, values in found.parameters.items()},
    }


def _run_dict(found: RunsCompared, index: int) -> dict[str, Any]:
    run, difference = found.runs[index], found.difference(index)
    best = run.best
    return {
        "name": found.names[index],
        "folder": None if run.folder is None else str(run.folder),
        "dataset": run.dataset.get("name"),
        "n_trials": len(run.trials),
        "n_fits": run.n_fits_done,
        "seconds": run.elapsed,
        "score": None if best is None else best.mean,
        "standard_error": None if best is None else best.standard_error,
        "test": None if run.final is None or run.final.test is None else dict(run.final.test),
        "standing": None if found.compared.reason is not None else found.standings[index],
        "difference": None if difference is None else difference.mean,
        "difference_standard_error": None if difference is None else difference.standard_error,
    }


def _run_rows(found: RunsCompared) -> tuple[list[str], Rows]:
    heads = [
        "run",
        "data",
        "trials",
        "fits",
        score_name(found.metric),
        "test",
        "weights",
        "time",
        "held against the others",
    ]
    rows = []
    for index, (name, run) in enumerate(zip(found.names, found.runs, strict=True)):
        best = run.best
        rows.append([
            name,
            str(run.dataset.get("name", NOTHING)),
            f"{len(run.trials):,}",
            f"{run.n_fits_done:,}",
            NOTHING if best is None else score_text(best),
            _test(run),
            NOTHING if best is None or best.n_parameters is None else f"{best.n_parameters:,}",
            duration(run.elapsed),
            _standing(found, index),
        ])  # fmt: skip
    return heads, rows


def _test(run: Run) -> str:
    tested = None if run.final is None or run.final.test is None else run.final.test.get(run.metric)
    return NOTHING if tested is None else number_text(tested)


def _standing(found: RunsCompared, index: int) -> str:
    said = {"ahead": "better", "tied": "cannot be told apart", "behind": "worse"}[found.standings[index]]
    said = NOTHING if found.compared.reason is not None else said
    difference = found.difference(index)
    if difference is None:
        return said
    if difference.mean == 0:
        return f"{said}: as {found.names[0]} in the mean"
    by = with_error(abs(difference.mean), difference.standard_error)
    # A better error is one below.
    is_above = found.runs[index].scale.sign * difference.mean > 0
    return f"{said}: {by} {'above' if is_above else 'below'} {found.names[0]} in the mean"


def _side_by_side(values: Mapping[str, Sequence[Any]]) -> Rows:
    return [[name, *(_text(value) for value in each)] for name, each in values.items()]


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return value_text(frozen(value))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
