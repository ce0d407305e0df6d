"""The table of hyperparameters, and what follows from it and from the table of model families.

Rows may be added at any time, so nothing here is worked out when it is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kerasgrid.axes import names
from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.rules import check_rules, implied
from kerasgrid.axes.table import ROWS
from kerasgrid.axes.value import Structure, Value
from kerasgrid.errors import SpaceError, nearest
from kerasgrid.registry import Registry, changes

PARAMETERS: Registry[Parameter] = Registry("hyperparameter", ROWS)
"""Every hyperparameter by its name."""

MODEL = Parameter("model", "name", "the model", "model", structural=True, default="mlp", names=FAMILIES)
"""The axis that picks the model; apart from the table, since the other parameters depend on it."""


def takes(model: object, name: str) -> bool:
    """Whether a model takes a parameter; a user's own takes all of the table, and those that begin with ``model__``."""
    if names.is_own(model):
        return name in PARAMETERS or name.startswith(names.OWN_PREFIX)
    family, parameter = FAMILIES.get(str(model)), PARAMETERS.get(name)
    return family is not None and parameter is not None and family.has(parameter.part)


def parameters_of(model: str) -> tuple[Parameter, ...]:
    """Return the parameters that a model takes, in the table's order; a user's own may take all of them."""
    return _parameters_of(model, changes())


@lru_cache(maxsize=64)
def _parameters_of(model: str, rows: int) -> tuple[Parameter, ...]:
    family, table = FAMILIES.get(model), PARAMETERS.values()
    if family is None:
        return tuple(table) if names.is_own(model) else ()
    return tuple(parameter for parameter in table if family.has(parameter.part))


def families_with(part: str) -> tuple[str, ...]:
    """Return the names of the families that have a part."""
    return tuple(name for name, family in FAMILIES.items() if family.has(part))


def only_text(parameter: Parameter) -> str:
    """Return which models take a parameter, such as `` (cnn only)``; nothing if all do."""
    families = families_with(parameter.part)
    return "" if len(families) == len(FAMILIES) else f" ({', '.join(families)} only)"


def exceptions_of(parameter: Parameter) -> dict[str, Value]:
    """Return the defaults that hold for a loss, task, optimizer or model instead of the general one, by its name."""
    of_families = {
        name: family.defaults[parameter.name] for name, family in FAMILIES.items() if parameter.name in family.defaults
    }
    return {**parameter.default_for, **of_families}


def default_of(parameter: Parameter, task: str, optimizer: str, model: str, loss: str) -> Value:
    """Return the default under this loss, this task, this optimizer and this model, in this order."""
    for name in (loss, task, optimizer):
        if name in parameter.default_for:
            return parameter.default_for[name]
    family = FAMILIES.get(model)
    return parameter.default if family is None else family.defaults.get(parameter.name, parameter.default)


def builder_params(resolved: Mapping[str, Value]) -> dict[str, Value]:
    """Return what the builder of a user's own model is given: its own parameters without their prefix, and the table's.

    The table's are those that a builder may read: see :attr:`Parameter.seen_by_builders`. A parameter of its own hides
    one of the table of the same name.
    """
    own = {name: value for name, value in resolved.items() if name.startswith(names.OWN_PREFIX)}
    seen = {name: value for name, value in resolved.items() if name in PARAMETERS and PARAMETERS[name].seen_by_builders}
    return seen | {name.removeprefix(names.OWN_PREFIX): value for name, value in own.items()}


def normalise(name: str, value: Any, where: str | None = None) -> Value:
    """Return the one form of a parameter's value (or of ``model``); see :meth:`Parameter.normalise`.

    Raises:
        SpaceError: There is no such parameter, or the value does not suit it.
    """
    if where is None:
        where = f"params.{name}"
    return (MODEL if name == MODEL.name else _parameter(name, where)).normalise(value, where)


def check_taken(name: str, models: tuple[str, ...], where: str) -> Parameter:
    """Return the parameter of this name, which at least one of the models must take.

    Raises:
        SpaceError: There is no such parameter, or none of the models takes it.
    """
    if name.startswith(names.OWN_PREFIX) and any(map(names.is_own, models)):
        return Parameter(name, "any", "a parameter of the builder", "builder", structural=True)
    parameter = _parameter(name, where)
    if not any(takes(model, name) for model in models):
        chosen = f"the model {models[0]} does" if len(models) == 1 else f"the models {', '.join(models)} do"
        families = families_with(parameter.part)
        others = f" ({', '.join(families)} {'does' if len(families) == 1 else 'do'})" if families else ""
        raise SpaceError(f"{chosen} not take it{others}", where=where)
    return parameter


def resolve(params: Mapping[str, Value], task: str) -> dict[str, Value]:
    """Return every parameter of a candidate's model, defaults filled in; ``model`` comes first.

    Resolving a resolved candidate changes nothing. ``momentum`` is None without an SGD optimizer. A user's own model
    (``module:builder``) has every parameter of the table and, at the end, its own, which are left as they are.

    A candidate carries its answer: see :meth:`kerasgrid.axes.candidate.Candidate.resolved`.

    Args:
        params: Any mapping from parameter names to values.
        task: ``classification`` or ``regression``.

    Raises:
        SpaceError: A name or a value is wrong, or two values contradict each other or the task.
    """
    model = params.get("model", MODEL.default)
    given = {name: value for name, value in params.items() if name != "model"}
    own = {}
    if names.is_own(model):
        own = {name: given.pop(name) for name in list(given) if name.startswith(names.OWN_PREFIX)}
    else:
        model = normalise("model", model)
    for name in given:
        check_taken(name, (str(model),), f"params.{name}")
    # None stands for "not set" in a resolved candidate
    set_ = {name: normalise(name, value) for name, value in given.items() if value is not None}
    taken = parameters_of(str(model))
    set_ |= implied(taken, set_)
    optimizer = str(set_.get("optimizer", PARAMETERS["optimizer"].default))
    resolved: dict[str, Value] = {"model": model}
    for parameter in taken:
        if parameter.name in set_:
            resolved[parameter.name] = set_[parameter.name]
        else:
            resolved[parameter.name] = default_of(parameter, task, optimizer, str(model), str(resolved.get("loss")))
    check_rules(taken, resolved, task)
    return resolved | own


def keyed(resolved: Mapping[str, Value], task: str) -> dict[str, Value]:
    """Return what a fit's key is made of: the resolved parameters without the defaults of rows that came later."""
    optimizer, model, loss = (str(resolved[name]) for name in ("optimizer", "model", "loss"))

    def counts(name: str, value: Value) -> bool:
        row = PARAMETERS.get(name)
        return row is None or row.default_is_keyed or value != default_of(row, task, optimizer, model, loss)

    return {name: value for name, value in resolved.items() if counts(name, value)}


def prefix(resolved: Mapping[str, Value], task: str) -> dict[str, Value] | None:
    """Return what candidates have in common that are one training, ended after some epochs: :func:`keyed` without them.

    None where what an epoch trains depends on how many there are to be, as the table says.
    """
    for name, value in resolved.items():
        row = PARAMETERS.get(name)
        if row is not None and row.spans_epochs is not None and row.spans_epochs(value):
            return None
    return {name: value for name, value in keyed(resolved, task).items() if name != "epochs"}


def structure(resolved: Mapping[str, Value]) -> Structure:
    """Return what makes the program of a resolved candidate: equal structures share one program.

    To the structural parameters it adds ``dropout_on``, ``l2_on`` and the like: of some numbers only whether they are
    zero (or None) changes the program, and of some objects only a part does. Who knows what a user's own builder does
    with a number that it sees? So each of these makes another program. Rows that came later count only beside their
    default, as in keys.
    """
    is_own = names.is_own(resolved["model"])
    parts: dict[str, Value] = {}
    for name, value in resolved.items():
        parameter = PARAMETERS.get(name)
        if parameter is not None and not parameter.default_is_keyed and value == parameter.default:
            continue
        if parameter is None or parameter.structural or (is_own and parameter.seen_by_builders):
            parts[name] = value
        elif parameter.structural_part is not None:
            parts[name] = parameter.structural_part(value)
        elif parameter.on_is_structural:
            parts[f"{name}_on"] = bool(value)
    return tuple(sorted(parts.items()))


def _parameter(name: str, where: str) -> Parameter:
    if name not in PARAMETERS:
        near = nearest(name, PARAMETERS)
        hint = "known are " + ", ".join(PARAMETERS) if near is None else f"did you mean {near}?"
        raise SpaceError("there is no such parameter", where=where, hint=hint)
    return PARAMETERS[name]
