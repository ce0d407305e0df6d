"""Models of the user's own: builders by name, and the checks of what they build."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.parameters import builder_params
from kerasgrid.errors import SpaceError

Builder = Callable[[dict[str, Any], tuple[int, ...], int], keras.Model]
"""From parameters, shape of one sample and number of outputs to a new, uncompiled model."""

_PROBED = 8
"""Random samples that a new model is tried with."""

_NOT_CALLED = ("fit", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics")
"""Methods of a model that our training has no use for, so that one's own would be ignored."""

_builders: dict[str, Builder] = {}
_may_compile: set[str] = set()
_built: weakref.WeakKeyDictionary[keras.Model, int] = weakref.WeakKeyDictionary()


def register(name: str, builder: Builder, *, may_compile: bool = False) -> None:
    """Make a builder known in this process as the model ``name``, which has a colon in it.

    Nothing is ever imported because of a name alone: a name may come from a file.

    Args:
        name: What ``params`` call it.
        builder: It.
        may_compile: Whether its models may be compiled, and decide on the loss and the outputs by themselves: who
            trains them reads :func:`kerasgrid.models.compiled.compiled_of`.
    """
    _builders[name] = builder
    (_may_compile.add if may_compile else _may_compile.discard)(name)


def registered(name: str) -> Builder | None:
    """Return the builder of this name; None if there is none."""
    return _builders.get(name)


def build_own(
    resolved: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None
) -> keras.Model:
    """Call the builder that ``resolved["model"]`` names, and check what it returns.

    Args:
        resolved: Resolved hyperparameters; the builder gets those of :func:`builder_params`.
        input_shape: Shape of one sample.
        n_outputs: Number of classes or targets.
        seed: Seed of the initial weights: Keras's initializers without a seed of their own draw theirs from Python's
            ``random``, which is seeded meanwhile, as numpy's global generator is. None leaves both alone.

    Raises:
        SpaceError: if there is no such builder in this process, or it does not return a new, uncompiled
            ``keras.Model``, without a training or evaluation step of its own, from (batch, \\*input_shape) to
            (batch, n_outputs) with something to train, or if its outputs are below 0 where the loss is a
            cross-entropy, which wants probabilities. A builder that may compile may also give one output for two.
    """
    name = str(resolved["model"])
    builder, may_compile = _builders.get(name), name in _may_compile
    if builder is None:
        raise SpaceError("this model is not known here", where="model", got=name)
    name = name.partition("@")[0]  # the hash is of no use in a message
    with _seeded(seed):
        model = builder(builder_params(resolved), input_shape, n_outputs)
        _check_model(model, name, may_compile=may_compile)
        # Also builds what is not built yet, while the seed holds.
        outputs = _probed(model, name, input_shape)
    allowed = {n_outputs, 1} if may_compile and n_outputs == 2 else {n_outputs}
    _check_outputs(outputs, name, n_outputs, allowed)
    if not may_compile:
        check_probabilities(outputs, name, str(resolved["loss"]))
    if not model.trainable_variables:
        raise SpaceError("the builder's model must have weights to train", where="model", got=f"none from {name}")
    _built[model] = int(outputs.shape[-1])
    return model


def width_of(model: keras.Model) -> int:
    """Return how many numbers a model that was built here gives for a sample."""
    return _built[model] if model in _built else int(model.output_shape[-1])


def check_probabilities(outputs: Any, name: str, loss: str) -> None:
    """Check that outputs of a model can be probabilities, if the loss wants that.

    Raises:
        SpaceError: if they cannot.
    """
    if "crossentropy" in loss and bool(tf.reduce_any(outputs < 0)):
        # It would train all the same, to something else.
        raise SpaceError(
            f"the builder's model must end in probabilities, as the loss {loss} takes no logits",
            where="model",
            got=f"outputs below 0 from {name}",
            hint='activation="softmax" in its last layer',
        )


def probe(input_shape: tuple[int, ...]) -> np.ndarray:
    """Return random samples that a new model is tried with."""
    return np.random.default_rng(0).normal(size=(_PROBED, *input_shape)).astype(np.float32)


def _check_model(model: Any, name: str, *, may_compile: bool) -> None:
    if not isinstance(model, keras.Model):
        hint = "does it end without return?" if model is None else None
        raise SpaceError(
            "the builder must return a keras.Model", where="model", got=f"{type(model).__name__} from {name}", hint=hint
        )
    if model.compiled and not may_compile:
        raise SpaceError(
            "the builder must return an uncompiled model: optimizer and loss are parameters of the search",
            where="model",
            got=f"a compiled one from {name}",
            hint="leave out compile()",
        )
    for method in _NOT_CALLED:
        definer = next(cls for cls in type(model).__mro__ if method in vars(cls))
        if definer.__module__.partition(".")[0] != "keras":
            raise SpaceError(
                f"the builder's model must have no {method} of its own, as kerasgrid trains without calling it",
                where="model",
                got=f"{definer.__name__} from {name}",
                hint="its layers, call and add_loss count",
            )
    if model in _built:
        raise SpaceError(
            "the builder must return a new model at each call", where="model", got=f"the same again from {name}"
        )


def _probed(model: keras.Model, name: str, input_shape: tuple[int, ...]) -> Any:
    try:
        return model(tf.constant(probe(input_shape)), training=False)
    except Exception as error:
        raise SpaceError(
            f"the builder's model must take inputs of shape (batch, {', '.join(map(str, input_shape))})",
            where="model",
            got=f"from {name} {type(error).__name__}: {' '.join(str(error).split())[:200]}",
        ) from error


def _check_outputs(outputs: Any, name: str, n_outputs: int, allowed: set[int]) -> None:
    shape = tuple(outputs.shape) if hasattr(outputs, "shape") else None
    if shape not in [(_PROBED, width) for width in allowed]:
        got = type(outputs).__name__ if shape is None else f"({', '.join(['batch', *map(str, shape[1:])])})"
        raise SpaceError(
            f"the builder's model must have outputs of shape (batch, {n_outputs})",
            where="model",
            got=f"{got} from {name}",
            hint="one output a class, for two classes, too"
            if shape == (_PROBED, 1)
            else "its third argument says how many",
        )


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    if seed is None:
        yield
        return
    before, numpy_before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)
