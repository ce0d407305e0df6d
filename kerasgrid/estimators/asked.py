"""What an estimator's parameters ask for: names go to the table of hyperparameters, all else to Keras's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.axes.families import DATA, TRAINING
from kerasgrid.axes.names import OWN_PREFIX, canonical, is_own
from kerasgrid.axes.parameters import MODEL, PARAMETERS
from kerasgrid.errors import ParameterError
from kerasgrid.estimators.arguments import default_of, extras_of
from kerasgrid.estimators.made import made, routed
from kerasgrid.models.signatures import FILLED, BuilderSignature, is_model, wants_names

if TYPE_CHECKING:
    from kerasgrid.models.compiled import Made

_OF_CLASSES = ("categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error")
"""Losses of any number of outputs that the table has; others leave it to the model how many it has."""

_LOOP = ("optimizer", "loss", "batch_size", "epochs")
"""Parameters of the training that are no setting of an optimizer."""


@dataclass(eq=False)
class Asked:
    """What was asked for, by what is to deal with it.

    Attributes:
        table: Hyperparameters of the table that were given, by name.
        own: The builder's own, ``model__…`` by their full names; of a builder of kerasgrid's own form alone.
        model: The builder, the model or the name of a family.
        signature: Of a builder that takes its arguments by name; None of all others.
        given: What such a builder gets by name.
        optimizer: An optimizer of Keras; None where the table names one.
        options: What an optimizer is to be told beside its own configuration.
        loss: A loss that the table does not name; None for its.
        metrics: What is to be measured beside the task's own metrics.
        is_compiled: Whether the model came compiled.
        one_hot: Whether labels were given as rows with a 1 for the class.
    """

    table: dict[str, Any]
    model: Any
    own: dict[str, Any] = field(default_factory=dict)
    signature: BuilderSignature | None = None
    given: dict[str, Any] = field(default_factory=dict)
    optimizer: Made | None = None
    options: dict[str, Any] = field(default_factory=dict)
    loss: Any = None
    metrics: Any = None
    is_compiled: bool = False
    one_hot: bool = False

    @property
    def is_family(self) -> bool:
        """Whether the model is one of kerasgrid's own."""
        return isinstance(self.model, str) and not is_own(self.model)

    @property
    def is_ready(self) -> bool:
        """Whether the model is there already."""
        return is_model(self.model)

    def says(self, name: str) -> bool:
        """Whether a parameter of the table was given, and is not for a builder that compiles to deal with."""
        return name in self.table and not self.has_passed(name)

    def has_passed(self, name: str) -> bool:
        """Whether a builder that compiles its model was given it."""
        return self.is_compiled and name in self.given


def asked_of(estimator: Any, numbers: Mapping[str, Any]) -> Asked:
    """Return what an estimator's parameters ask for; imports no Keras unless they hold objects of it.

    Args:
        estimator: The estimator.
        numbers: What ``fit`` was given instead of parameters.

    Raises:
        ParameterError: if they contradict each other, or are none of the model's.
    """
    table = _said(estimator) | dict(numbers)
    asked = Asked(table, model_of(estimator), metrics=estimator.metrics)
    if estimator.run_eagerly:
        rule = "epochs are trained in a graph, so that nothing of a model can run eagerly"
        raise ParameterError(rule, where="run_eagerly", got="True")
    extras = {name: getattr(estimator, name) for name in extras_of(estimator)}
    _take_builders(asked, estimator, extras)
    _take_optimizers(asked, extras)
    _take_losses(asked, extras)
    if asked.metrics is not None:
        asked.metrics = made(asked.metrics, routed(extras, "metrics"), "metrics")
    return asked


def model_of(estimator: Any) -> Any:
    """Return an estimator's model, its builder or the name of a family.

    Raises:
        ParameterError: if it is given in two ways.
    """
    inside = getattr(estimator, "_keras_build_fn", None)
    given = [one for one in (inside, estimator.build_fn) if one is not None]
    if estimator.model is not None and estimator.model is not MODEL.default and estimator.model != MODEL.default:
        given.append(estimator.model)
    if len(given) > 1:
        raise ParameterError(
            "the model must be given in one way", where="model", got="build_fn, model or _keras_build_fn beside another"
        )
    return given[0] if given else estimator.model


def _said(estimator: Any) -> dict[str, Any]:
    """Return the hyperparameters that have another value than their default, or were given with it."""
    said = {}
    at_default = vars(estimator).get("_at_default", ())
    for name, parameter in PARAMETERS.items():
        value = getattr(estimator, name)
        value = value.tolist() if isinstance(value, np.ndarray) else value
        if parameter.kind == "sizes" and isinstance(value, int | np.integer) and not isinstance(value, bool):
            value = [int(value)]  # one layer, as scikit-learn's networks take it
        default = default_of(parameter)
        plain = tuple(value) if isinstance(value, list) else value
        if name in at_default or not (type(plain) is type(default) and plain == default):
            said[name] = value
    return said


def _take_builders(asked: Asked, estimator: Any, extras: Mapping[str, Any]) -> None:
    """Give a builder what it names."""
    own = routed(extras, OWN_PREFIX.removesuffix("__"))
    plain = {name: value for name, value in extras.items() if "__" not in name}
    if asked.is_family:
        if own:
            first = OWN_PREFIX + next(iter(own))
            raise ParameterError("only a model of your own takes it", where=first, got=f"model={asked.model!r}")
    elif callable(asked.model) and not asked.is_ready:
        asked.signature = wants_names(asked.model, {**plain, **own})
    if asked.signature is None:
        asked.own = {OWN_PREFIX + name: value for name, value in own.items()}
        if plain:
            first = next(iter(plain))
            raise ParameterError(
                "only a builder that names its arguments takes it so",
                where=first,
                hint=f"{OWN_PREFIX}{first} is for a builder of (params, input_shape, n_outputs)",
            )
        return
    known = {**asked.table, "metrics": asked.metrics} if asked.metrics is not None else asked.table
    named = {name: value for name, value in known.items() if name in asked.signature.names}
    asked.given = {**named, **plain, **own}
    _fill(asked)
    at_default = vars(estimator).get("_at_default", ())
    of_layers = [name for name in asked.table if PARAMETERS[name].part not in (TRAINING, DATA)]
    for name in (*asked.given, *(name for name in of_layers if name not in at_default)):
        if not asked.signature.takes(name):
            called = getattr(asked.model, "__name__", type(asked.model).__name__)
            hint = f"it takes {', '.join(asked.signature.names)}" if asked.signature.names else "it takes nothing"
            raise ParameterError(f"the builder {called} has no argument of this name", where=name, hint=hint)


def _fill(asked: Asked) -> None:
    """Give a builder the usual values of parameters that it must have; check that nothing else is missing."""
    assert asked.signature is not None
    missing = [name for name in asked.signature.required if name not in asked.given and name not in FILLED]
    asked.given |= {name: default_of(PARAMETERS[name]) for name in missing if name in PARAMETERS}
    for name in missing:
        if name not in PARAMETERS:
            called = getattr(asked.model, "__name__", type(asked.model).__name__)
            if name == "hp":
                rule = "a builder names what is searched, where one of KerasTuner draws it from hp"
                hint = f"def {called}(units=32): …, and search {{'units': [16, 32]}}"
                raise ParameterError(rule, where=called, hint=hint)
            hint = f"give it, {name}=…, or write a default into the builder"
            raise ParameterError(f"the builder {called} needs a value", where=name, hint=hint)


def _take_optimizers(asked: Asked, extras: Mapping[str, Any]) -> None:
    """Tell names of optimizers and their numbers from optimizers of Keras."""
    options = {name: value for name, value in routed(extras, "optimizer").items() if "__" not in name}
    deeper = {name: value for name, value in routed(extras, "optimizer").items() if "__" in name}
    for name in list(options):
        if name in asked.table:
            both = f"{name} and optimizer__{name}"
            raise ParameterError("it is given twice", where=name, got=both, hint="leave out one of them")
        row = PARAMETERS.get(name)
        if row is not None and row.part == TRAINING and name not in _LOOP and _is_plain(options[name]):
            asked.table[name] = options.pop(name)
    for name in [name for name in asked.table if name not in _LOOP and _is_kerass(asked.table[name])]:
        if PARAMETERS[name].part == TRAINING:
            options[name] = asked.table.pop(name)
    options = {name: made(value, routed(deeper, name), f"optimizer__{name}") for name, value in options.items()}
    given = asked.table.get("optimizer")
    is_object = given is not None and not isinstance(given, str)
    if is_object:
        asked.optimizer = _optimizer(given, {**options, **_settings(asked)} if isinstance(given, type) else {})
    asked.options = options
    if is_object:
        del asked.table["optimizer"]


def _settings(asked: Asked) -> dict[str, Any]:
    """Return what was given that an optimizer may be told."""
    rows = (name for name in asked.table if PARAMETERS[name].part == TRAINING and name not in _LOOP)
    return {name: asked.table[name] for name in rows if name not in asked.given}


def _optimizer(given: Any, options: Mapping[str, Any]) -> Made:
    import keras

    from kerasgrid.models.compiled import Made

    if isinstance(given, type):
        given = made(given, options, "optimizer")
    if isinstance(given, Mapping):
        given = keras.optimizers.get(dict(given))
    if not isinstance(given, keras.optimizers.Optimizer):
        raise ParameterError("must be a name, or an optimizer of Keras", where="optimizer", got=repr(given)[:80])
    return Made.of(given)


def _take_losses(asked: Asked, extras: Mapping[str, Any]) -> None:
    """Tell names of losses from losses of Keras and functions."""
    options = routed(extras, "loss")
    loss = asked.table.get("loss")
    if loss is None:
        if options:
            first = f"loss__{next(iter(options))}"
            raise ParameterError("needs the loss that it is for", where=first, hint="give loss, too")
        return
    row = PARAMETERS["loss"]
    if isinstance(loss, list | tuple | dict):
        from kerasgrid.models.compiled import only

        loss = only(made(loss, options, "loss"), "loss")
        options = {}
    if isinstance(loss, str):
        name = canonical(loss, row.names, row.aliases)
        is_named = asked.signature is not None or asked.is_ready
        if not options and name is not None and (not is_named or name in _OF_CLASSES):
            asked.table["loss"] = loss
            return
        import keras

        found: Any = _class_of(loss, keras) if options else loss
        if isinstance(found, str):
            try:
                keras.losses.get(found)
            except ValueError:
                row.normalise(loss, "loss")  # says what is wrong
        loss = found
    asked.loss = loss if isinstance(loss, str) or loss is None else made(loss, options, "loss")
    del asked.table["loss"]


def _class_of(name: str, keras: Any) -> Any:
    """Return the class of a loss of Keras by its name, with or without underscores."""
    for known in dir(keras.losses):
        found = getattr(keras.losses, known)
        if isinstance(found, type) and known.lower() == name.replace("_", "").lower():
            return found
    return name


def _is_kerass(value: Any) -> bool:
    """Whether it is a schedule of the rate, or the like."""
    return isinstance(value, type) or hasattr(value, "get_config")


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | np.generic)
