"""The content key of a task: a hash of all that determines its scores, the same in every process."""

from __future__ import annotations

import functools
import hashlib
import importlib
import sys
import types
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.errors import RunError
from kerasgrid.estimators.arguments import OTHERS, default_of
from kerasgrid.estimators.asked import asked_of
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.code import code_digest
from kerasgrid.fits.fit import OWN_MODELS_VERSION, content_key
from kerasgrid.model_selection.kept import forget_fitted, has_owner, kept_by_clones, requests_of
from kerasgrid.system.versions import PACKAGES, installed_versions

_VERSION = 1
"""Part of every key. Raise it when the same search would keep other things, or our estimators give other numbers."""

_OWN_CLASSES = {
    "KerasClassifier": {
        "cpython-311": "51b272ee0d82c05b5568466c",
        "cpython-312": "9013bde038b8fd81de455e1e",
        "cpython-313": "3e4528a2955ad90da89c47e8",
    },
    "KerasRegressor": {
        "cpython-311": "6197bdef369bd05f8590f5fe",
        "cpython-312": "82d8f0e3c83cb7c912c2f55d",
        "cpython-313": "5af4e8f0d624c8c0c4d954cc",
    },
}
"""Digests of our own estimators' code as it was when folders first kept their fits: these are still found."""


class Keys:
    """Makes the keys of one search's tasks; data and splits, which they share, are hashed once."""

    def __init__(self) -> None:
        self._versions = {name: version for name, version in installed_versions().items() if name in PACKAGES}
        self._known: dict[int, tuple[object, str]] = {}
        # The values that a function reads may have changed since the last search.
        _digest.cache_clear()
        forget_fitted()

    def key(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Return the key of this call of ``_fit_and_score``: 32 hexadecimal digits.

        It depends on the estimator's class and parameters, the candidate, the split's indices, X, y, scorers, fit
        parameters, whether training scores are wanted, scikit-learn's settings apart from those of display, and the
        versions of the packages. Of functions and classes the code counts, as
        :func:`~kerasgrid.estimators.code.code_digest` reads it.

        Raises:
            RunError: if a part of it has no description that is the same in every process.
        """
        import sklearn

        estimator, *data = args
        parts = {
            "version": _VERSION,
            "packages": self._versions,
            "estimator": described(estimator, "estimator"),
            "parameters": described(kwargs.get("parameters"), "parameters"),
            "scorer": self._hashed(kwargs.get("scorer"), "scoring"),
            "train_scores": bool(kwargs.get("return_train_score")),
            "routing": bool(sklearn.get_config().get("enable_metadata_routing")),
            "data": [self._hashed(thing, name) for thing, name in zip(data, ("X", "y"), strict=False)],
            "split": [self._hashed(kwargs[name], name) for name in ("train", "test")],
        }
        if any(_is_builder(name, value) for name, value in (kwargs.get("parameters") or {}).items()):
            parts["own_models"] = OWN_MODELS_VERSION
        for name in ("fit_params", "score_params"):
            items = (kwargs.get(name) or {}).items()
            parts[name] = {key: self._hashed(value, key) for key, value in items}
        return content_key(parts)

    def fingerprint(self, thing: object) -> str:
        """Return the hash of X or y."""
        return self._hashed(thing, "X")

    def _hashed(self, thing: object, where: str) -> str:
        if id(thing) not in self._known:
            # Kept with its hash, so that no other object gets its identity.
            self._known[id(thing)] = thing, content_key(described(thing, where))
        return self._known[id(thing)][1]


def described(value: object, where: str) -> Any:
    """Return a description of a value in terms of JSON: equal in every process for equal values, and only then.

    Raises:
        RunError: if there is none, as for a lambda or a random generator.
    """
    for describe in (_plain, _array, _table, _container, _estimator, _code, _object):
        description = describe(value, where)
        if description is not None:
            return description
    raise _without_key(value, where)


def _without_key(value: object, where: str) -> RunError:
    return RunError(
        "with run_dir, estimators, scorers and data must be such that another process can tell them to be the same",
        where=where,
        got=_named(value),
        hint="name a function at the top level of a module, use an int as random_state, or leave out run_dir",
    )


def _plain(value: object, where: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return [type(value).__name__, value]
    if isinstance(value, bytes | complex | range | slice):
        return [type(value).__name__, repr(value)]
    return None


def _array(value: object, where: str) -> Any:
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        # As bytes, since dates have no buffer of their own.
        content = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        digest = hashlib.blake2b(content.data, digest_size=16).hexdigest()
        mask = getattr(value, "mask", None)
        return ["array", value.dtype.str, list(value.shape), digest, None if mask is None else repr(np.asarray(mask))]
    if isinstance(value, np.ndarray):
        return ["objects", list(value.shape), [described(item, where) for item in value.ravel().tolist()]]
    if _is_of(value, "scipy.sparse"):
        table: Any = value
        coordinates = table.tocoo()
        return ["sparse", list(table.shape), *(_array(getattr(coordinates, n), where) for n in ("row", "col", "data"))]
    return None


def _table(value: object, where: str) -> Any:
    if not _is_of(value, "pandas") or not hasattr(value, "to_numpy"):
        return None
    import pandas as pd

    frame = value.to_frame() if hasattr(value, "to_frame") else value
    if not isinstance(frame, pd.DataFrame):
        return None
    hashes = pd.util.hash_pandas_object(frame, index=True).to_numpy()
    names = [[str(name), str(kind)] for name, kind in zip(frame.columns, frame.dtypes, strict=True)]
    return [type(value).__name__, names, _array(hashes, where)]


def _container(value: object, where: str) -> Any:
    if isinstance(value, Mapping):
        items = [[described(key, where), described(item, f"{where}.{key}")] for key, item in value.items()]
        return [type(value).__name__, sorted(items, key=repr)]
    if isinstance(value, Set):
        return [type(value).__name__, sorted((described(item, where) for item in value), key=repr)]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [described(item, where) for item in value]]
    return None


def _estimator(value: object, where: str) -> Any:
    if isinstance(value, type) or not hasattr(value, "get_params"):
        return None
    params = value.get_params(deep=False)
    if isinstance(value, KerasEstimator):
        params = {name: item for name, item in params.items() if not _came_later(name, item)}
        # A builder gets what was said, even if it is what would be there anyway.
        said = [name for name in vars(value).get("_at_default", ()) if _is_named(value, name)]
        params |= {f"said {name}": True for name in said}
    inner = {name: described(item, f"{where}.{name}") for name, item in params.items()}
    more: list[Any] = []
    if isinstance(value, KerasEstimator) and any(_is_builder(name, item) for name, item in params.items()):
        more += [OWN_MODELS_VERSION]
    more += kept_by_clones(value, lambda: _without_key(value, where))
    return ["estimator", _own_class(type(value)) or _code(type(value), where), inner, *more]


def _is_builder(name: str, item: Any) -> bool:
    """Return whether a parameter is a model of the user's own."""
    return name.rpartition("__")[2] == "model" and callable(item)


def _is_named(estimator: KerasEstimator, name: str) -> bool:
    signature = asked_of(estimator, {}).signature
    return signature is not None and name in signature.names


def _came_later(name: str, item: Any) -> bool:
    """Return whether a parameter came later and has its default, so that a fit of before is the same without."""
    if name in OTHERS and name != "validation_split":
        return bool(item is OTHERS[name][0])
    row = PARAMETERS.get(name)
    return row is not None and not row.default_is_keyed and _plain(item, name) == _plain(default_of(row), name)


def _own_class(cls: type) -> Any:
    """Return how our own estimators are described, whose code may change while their numbers stay."""
    digests = _OWN_CLASSES.get(cls.__name__) if cls.__module__.startswith("kerasgrid.") else None
    if digests is None:
        return None
    return ["code", cls.__module__, cls.__name__, digests.get(sys.implementation.cache_tag or "", "1")]


def _code(value: object, where: str) -> Any:
    if isinstance(value, functools.partial):
        return ["partial", *(described(part, where) for part in (value.func, value.args, value.keywords))]
    if isinstance(value, types.MethodType):
        return ["method", described(value.__self__, where), value.__name__]
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    module = getattr(value, "__module__", None)
    if not isinstance(name, str) or isinstance(module, types.ModuleType):
        return None
    if isinstance(value, types.FunctionType | type) or _is_in(value, module, name):
        if isinstance(value, types.FunctionType) and ("<" in name):
            return None
        return ["code", module, name, _digest(value)]
    return None


def _object(value: object, where: str) -> Any:
    """Describe what an object holds, where it is a plain one: scorers, distributions, Keras objects by their config."""
    unknowable = np.random.RandomState | np.random.Generator | types.ModuleType | types.FunctionType
    if isinstance(value, unknowable) or hasattr(value, "read"):
        return None
    if has_owner(value):
        return ["requests", described(requests_of(value), where)]
    if hasattr(value, "get_config") and not hasattr(value, "weights"):
        return ["config", _code(type(value), where), described(value.get_config(), where)]
    if not hasattr(value, "__dict__") or hasattr(value, "weights"):
        return None
    return ["object", _code(type(value), where), described(vars(value), where)]


@functools.lru_cache(maxsize=512)
def _digest(value: Any) -> str:
    """Return :func:`code_digest`, read once a search: who mends a function wants new results."""
    return code_digest(value)


def _is_in(value: object, module: str | None, name: str) -> bool:
    """Return whether the value is what its module knows under its name: a builtin, a ufunc."""
    module = module or ("numpy" if isinstance(value, np.ufunc) else "builtins")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return found is value


def _is_of(value: object, package: str) -> bool:
    return (type(value).__module__ or "").startswith(package)


def _named(value: object) -> str:
    text = getattr(value, "__qualname__", None)
    return f"{type(value).__name__} {text}" if isinstance(text, str) else f"a {type(value).__name__}"
