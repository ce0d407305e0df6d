"""Builders as people write them, with arguments by name, and models that are there already, as kerasgrid calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from kerasgrid.errors import SpaceError
from kerasgrid.models.signatures import BuilderSignature

ARGUMENTS = "arguments"
"""The one parameter, in ``params``, by which what was given reaches a builder of named arguments."""


@dataclass(frozen=True, eq=False)
class Arguments:
    """What a builder of named arguments is called with.

    Attributes:
        given: What was given by name.
        meta: What scikeras tells of the data, without the samples' shape; None if the builder does not want it.
        n_samples: How many samples are trained on.
        compile_kwargs: Returns new arguments of ``compile``; None if the builder does not want them.
        params: The estimator's parameters; None if the builder does not want them.
        identity: What tells the model that it builds apart from others; empty as long as none was built.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, Any] | None = None
    n_samples: int = 0
    compile_kwargs: Callable[[], dict[str, Any]] | None = None
    params: Mapping[str, Any] | None = None
    identity: str = ""

    def __getstate__(self) -> dict[str, Any]:
        # The function holds an optimizer, which cannot be pickled.
        return {**vars(self), "compile_kwargs": None if self.compile_kwargs is None else _forgotten}


def _forgotten() -> dict[str, Any]:
    """Return arguments of ``compile`` that serve to build a model again, which will not be trained."""
    return {"optimizer": "SGD", "loss": "mse", "metrics": None, "run_eagerly": False}


class NamedBuilder:
    """Calls a function that takes its arguments by name, as scikeras and Keras's old wrapper do.

    Args:
        function: It.
    """

    def __init__(self, function: Callable[..., keras.Model]) -> None:
        self.__wrapped__ = function

    def __call__(self, params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        """Build a model; see :data:`kerasgrid.models.own.Builder`."""
        arguments = params[ARGUMENTS] if ARGUMENTS in params else self._of_space(params)
        taken = dict(arguments.given)
        if arguments.meta is not None:
            shape = (arguments.n_samples, *input_shape)
            taken["meta"] = {**arguments.meta, "n_features_in_": input_shape[0], "X_shape_": shape}
        if arguments.compile_kwargs is not None:
            taken["compile_kwargs"] = arguments.compile_kwargs()
        if arguments.params is not None:
            taken["params"] = dict(arguments.params)
        signature = BuilderSignature.of(self.__wrapped__)
        names = () if signature is None else signature.names
        for name, value in (("input_shape", input_shape), ("n_outputs", n_outputs)):
            if name in names and name not in taken:
                taken[name] = value
        return self.__wrapped__(**taken)

    def _of_space(self, params: Mapping[str, Any]) -> Arguments:
        """Return what a builder on the command line gets: every hyperparameter that it names."""
        signature = BuilderSignature.of(self.__wrapped__)
        names = () if signature is None else signature.names
        return Arguments({name: params[name] for name in names if name in params})


class ReadyModel:
    """Returns copies of a model that is there already, with its weights.

    Args:
        model: It; it is never trained itself.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model

    def __call__(self, params: dict[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        """Copy the model; see :data:`kerasgrid.models.own.Builder`."""
        copy = _copy_of(self.model)
        if self.model.built:
            if not copy.built:
                copy.build((None, *input_shape))
            copy.set_weights(self.model.get_weights())
        if self.model.compiled:
            # What it was compiled with is read, never trained with.
            copy.compile(**dict(self.model._compile_config.config))
        return copy


def _copy_of(model: keras.Model) -> keras.Model:
    try:
        if isinstance(model, keras.Sequential) or type(model).__name__ == "Functional":
            return keras.models.clone_model(model)
        return type(model).from_config(model.get_config())
    except Exception as error:
        raise SpaceError(
            "a model that is there already must be one that Keras can make again from its configuration",
            where="model",
            got=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}",
            hint="give a function that builds it, or the model a get_config",
        ) from error
