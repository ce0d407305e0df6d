"""What an estimator keeps besides its parameters where it is cloned, as a search does: it counts for keys."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import sklearn
from sklearn.base import BaseEstimator

from kerasgrid.estimators.base import KerasEstimator

_KEEPS_NOTHING = (BaseEstimator, KerasEstimator)
"""Whose clones have parameters alone."""


def kept_by_clones(estimator: Any, error: Callable[[], Exception]) -> list[Any]:
    """Return what tells an estimator from others of its parameters; nothing of most.

    That is what was learnt by one that stays fitted, as scikit-learn's FrozenEstimator, and with metadata routing what
    was set of the requests.

    Args:
        estimator: Anything with ``get_params``.
        error: Makes what is raised if that cannot be told.
    """
    kept: list[Any] = []
    if sklearn.get_config().get("enable_metadata_routing") and (requests := _requests_set(estimator)):
        kept.append(["requests", requests])
    if _stays_fitted(estimator):
        try:
            kept.append(["fitted", _hash_of(estimator)])
        except (pickle.PicklingError, TypeError, AttributeError, NotImplementedError):
            raise error() from None
    return kept


def has_owner(value: Any) -> bool:
    """Whether it is scikit-learn's account of requests that holds the object that they are of, which holds it."""
    is_theirs = type(value).__module__.startswith("sklearn.") and hasattr(value, "_serialize")
    return is_theirs and not isinstance(getattr(value, "owner", ""), str)


def requests_of(requests: Any) -> dict[str, Any]:
    """Return the requests by method and argument, in terms of JSON."""
    found: dict[str, Any] = requests._serialize()
    return found


def forget_fitted() -> None:
    """Look at estimators again: a fitted one may have been fitted anew."""
    _hash_of.cache_clear()


def _requests_set(estimator: Any) -> dict[str, Any]:
    """Return the requests of an estimator, if they are others than those of its class."""
    requests = getattr(estimator, "__dict__", {}).get("_metadata_request")
    if requests is None:
        return {}
    found, usual = requests_of(requests), requests_of(object.__new__(type(estimator))._get_metadata_request())
    return {} if found == usual else found


def _stays_fitted(estimator: Any) -> bool:
    clones = getattr(type(estimator), "__sklearn_clone__", None)
    if clones is None or any(clones is cls.__sklearn_clone__ for cls in _KEEPS_NOTHING):
        return False
    made = estimator.__sklearn_clone__()
    return made is estimator or any(name.endswith("_") and not name.endswith("__") for name in vars(made))


@functools.lru_cache(maxsize=8)
def _hash_of(estimator: Any) -> str:
    return str(joblib.hash(estimator))
