"""Which tasks need the same program, so that a worker which has compiled it can have them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from sklearn.base import clone

from kerasgrid.axes.names import OWN_PREFIX
from kerasgrid.axes.parameters import PARAMETERS, builder_params, default_of, structure
from kerasgrid.errors import KerasgridError
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
    params = ours.get_params(deep=False)
    try:
        if isinstance(params["model"], str):
            return structure(resolved_params(params, ours._task))
    except KerasgridError:
        return None  # the fit will say what is wrong
    # Of the engine's numbers only whether weights decay makes another program; the builder does not see them.
    decay = PARAMETERS["weight_decay"]
    given = params["weight_decay"]
    decays = bool(default_of(decay, ours._task, str(params["optimizer"]), "", "") if given is None else given)
    visible = {name: value for name, value in params.items() if name in PARAMETERS or name.startswith(OWN_PREFIX)}
    return id(params["model"]), decays, frozen(builder_params(visible))


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
