"""What must hold between the values of one resolved candidate, beyond the range of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kerasgrid.axes import names
from kerasgrid.axes.class_weights import check_class_weight
from kerasgrid.axes.losses import check_loss
from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError


def implied(taken: Iterable[Parameter], given: Mapping[str, Value]) -> dict[str, Value]:
    """Return what the given parameters say of others that are not given."""
    besides = [row.beside for row in taken if row.beside is not None and row.beside.is_set(given.get(row.name))]
    return {
        beside.other: beside.implied for beside in besides if beside.implied is not None and beside.other not in given
    }


def check_rules(taken: Iterable[Parameter], resolved: Mapping[str, Value], task: str) -> None:
    """Check that no two values contradict each other or the task.

    Args:
        taken: The parameters that the model takes.
        resolved: A value for each of these.
        task: One of :data:`kerasgrid.axes.names.TASKS`.

    Raises:
        SpaceError: The first contradiction.
    """
    for parameter in taken:
        beside = parameter.beside
        if beside is not None and beside.other in resolved and beside.is_set(resolved[parameter.name]):
            problem = beside.problem([resolved[beside.other]], f"params.{parameter.name}")
            if problem is not None:
                raise problem
    _check_clipping(resolved)
    _check_watched(resolved)
    check_loss(resolved, task)
    check_class_weight(resolved, task)


def _check_clipping(resolved: Mapping[str, Value]) -> None:
    given = [name for name in names.CLIPPINGS if resolved.get(name) is not None]
    if len(given) > 1:
        rule = f"only one of {', '.join(names.CLIPPINGS[:-1])} and {names.CLIPPINGS[-1]} may be set"
        raise SpaceError(rule, where=f"params.{given[1]}", got=f"{given[0]} {shown(resolved[given[0]])} beside it")


def _check_watched(resolved: Mapping[str, Value]) -> None:
    plateau = resolved.get("reduce_on_plateau")
    if resolved.get("early_stopping") is not None and isinstance(plateau, Mapping) and "validation_split" in plateau:
        rule = "must be left out beside early_stopping, whose watched samples it looks at"
        where = "params.reduce_on_plateau.validation_split"
        raise SpaceError(rule, where=where, got=shown(plateau["validation_split"]))
