"""Which tasks need the same program, so that a worker which has compiled it can have them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from sklearn.base import clone

from kerasgrid.axes.parameters import PARAMETERS, builder_params, default_of, structure
from kerasgrid.errors import KerasgridError
from kerasgrid.estimators.asked import asked_of
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.parameters import frozen, resolved_params

_KERAS_PACKAGES = ("keras", "scikeras", "tensorflow")


def needs_engine(estimator: Any, parameters: Mapping[str, Any] | None) -> bool:
    """Return whether this candidate is or holds an estimator of Keras, ours or another's."""
    return any(
        isinstance(thing, KerasEstimator) or cls.__module__.partition(".")[0] in _KERAS_PACKAGES
        for thing in _held(estimator, parameters or {})
        for cls in type(thing).__mro__
    )


def program_of(estimator: Any, parameters: Mapping[str, Any] | None) -> Hashable:
    """Return the key of the program that this candidate compiles: equal keys share it.

    None for estimators that are not ours, and do not hold one of ours as a pipeline does: nothing is known of them.
    """
    ours = _keras_estimator(estimator, parameters or {})
    if ours is None:
        return None
    try:
        asked = asked_of(ours, {})
        if asked.is_family:
            objects = (asked.optimizer and asked.optimizer.structure, asked.options, asked.loss, asked.metrics)
            return structure(resolved_params(asked, ours._task)), frozen(objects)
    except KerasgridError:
        return None  # the fit will say what is wrong
    if asked.signature is not None:
        return id(asked.model), frozen(asked.given)
    # Of the engine's numbers only whether weights decay makes another program; the builder does not see them.
    decay = PARAMETERS["weight_decay"]
    given = asked.table.get("weight_decay")
    named = str(asked.table.get("optimizer", PARAMETERS["optimizer"].default))
    decays = bool(default_of(decay, ours._task, named, "", "") if given is None else given)
    visible = {name: getattr(ours, name) for name in PARAMETERS} | asked.own
    return id(asked.model), decays, frozen(builder_params(visible))


def _keras_estimator(estimator: Any, parameters: Mapping[str, Any]) -> KerasEstimator | None:
    if not any(isinstance(thing, KerasEstimator) for thing in _held(estimator, parameters)):
        return None
    made = clone(estimator).set_params(**clone(dict(parameters), safe=False))
    found = (thing for thing in (made, *_params(made).values()) if isinstance(thing, KerasEstimator))
    return next(found, None)


def _held(estimator: Any, parameters: Mapping[str, Any]) -> list[Any]:
    """Return the estimator, all that it holds, and what this candidate puts into it."""
    return [estimator, *_params(estimator).values(), *parameters.values()]


def _params(estimator: Any) -> dict[str, Any]:
    return dict(estimator.get_params(deep=True)) if hasattr(estimator, "get_params") else {}
