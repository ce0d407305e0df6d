"""Callbacks as estimators take them: classes, instances, lists and mappings of these, with ``callbacks__…`` routed."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

from kerasgrid.errors import ParameterError
from kerasgrid.estimators.arguments import extras_of
from kerasgrid.estimators.made import made, routed


def callbacks_of(estimator: Any, given: Any) -> list[Any]:
    """Return the callbacks of one fit.

    Those of the estimator's parameter are copied for each fit, so that none begins with what it learnt in another;
    those that ``fit`` was given are the very ones, as of ``keras.Model.fit``.

    Args:
        estimator: The estimator; ``callbacks`` and ``callbacks__…`` are its parameters.
        given: What ``fit`` was given.

    Raises:
        ParameterError: if they are none, or cannot be honoured.
    """
    extras = {name: getattr(estimator, name) for name in extras_of(estimator)}
    routes = routed(extras, "callbacks")
    if any(name.startswith("predict__callbacks") for name in extras):
        raise ParameterError("nothing is called while predicting", where="predict__callbacks", hint="leave it out")
    if routes and estimator.callbacks is None:
        first = f"callbacks__{next(iter(routes))}"
        raise ParameterError("needs the callbacks that it is for", where=first, hint="give callbacks, too")
    own = [_copied(one) for one in _flat(_made(estimator.callbacks, routes))]
    found = [*own, *_flat(_made(given, {}))]
    if found:
        from kerasgrid.engine.callbacks import check_callbacks
        from kerasgrid.engine.keras_setup import import_as_guest
        from kerasgrid.errors import SpaceError

        import_as_guest()
        try:
            check_callbacks(found)
        except SpaceError as error:
            raise ParameterError(error.rule, where=error.where, got=error.got, hint=error.hint) from None
    return found


def _made(callbacks: Any, routes: Mapping[str, Any]) -> Any:
    return [] if callbacks is None else made(callbacks, routes, "callbacks")


def _flat(callbacks: Any) -> list[Any]:
    if isinstance(callbacks, Mapping):
        callbacks = list(callbacks.values())
    if not isinstance(callbacks, list | tuple):
        return [callbacks]
    return [part for one in callbacks for part in _flat(one)]


def _copied(callback: Any) -> Any:
    if inspect.isclass(callback):
        return callback
    try:
        return copy.deepcopy(callback)
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return callback  # it holds an open file, or the like
