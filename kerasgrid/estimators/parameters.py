"""From an estimator's parameters to resolved hyperparameters, a seed and a builder's name."""

from __future__ import annotations

import functools
import hashlib
import itertools
import pickle
import sys
from collections.abc import Mapping
from typing import Any

import cloudpickle
import numpy as np
from sklearn.utils import check_random_state

from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.names import OWN_PREFIX, is_own
from kerasgrid.axes.parameters import PARAMETERS, normalise, resolve
from kerasgrid.engine.keras_setup import import_as_guest
from kerasgrid.errors import ParameterError, SpaceError
from kerasgrid.estimators.arguments import default_of
from kerasgrid.estimators.code import code_digest


def resolved_params(params: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return the resolved hyperparameters of an estimator's parameters; ``model`` is a name.

    Parameters that the model does not take are left out where they have their defaults. Imports Keras if ``model`` is
    a builder, which is made known under its name.

    Raises:
        ParameterError: if one is wrong, is not taken by the model, or contradicts another.
    """
    model = params["model"]
    if callable(model):
        model = _name_of_builder(model)
    elif not isinstance(model, str) or is_own(model):
        raise ParameterError(
            f"must be {', '.join([*FAMILIES][:-1])} or {[*FAMILIES][-1]}, or a function that builds a model",
            where="model",
            got=repr(model)[:80],
        )
    changed: dict[str, Any] = {"model": model}
    own = {name: value for name, value in params.items() if name.startswith(OWN_PREFIX)}
    if own and not is_own(model):
        raise ParameterError("only a model of your own takes it", where=next(iter(own)), got=f"model={model!r}")
    if OWN_PREFIX in own:
        raise ParameterError("must go on with a name", where=OWN_PREFIX, hint=f"{OWN_PREFIX}units")
    try:
        for name, parameter in PARAMETERS.items():
            value = params[name].tolist() if isinstance(params[name], np.ndarray) else params[name]
            default = default_of(parameter)
            if (tuple(value) if isinstance(value, list) else value) != default:
                changed[name] = normalise(name, value)
        return resolve({**changed, **own}, task)
    except SpaceError as error:
        raise as_parameter_error(error) from None


def as_parameter_error(error: SpaceError) -> ParameterError:
    """Return the same error in an estimator's words."""
    where = None if error.where is None else error.where.removeprefix("params.")
    return ParameterError(error.rule, where=where, got=error.got, hint=error.hint)


def seed_of(random_state: Any) -> int:
    """Return the seed of one fit: an int is the seed itself, all else is drawn as scikit-learn draws.

    Raises:
        ParameterError: if ``random_state`` is no int in 0..2³²-1, RandomState or None.
    """
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool) and 0 <= random_state < 2**32:
        return int(random_state)
    if random_state is None or isinstance(random_state, np.random.RandomState):
        return int(check_random_state(random_state).randint(2**31 - 1))
    raise ParameterError(
        "must be a whole number from 0 to 4294967295, a RandomState or None",
        where="random_state",
        got=repr(random_state)[:80],
    )


def frozen(value: Any) -> Any:
    """Return something hashable that equals another's only if the values are of one type and the same."""
    if isinstance(value, Mapping):
        return type(value).__name__, tuple((key, frozen(part)) for key, part in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(frozen(part) for part in value)
    if isinstance(value, str | int | float | bytes | bool | type(None)):
        return type(value).__name__, value
    return type(value).__name__, _digest(value)


def _name_of_builder(builder: Any) -> str:
    """Make a builder known to the model factory, and return its name: equal builders have equal names."""
    import_as_guest()
    import keras

    from kerasgrid.models.own import register, registered

    if isinstance(builder, keras.Model):
        raise ParameterError(
            "must be a function that builds a new model at each call",
            where="model",
            got="a keras.Model",
            hint="def build(params, input_shape, n_outputs): return keras.Sequential(…)",
        )
    function = builder.func if isinstance(builder, functools.partial) else builder
    name = f"{function.__module__}:{getattr(function, '__qualname__', type(function).__qualname__)}"
    is_importable = _is_importable(builder)
    if not is_importable:
        name += f"@{_digest(builder)}"
    else:
        # Who changes a number that it reads wants another model.
        name += f"@{code_digest(builder)}"
    # A module that was imported again has another function of the same name.
    for number in itertools.count():
        numbered = name if number == 0 else f"{name}#{number}"
        known = registered(numbered)
        if known is None or known is builder or not is_importable:
            register(numbered, builder)
            return numbered
    raise AssertionError("unreachable")


def _is_importable(builder: Any) -> bool:
    module = sys.modules.get(getattr(builder, "__module__", None) or "")
    if module is None or module.__name__ == "__main__":
        return False
    found: Any = module
    for part in getattr(builder, "__qualname__", "<none>").split("."):
        found = getattr(found, part, None)
    return found is builder


def _digest(value: Any) -> str:
    """Return a hash of what pickling the value by its content gives; of its identity where that cannot be."""
    try:
        content = cloudpickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError, NotImplementedError):
        content = str(id(value)).encode()
    return hashlib.blake2b(content, digest_size=6).hexdigest()
