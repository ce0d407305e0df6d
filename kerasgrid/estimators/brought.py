"""What a model brings to a fit of an estimator: built by its parameters, it may be compiled, and has weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.axes.names import OWN_PREFIX, is_own
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.errors import ParameterError, nearest
from kerasgrid.estimators.asked import Asked
from kerasgrid.estimators.parameters import digest_of, frozen

if TYPE_CHECKING:
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.models.compiled import Compiled, Made

ARGUMENTS = f"{OWN_PREFIX}arguments"
"""The parameter that carries what a builder of named arguments is called with."""

_BINARY = "binary_crossentropy"
"""The loss of one output for two classes, where nobody names one."""

_KEPT = 16
_known: OrderedDict[Hashable, Compiled] = OrderedDict()
"""What builders of kerasgrid's own form compile, which their parameters alone decide on."""


@dataclass(frozen=True, eq=False)
class Brought:
    """What a fit is trained with.

    Attributes:
        params: Resolved hyperparameters, with the rates that hold.
        compiled: What the parameters do not say.
        weights: The initial weights; None for those of the program's seed.
    """

    params: Mapping[str, Any]
    compiled: Compiled
    weights: Sequence[np.ndarray] | None = None


def bring(asked: Asked, params: Mapping[str, Any], data: ResidentData, seed: int) -> Brought:
    """Build the model of an estimator, if it is the user's own, and put together what holds.

    What the estimator's parameters say comes before what the model was compiled with, unless the builder got it.

    Args:
        asked: What the estimator's parameters ask for.
        params: They, resolved.
        data: The data of the fit.
        seed: Of the initial weights.

    Raises:
        ParameterError: if they do not go together.
        SpaceError: if the model cannot be built.
    """
    from kerasgrid.models.compiled import Compiled, as_metrics

    weights = None
    if is_own(params["model"]):
        params, compiled, weights = _of_own(asked, params, data, seed)
    else:
        compiled = Compiled()
    is_told = asked.metrics is not None and not asked.has_passed("metrics")
    metrics = as_metrics(asked.metrics) if is_told else compiled.metrics
    loss = asked.loss if asked.loss is not None and not asked.has_passed("loss") else compiled.loss
    if asked.says("loss"):
        loss = None
    params, optimizer = _optimizer_of(asked, params, compiled.optimizer)
    return Brought(params, Compiled(optimizer, loss, metrics, asked.one_hot), weights)


def compiled_key(compiled: Compiled) -> Hashable:
    """Return what makes another program of it if it is another."""
    optimizer = None if compiled.optimizer is None else frozen(compiled.optimizer.structure)
    return optimizer, frozen(compiled.loss), frozen(compiled.metrics), compiled.one_hot


def _of_own(
    asked: Asked, params: Mapping[str, Any], data: ResidentData, seed: int
) -> tuple[Mapping[str, Any], Compiled, list[np.ndarray] | None]:
    from kerasgrid.models.compiled import compiled_of
    from kerasgrid.models.factory import build_model
    from kerasgrid.models.own import width_of

    is_named = ARGUMENTS in params
    key = frozen(params), data.input_shape, data.n_outputs, data.task
    if not is_named and not asked.is_ready and key in _known:
        return params, _known[key], None
    shape = data.input_shape
    embeds = data.layout is not None and bool(data.layout.embedded)
    if embeds and data.layout is not None:
        shape = (data.layout.n_features,)
    core = build_model(params, shape, data.n_outputs, data.task, seed=seed, samples=None if embeds else data.samples)
    compiled = compiled_of(core)
    asked.is_compiled = bool(core.compiled)
    if width_of(core) == 1 and data.task == "classification" and compiled.loss is None:
        compiled = replace(compiled, loss=_BINARY)
    _check(asked, params, compiled, core)
    model = core
    if embeds:
        model = build_model(params, data.input_shape, data.n_outputs, data.task, seed=seed, layout=data.layout)
    if not is_named and not asked.is_ready:
        while len(_known) >= _KEPT:
            _known.popitem(last=False)
        _known[key] = compiled
        return params, compiled, None
    if is_named:
        params = {**params, ARGUMENTS: replace(params[ARGUMENTS], identity=_identity(params[ARGUMENTS], core))}
    return params, compiled, model.get_weights()


def _check(asked: Asked, params: Mapping[str, Any], compiled: Compiled, model: Any) -> None:
    """Check that outputs are probabilities where the loss wants them."""
    from kerasgrid.models.compiled import Compiled
    from kerasgrid.models.own import check_probabilities

    loss = asked.loss if asked.loss is not None else compiled.loss
    name = str(params["loss"]) if loss is None else _name_of(loss)
    if not Compiled(loss=loss).from_logits:
        check_probabilities(model, str(params["model"]).partition("@")[0], name)


def _name_of(loss: Any) -> str:
    is_kerass = str(getattr(loss, "__module__", type(loss).__module__)).startswith("keras.")
    text = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return str(text).lower() if isinstance(loss, str) or is_kerass else ""


def _identity(arguments: Any, model: Any) -> str:
    """Return what tells models of a builder apart: their layers where they tell all, else what it was given."""
    from kerasgrid.models.architecture import architecture_digest

    found = architecture_digest(model)
    if found is not None:
        return found
    apart = ("model", "build_fn", "callbacks")
    told = {name: value for name, value in (arguments.params or {}).items() if name not in apart}
    return digest_of((frozen(arguments.given), frozen(arguments.meta or {}), frozen(told)))


def _optimizer_of(asked: Asked, params: Mapping[str, Any], compiled: Made | None) -> tuple[dict[str, Any], Made | None]:
    """Return the parameters with the rates that hold, and the optimizer where they do not name it."""
    from kerasgrid.engine.optimizers import make_optimizer
    from kerasgrid.models.compiled import Made

    optimizer = None if asked.has_passed("optimizer") else asked.optimizer
    if optimizer is None and not asked.says("optimizer"):
        optimizer = compiled
    if optimizer is None:
        if not asked.options:
            return dict(params), None
        optimizer = Made.of(make_optimizer(params))
    # A builder that wants compile_kwargs got all this.
    passed_on = compiled is optimizer and asked.signature is not None and asked.signature.takes("compile_kwargs")
    if not passed_on:
        optimizer = optimizer.changed(_changes(asked, optimizer))
    told = {**params, **optimizer.numbers}
    for name, nesterov in (("SGD", False), ("nesterov", True)):
        config = optimizer.config
        if optimizer.cls.__name__ == "SGD" and config.get("nesterov") is nesterov:
            told |= {"optimizer": name, "momentum": config.get("momentum")}
    if optimizer.cls.__name__ != "SGD":
        told |= {"optimizer": optimizer.cls.__name__, "momentum": None}
    if told["optimizer"] in PARAMETERS["optimizer"].names and optimizer.cls.__module__.startswith("keras."):
        plain = Made.of(make_optimizer(told))
        if plain.structure == optimizer.structure and optimizer.schedule is None:
            return told, None
    kept = {name: params[name] for name in ("optimizer", "momentum")}
    return {**told, **kept}, optimizer


def _changes(asked: Asked, optimizer: Made) -> dict[str, Any]:
    changes = {name: asked.table[name] for name in optimizer.config if asked.says(name) and name in PARAMETERS}
    besides = {name: PARAMETERS[name].beside for name in asked.table if asked.says(name)}
    needed = [name for name, beside in besides.items() if beside is not None and beside.other == "optimizer"]
    for name in (*asked.options, *needed):
        if name not in optimizer.config:
            near = nearest(name, optimizer.config)
            hint = None if near is None else f"did you mean {near}?"
            raise ParameterError(f"{optimizer.cls.__name__} does not take it", where=f"optimizer__{name}", hint=hint)
    return {**changes, **asked.options}
