"""The metrics of a space: the one that trials are compared by, and those that are recorded besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BeforeValidator

from kerasgrid.axes.parameter import shown
from kerasgrid.axes.problems import carried, together
from kerasgrid.errors import SpaceError, nearest
from kerasgrid.fits.metric import METRICS, choices_for, every_choice, metrics_for


def metric_name(where: str) -> BeforeValidator:
    """Return what validates a key of a file that must be a metric."""

    def check(raw: Any) -> Any:
        try:
            return _known(raw, where)
        except SpaceError as error:
            raise carried([error]) from None

    return BeforeValidator(check)


def metric_names(where: str) -> BeforeValidator:
    """Return what validates a key of a file that must be a list of different metrics, or a single one."""

    def check(raw: Any) -> Any:
        names = [raw] if isinstance(raw, str) else raw
        if not isinstance(names, list | tuple):
            raise carried([SpaceError("must be a list of metrics", where=where, got=shown(raw))])
        problems = []
        for place, name in enumerate(names):
            try:
                _known(name, f"{where}[{place}]")
            except SpaceError as error:
                problems.append(error)
        if not problems and len(set(names)) < len(names):
            twice = next(name for name in names if list(names).count(name) > 1)
            problems.append(SpaceError("metrics must differ", where=where, got=f"{shown(twice)} twice"))
        if problems:
            raise carried(problems)
        return tuple(names)

    return BeforeValidator(check)


def ranked_by(metric: str | None, task: str) -> str:
    """Return the metric to compare by: the file's, or else accuracy for classes and mse for regression.

    Raises:
        SpaceError: The file's metric is not one of the task's.
    """
    if metric is None:
        return choices_for(task)[0]
    check_suits([metric], task, "metric")
    return metric


def check_suits(names: Iterable[str], task: str, where: str) -> None:
    """Check that these metrics are some of a task's.

    Raises:
        SpaceError: One is not; one line each.
    """
    *best, loss = metrics_for(task)[1:] + metrics_for(task)[:1]
    problems = []
    for name in names:
        if not METRICS[name].suits(task):
            near = [other for other in METRICS[name].needs.near if METRICS[other].suits(task)]
            likely = ", ".join([*best, loss, *near])
            hint = f"one of {likely}, or another that kerasgrid list names, by --metric or in the space"
            problems.append(SpaceError(f"must suit the task {task}", where=where, got=shown(name), hint=hint))
    if problems:
        raise together(problems)


def _known(raw: Any, where: str) -> str:
    names = every_choice()
    if raw in names:
        return str(raw)
    near = nearest(raw, names) if isinstance(raw, str) else None
    hint = "kerasgrid list names them" if near is None else f"did you mean {near}? kerasgrid list names all"
    raise SpaceError("must be a metric", where=where, got=shown(raw), hint=hint)
