"""What must be as it was for a fit to go on with the one before it. Imports no TensorFlow and no Keras."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from kerasgrid.axes.families import TRAINING
from kerasgrid.axes.names import is_own
from kerasgrid.axes.parameter import shown
from kerasgrid.axes.parameters import PARAMETERS, structure
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import ParameterError
from kerasgrid.estimators.fitted import Before
from kerasgrid.models.layout import layout_of, scales_targets, scaling_of

_RULE = "must be as in the fit that is gone on with"
_HINT = "set it back, or begin anew by fit without warm_start"


def check_model(
    before: Before, params: Mapping[str, Any], weights: Sequence[np.ndarray], said: Collection[str]
) -> None:
    """Check that a model takes the weights of the one before it.

    Args:
        before: What is gone on with.
        params: The resolved hyperparameters that hold now.
        weights: Of their model, with any values.
        said: The parameters that were given; others may follow from them.

    Raises:
        ParameterError: if they have other shapes.
    """
    if [one.shape for one in before.weights] == [one.shape for one in weights]:
        return
    where, got = _changed(before.params, params, said) or (
        "model",
        f"{_n(weights)} weights instead of {_n(before.weights)}",
    )
    raise ParameterError(_RULE, where=where, got=got, hint=_HINT)


def check_front(before: Before, params: Mapping[str, Any], dataset: Dataset) -> None:
    """Check that samples and targets are to be prepared as they were: the weights are of such.

    Args:
        before: What is gone on with.
        params: The resolved hyperparameters that hold now.
        dataset: The data now.

    Raises:
        ParameterError: if they are not.
    """
    front, columns = before.front, dataset.columns
    was = "none" if front.statistics is None else front.statistics.scaling
    is_scaled, was_scaled = scales_targets(params, dataset), front.targets is not None
    pairs: dict[str, tuple[Any, Any]] = {
        "scaling": (scaling_of(params, columns), was),
        "target_scaling": ("standard" if is_scaled else "none", "standard" if was_scaled else "none"),
    }
    if columns is not None and front.layout is not None and layout_of(columns, params) != front.layout:
        pairs |= {name: (params[name], before.params.get(name)) for name in ("one_hot_max", "embedding_size")}
    for name, (now, then) in pairs.items():
        if now != then:
            raise ParameterError(_RULE, where=name, got=f"{shown(now)} instead of {shown(then)}", hint=_HINT)


def _changed(before: Mapping[str, Any], params: Mapping[str, Any], said: Collection[str]) -> tuple[str, str] | None:
    """Return the parameter that made it another model, and what it is now and was; None if none is known to."""
    models = [str(one["model"]).partition("@")[0] for one in (params, before)]
    if models[0] != models[1]:
        return "model", f"{models[0]} instead of {models[1]}"
    names = [name for name, _ in structure(params) if name in PARAMETERS and params[name] != before.get(name)]
    if is_own(params["model"]):
        names = [name for name in names if PARAMETERS[name].part != TRAINING]
    # Of a family, the loss decides how many outputs there are, and by what activation they go.
    first = min(names, key=lambda name: (name not in said, PARAMETERS[name].part == TRAINING), default=None)
    return None if first is None else (first, f"{shown(params[first])} instead of {shown(before.get(first))}")


def _n(weights: Sequence[np.ndarray]) -> str:
    return f"{sum(one.size for one in weights):,}"
