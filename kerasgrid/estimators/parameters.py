"""From an estimator's parameters to resolved hyperparameters, a seed and a builder's name."""

from __future__ import annotations

import functools
import hashlib
import itertools
import pickle
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cloudpickle
import numpy as np
from sklearn.utils import check_random_state

from kerasgrid.axes.families import FAMILIES
from kerasgrid.axes.names import OWN_PREFIX, is_own
from kerasgrid.axes.parameters import PARAMETERS, normalise, resolve
from kerasgrid.engine.keras_setup import import_as_guest
from kerasgrid.errors import DataError, InputError, ParameterError, SpaceError
from kerasgrid.estimators.asked import Asked
from kerasgrid.estimators.code import code_digest

_DEFAULT_BY_NONE = ("batch_size",)
"""Parameters whose None is their default, as Keras and scikeras have it."""


def resolved_params(asked: Asked, task: str) -> dict[str, Any]:
    """Return the resolved hyperparameters of what an estimator's parameters ask for; ``model`` is a name.

    Parameters that the model does not take are left out where they have their defaults. Imports Keras if ``model`` is
    a builder, which is made known under its name.

    Raises:
        ParameterError: if one is wrong, is not taken by the model, or contradicts another.
    """
    model = asked.model
    if not isinstance(model, str) and (callable(model) or asked.is_ready):
        model = _name_of_builder(asked)
    elif not isinstance(model, str) or is_own(model):
        raise ParameterError(
            f"must be {', '.join([*FAMILIES][:-1])} or {[*FAMILIES][-1]}, or a function that builds a model",
            where="model",
            got=repr(model)[:80],
        )
    if OWN_PREFIX in asked.own:
        raise ParameterError("must go on with a name", where=OWN_PREFIX, hint=f"{OWN_PREFIX}units")
    # Who compiles a model, or gives an optimizer, decides which numbers belong beside it.
    is_open = "optimizer" not in asked.table and (is_own(model) or asked.optimizer is not None)
    changed: dict[str, Any] = {"model": model}
    try:
        for name, value in asked.table.items():
            if value is None and name in _DEFAULT_BY_NONE:
                continue
            normal = normalise(name, value)
            beside = PARAMETERS[name].beside
            if not (is_open and beside is not None and beside.other == "optimizer"):
                changed[name] = normal
        return resolve({**changed, **asked.own}, task)
    except SpaceError as error:
        raise as_parameter_error(error) from None


def as_parameter_error(error: SpaceError) -> ParameterError:
    """Return the same error in an estimator's words."""
    where = None if error.where is None else error.where.removeprefix("params.")
    return ParameterError(error.rule, where=where, got=error.got, hint=error.hint)


@contextmanager
def as_estimator_errors() -> Iterator[None]:
    """Let what is wrong with a space or data set be said as of an estimator's parameters, X and y."""
    try:
        yield
    except SpaceError as error:
        raise as_parameter_error(error) from error.__cause__
    except DataError as error:
        raise InputError(error.rule, where=error.where, got=error.got, hint=error.hint) from error.__cause__


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
    """Return something hashable that equals another's only if the values are of one type and the same.

    Functions and classes are the same if their code is, and what it reads: see
    :func:`~kerasgrid.estimators.code.code_digest`.
    """
    if isinstance(value, Mapping):
        return type(value).__name__, tuple((key, frozen(part)) for key, part in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(frozen(part) for part in value)
    if hasattr(value, "identity"):  # of what a builder of named arguments gets
        return type(value).__name__, value.identity
    if hasattr(value, "reduction") and hasattr(value, "call"):  # a loss, which is pickled without some of its numbers
        return type(value).__name__, digest_of(type(value)), code_digest(type(value)), frozen(vars(value))
    if hasattr(value, "result") and hasattr(value, "get_config"):  # a metric cannot be pickled
        function = frozen(getattr(value, "_fn", None))  # of which its configuration has the name alone
        return type(value).__name__, code_digest(type(value)), frozen(value.get_config()), function
    if isinstance(value, str | int | float | bytes | bool | type(None)):
        return type(value).__name__, value
    # What can be imported is pickled by its name.
    code = code_digest(value) if callable(value) else ""
    return type(value).__name__, digest_of(value), code


def adapted(asked: Asked) -> Any:
    """Return what kerasgrid calls to build the model of a builder, or to copy a model."""
    from kerasgrid.models.builders import NamedBuilder, ReadyModel

    if asked.is_ready:
        return ReadyModel(asked.model)
    return asked.model if asked.signature is None else NamedBuilder(asked.model)


def _name_of_builder(asked: Asked) -> str:
    """Make a builder known to the model factory, and return its name: equal builders have equal names."""
    import_as_guest()

    from kerasgrid.models.architecture import architecture_digest
    from kerasgrid.models.own import register, registered

    builder = asked.model
    if asked.is_ready:
        name = f"keras:{type(builder).__name__}@{architecture_digest(builder) or id(builder)}"
        register(name, adapted(asked), may_compile=True)
        return name
    function = builder.func if isinstance(builder, functools.partial) else builder
    name = f"{function.__module__}:{getattr(function, '__qualname__', type(function).__qualname__)}"
    is_importable = _is_importable(builder)
    # Who changes a number that it reads wants another model.
    name += f"@{code_digest(builder)}"
    if not is_importable:
        name += f"@{digest_of(builder)}"
    # A module that was imported again has another function of the same name.
    for number in itertools.count():
        numbered = name if number == 0 else f"{name}#{number}"
        known = registered(numbered)
        known = getattr(known, "__wrapped__", known)
        if known is None or known is builder or not is_importable:
            register(numbered, adapted(asked), may_compile=True)
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


def digest_of(value: Any) -> str:
    """Return a hash of what pickling the value by its content gives; of its identity where that cannot be."""
    try:
        with warnings.catch_warnings():
            # Keras pickles models by saving them, and warns of those that are not built.
            warnings.simplefilter("ignore")
            content = cloudpickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError, NotImplementedError):
        content = str(id(value)).encode()
    return hashlib.blake2b(content, digest_size=6).hexdigest()
