"""Which tasks need the same program, so that a worker which has compiled it can have them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from sklearn.base import clone

from kerasgrid.axes.parameters import structure
from kerasgrid.errors import KerasgridError
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.parameters import frozen, resolved_params

_NUMERIC = ("learning_rate", "epochs", "validation_split", "random_state", "verbose")
"""What a builder of the user's own cannot see, and the program reads as numbers."""


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
    builder = params.pop("model")
    return id(builder), frozen({name: value for name, value in params.items() if name not in _NUMERIC})


def _keras_estimator(estimator: Any, parameters: Mapping[str, Any]) -> KerasEstimator | None:
    held = [estimator, *_params(estimator).values(), *parameters.values()]
    if not any(isinstance(thing, KerasEstimator) for thing in held):
        return None
    made = clone(estimator).set_params(**clone(dict(parameters), safe=False))
    found = (thing for thing in (made, *_params(made).values()) if isinstance(thing, KerasEstimator))
    return next(found, None)


def _params(estimator: Any) -> dict[str, Any]:
    return dict(estimator.get_params(deep=True)) if hasattr(estimator, "get_params") else {}
