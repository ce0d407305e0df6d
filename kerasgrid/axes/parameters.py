"""The one table of hyperparameters, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kerasgrid.axes import names
from kerasgrid.axes.candidate import Value
from kerasgrid.axes.parameter import Parameter, shown
from kerasgrid.errors import SpaceError, nearest

Structure = tuple[tuple[str, Value], ...]
"""Names and values of everything that makes a program what it is; hashable, and ``dict(structure)`` reads it."""

_ALL = ("mlp", "cnn", "lenet5")
_LAYERED = ("mlp", "cnn")
"""The models whose layers are for the user to choose."""

_WIDEST = 1_000_000
"""Units or filters of a layer: far more than any machine has room for."""

_TABLE = (
    Parameter("optimizer", "name", "optimizer class; momentum and nesterov (or NAG) are SGD with momentum 0.9 and "
              "Nesterov momentum 0.9", _ALL, structural=True, default="Adam", names=names.OPTIMIZERS,
              aliases=names.OPTIMIZER_ALIASES),
    Parameter("learning_rate", "float", "learning rate of the optimizer", _ALL, structural=False, default=0.001,
              low=0, low_open=True),
    Parameter("momentum", "float", "momentum; only with SGD, momentum and nesterov", _ALL, structural=True,
              default_for={"SGD": 0.0, "momentum": 0.9, "nesterov": 0.9}, low=0, high=1, high_open=True),
    # Keras gives these two a decay of their own; without it AdamW would be Adam.
    Parameter("weight_decay", "float", "decoupled weight decay, as Keras's optimizers apply it", _ALL,
              structural=False, default=0.0, default_for={"AdamW": 0.004, "Muon": 0.004}, low=0),
    Parameter("loss", "name", "loss that the training lowers; mean_squared_error of classes is taken on one-hot "
              "targets", _ALL, structural=True, default="sparse_categorical_crossentropy",
              default_for={"regression": "mean_squared_error"}, names=names.LOSSES, aliases=names.LOSS_ALIASES),
    Parameter("batch_size", "int", "examples a training step", _ALL, structural=False, default=32, low=1),
    Parameter("epochs", "int", "passes over the training data", _ALL, structural=False, default=10, low=1),
    Parameter("conv_filters", "sizes", "filters of each convolution block", ("cnn",), structural=True,
              default=(32, 64), low=1, high=_WIDEST, min_length=1),
    Parameter("kernel_size", "int", "side of the square convolution kernels, in pixels", ("cnn",), structural=True,
              default=3, low=1),
    Parameter("padding", "name", "padding of the convolutions", ("cnn",), structural=True, default="same",
              names=names.PADDINGS),
    Parameter("pooling", "name", "what a pooling layer takes of its window", ("cnn",), structural=True,
              default="max", names=names.POOLINGS, aliases=names.POOLING_ALIASES),
    Parameter("pool_size", "int", "side and stride of the pooling window, in pixels; 1 means no pooling", ("cnn",),
              structural=True, default=2, low=1),
    Parameter("connections", "name", "which maps of S2 each map of C3 sees: those of the paper's table, or all",
              ("lenet5",), structural=True, default="table", names=names.CONNECTIONS),
    Parameter("subsampling", "name", "what halves the sides of the maps: the paper's trainable layer, or a pooling",
              ("lenet5",), structural=True, default="trainable", names=names.SUBSAMPLINGS,
              aliases=names.POOLING_ALIASES),
    Parameter("hidden_units", "sizes", "units of each hidden dense layer; [] means none", _LAYERED, structural=True,
              default=(128,), low=1, high=_WIDEST),
    Parameter("activation", "name", "activation of the hidden layers", _ALL, structural=True, default="relu",
              default_for={"lenet5": "tanh"}, names=names.ACTIVATIONS, aliases=names.ACTIVATION_ALIASES),
    Parameter("batch_norm", "bool", "batch normalisation before each hidden activation", _LAYERED, structural=True,
              default=False),
    Parameter("input_batch_norm", "bool", "batch normalisation of the input", ("mlp",), structural=True,
              default=False),
    Parameter("dropout", "float", "dropout rate after each hidden layer", _LAYERED, structural=False, default=0.0,
              low=0, high=1, high_open=True),
    Parameter("input_dropout", "float", "dropout rate on the input", ("mlp",), structural=False, default=0.0,
              low=0, high=1, high_open=True),
    Parameter("kernel_initializer", "name", "distribution of the initial kernels", _ALL, structural=True,
              default="glorot_uniform", names=names.INITIALIZERS, aliases=names.INITIALIZER_ALIASES),
    Parameter("init_stddev", "float", "standard deviation of normally distributed initial kernels, instead of "
              "kernel_initializer", _ALL, structural=False, low=0, low_open=True, optional=True),
    Parameter("l2", "float", "factor of the L2 penalty on the kernels", _ALL, structural=False, default=0.0, low=0),
    Parameter("output_activation", "name", "activation of the output layer", _ALL, structural=True,
              default="softmax", default_for={"regression": "linear"}, names=names.ACTIVATIONS,
              aliases=names.ACTIVATION_ALIASES),
)  # fmt: skip

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({parameter.name: parameter for parameter in _TABLE})
"""Every hyperparameter by its name."""

MODEL = Parameter("model", "name", "the model", _ALL, structural=True, default="mlp", names=tuple(names.MODELS))
"""The axis that picks the model; apart from the table, since the other parameters depend on it."""

_ON = ("dropout", "input_dropout", "l2", "weight_decay", "init_stddev")


_SEEN_BY_ENGINE_ONLY = ("learning_rate", "weight_decay", "batch_size", "epochs")
"""What no builder of a user's own model gets to see: these stay numbers that its program reads."""


def parameters_of(model: str) -> tuple[Parameter, ...]:
    """Return the parameters that a model takes, in the table's order; a user's own may take all of them."""
    return tuple(parameter for parameter in _TABLE if names.is_own(model) or model in parameter.models)


def builder_params(resolved: Mapping[str, Value]) -> dict[str, Value]:
    """Return what the builder of a user's own model is given: its own parameters without their prefix, and the table's.

    A parameter of its own hides one of the table of the same name.
    """
    seen = {name: value for name, value in resolved.items() if name not in ("model", *_SEEN_BY_ENGINE_ONLY)}
    own = {name: seen.pop(name) for name in list(seen) if name.startswith(names.OWN_PREFIX)}
    return seen | {name.removeprefix(names.OWN_PREFIX): value for name, value in own.items()}


def normalise(name: str, value: Any, where: str | None = None) -> Value:
    """Return the one form of a parameter's value (or of ``model``); see :meth:`Parameter.normalise`.

    Raises:
        SpaceError: There is no such parameter, or the value does not suit it.
    """
    if where is None:
        where = f"params.{name}"
    return (MODEL if name == MODEL.name else _parameter(name, where)).normalise(value, where)


def check_taken(name: str, models: tuple[str, ...], where: str) -> Parameter:
    """Return the parameter of this name, which at least one of the models must take.

    Raises:
        SpaceError: There is no such parameter, or none of the models takes it.
    """
    any_own = any(map(names.is_own, models))
    if any_own and name.startswith(names.OWN_PREFIX):
        return Parameter(name, "any", "a parameter of the builder", models, structural=True)
    parameter = _parameter(name, where)
    if not set(models) & set(parameter.models) and not any_own:
        chosen = f"the model {models[0]} does" if len(models) == 1 else f"the models {', '.join(models)} do"
        others = f"{', '.join(parameter.models)} {'does' if len(parameter.models) == 1 else 'do'}"
        raise SpaceError(f"{chosen} not take it ({others})", where=where)
    return parameter


def resolve(params: Mapping[str, Value], task: str) -> dict[str, Value]:
    """Return every parameter of a candidate's model, defaults filled in; ``model`` comes first.

    Resolving a resolved candidate changes nothing. ``momentum`` is None without an SGD optimizer. A user's own model
    (``module:builder``) has every parameter of the table and, at the end, its own, which are left as they are.

    Args:
        params: A candidate, or any mapping from parameter names to values.
        task: ``classification`` or ``regression``.

    Raises:
        SpaceError: A name or a value is wrong, or two values contradict each other or the task.
    """
    model = params.get("model", MODEL.default)
    given = {name: value for name, value in params.items() if name != "model"}
    own = {}
    if names.is_own(model):
        own = {name: given.pop(name) for name in list(given) if name.startswith(names.OWN_PREFIX)}
    else:
        model = normalise("model", model)
    for name in given:
        check_taken(name, (str(model),), f"params.{name}")
    # None stands for "not set" in a resolved candidate
    set_ = {name: normalise(name, value) for name, value in given.items() if value is not None}
    optimizer = str(set_.get("optimizer", PARAMETERS["optimizer"].default))
    resolved: dict[str, Value] = {"model": model}
    for parameter in parameters_of(str(model)):
        resolved[parameter.name] = set_.get(parameter.name, parameter.default_of(task, optimizer, str(model)))
    if resolved["init_stddev"] is not None and "kernel_initializer" not in set_:
        resolved["kernel_initializer"] = "random_normal"
    _check_rules(resolved, task)
    return resolved | own


def structure(resolved: Mapping[str, Value]) -> Structure:
    """Return what makes the program of a resolved candidate: equal structures share one program.

    To the structural parameters it adds ``dropout_on``, ``input_dropout_on``, ``l2_on``, ``weight_decay_on`` and
    ``init_stddev_on``: of these numbers only whether they are zero (or None) changes the program.
    """
    if names.is_own(resolved["model"]):
        # Who knows what its builder does with a number that it sees?
        parts = {name: value for name, value in resolved.items() if name not in _SEEN_BY_ENGINE_ONLY}
        return tuple(sorted({**parts, "weight_decay_on": bool(resolved["weight_decay"])}.items()))
    parts = {name: value for name, value in resolved.items() if name == "model" or PARAMETERS[name].structural}
    parts |= {f"{name}_on": bool(resolved[name]) for name in _ON if name in resolved}
    return tuple(sorted(parts.items()))


def _parameter(name: str, where: str) -> Parameter:
    if name not in PARAMETERS:
        near = nearest(name, PARAMETERS)
        hint = "known are " + ", ".join(PARAMETERS) if near is None else f"did you mean {near}?"
        raise SpaceError("there is no such parameter", where=where, hint=hint)
    return PARAMETERS[name]


def _check_rules(resolved: Mapping[str, Value], task: str) -> None:
    optimizer, loss, output = (str(resolved[name]) for name in ("optimizer", "loss", "output_activation"))
    if resolved["momentum"] is not None and optimizer not in names.SGD_OPTIMIZERS:
        raise SpaceError(
            "only SGD, momentum and nesterov take it", where="params.momentum", got=f"optimizer {shown(optimizer)}"
        )
    if resolved["init_stddev"] is not None and resolved["kernel_initializer"] != "random_normal":
        raise SpaceError(
            "must not be set together with kernel_initializer",
            where="params.init_stddev",
            got=f"kernel_initializer {shown(resolved['kernel_initializer'])}",
        )
    if task == "regression":
        if loss != "mean_squared_error":
            raise SpaceError("regression takes mean_squared_error only", where="params.loss", got=shown(loss))
        if output in names.NORMALISING_ACTIVATIONS:
            raise SpaceError(
                "must not normalise over the outputs in regression: of one output it makes a constant",
                where="params.output_activation",
                got=shown(output),
            )
    elif loss in names.CROSS_ENTROPIES and output not in names.PROBABILITY_ACTIVATIONS:
        raise SpaceError(
            f"must never be negative with the loss {loss}",
            where="params.output_activation",
            got=shown(output),
            hint="one of " + ", ".join(names.PROBABILITY_ACTIVATIONS),
        )
