"""What ``fit`` of a search takes besides X and y: what cannot be honoured is refused at once."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import sklearn
import sklearn.model_selection as theirs

from kerasgrid.errors import ParameterError
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.model_selection.stratified import classifies
from kerasgrid.model_selection.trials import estimator_name

_GROUPED = ("GroupKFold", "GroupShuffleSplit", "LeaveOneGroupOut", "LeavePGroupsOut", "StratifiedGroupKFold")
"""scikit-learn's splitters that look at groups; all others of its own ignore them."""


def check_groups(search: Any, y: Any, params: Mapping[str, Any]) -> None:
    """Check that groups are given to a splitter that looks at them, where scikit-learn would only warn.

    Raises:
        ParameterError: if they are not.
    """
    if params.get("groups") is None or _routes():
        return
    if search.cv is None or isinstance(search.cv, Integral) or hasattr(search.cv, "split"):
        cls = type(theirs.check_cv(search.cv, y, classifier=classifies(search.estimator)))
        if not cls.__module__.startswith("sklearn.") or cls.__name__ in _GROUPED:
            return
        name = cls.__name__
    else:
        name = "a list of splits"
    raise ParameterError(
        "groups need a splitter that looks at them",
        where="groups",
        got=f"cv={name}",
        hint=f"use one of {', '.join(_GROUPED)}, or leave out groups",
    )


def check_fit_params(estimator: Any, params: Mapping[str, Any]) -> None:
    """Check that the estimator takes these fit parameters: scikit-learn finds out in every single fit.

    Raises:
        ParameterError: if it does not take one.
    """
    if _routes():
        return
    try:
        accepted = inspect.signature(estimator.fit).parameters
    except (TypeError, ValueError, AttributeError):
        return
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values())
    if takes_any and not isinstance(estimator, KerasEstimator):
        return
    for name in params:
        if name != "groups" and name not in accepted:
            raise ParameterError(
                f"{estimator_name(estimator)} does not take it in fit",
                where=name,
                hint="leave it out of the search's fit",
            )


def _routes() -> bool:
    """Return whether scikit-learn's metadata routing is switched on, which checks such things itself."""
    return bool(sklearn.get_config().get("enable_metadata_routing"))
