"""Models of the user's own: builders by name, and the checks of what they build."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgrid.axes.losses import LOSS_ALIASES, LOSSES
from kerasgrid.axes.names import canonical
from kerasgrid.axes.parameters import builder_params
from kerasgrid.errors import SpaceError
from kerasgrid.models.samples import made_up

Builder = Callable[[dict[str, Any], tuple[int, ...], int], keras.Model]
"""From parameters, shape of one sample and number of outputs to a new, uncompiled model."""

_NOT_CALLED = (
    *("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"),
    *("train_step", "test_step", "predict_step", "make_train_function", "make_test_function", "make_predict_function"),
    *("compute_loss", "compute_metrics"),
)
"""Methods of a model that our training has no use for, so that one's own would be ignored."""

_builders: dict[str, Builder] = {}
_may_compile: set[str] = set()
_built: weakref.WeakKeyDictionary[keras.Model, tuple[int, bool]] = weakref.WeakKeyDictionary()


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
    resolved: Mapping[str, Any],
    input_shape: tuple[int, ...],
    n_outputs: int,
    seed: int | None,
    samples: np.ndarray | None = None,
) -> keras.Model:
    """Call the builder that ``resolved["model"]`` names, and check what it returns.

    Args:
        resolved: Resolved hyperparameters; the builder gets those of :func:`builder_params`.
        input_shape: Shape of one sample.
        n_outputs: Number of classes or targets.
        seed: Seed of the initial weights: Keras's initializers without a seed of their own draw theirs from Python's
            ``random``, which is seeded meanwhile, as numpy's global generator is. None leaves both alone.
        samples: Some samples of the data, float32, (n, \\*input_shape), to try the model with: what it takes (places in
            an embedding, say) only they tell. None tries it with numbers from 0 to 1, as integers 0.

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
    with seeded(seed):
        model = builder(builder_params(resolved), input_shape, n_outputs)
        _check_model(model, name, may_compile=may_compile)
        if samples is None or not len(samples):
            samples = made_up(input_shape)
        # Also builds what is not built yet, while the seed holds.
        outputs = _tried(model, name, samples)
    widths = {n_outputs, 1} if may_compile and n_outputs == 2 else {n_outputs}
    _check_outputs(outputs, name, n_outputs, [(len(samples), width) for width in widths])
    if not model.trainable_variables:
        raise SpaceError("the builder's model must have weights to train", where="model", got=f"none from {name}")
    if outputs.shape[-1] == 1 and LOSSES[str(resolved["loss"])].has_one_output and bool(tf.reduce_all(outputs == 1)):
        raise SpaceError(
            "the builder's model must make a probability of its one output",
            where="model",
            got=f"1 for every sample from {name}",
            hint='activation="sigmoid" in its last layer: a softmax of one output is a constant',
        )
    _built[model] = int(outputs.shape[-1]), bool(tf.reduce_any(outputs < 0))
    if not may_compile:
        check_probabilities(model, name, str(resolved["loss"]))
    return model


def width_of(model: keras.Model) -> int:
    """Return how many numbers a model that was built here gives for a sample."""
    return _built[model][0] if model in _built else int(model.output_shape[-1])


def check_probabilities(model: keras.Model, name: str, loss: str) -> None:
    """Check that the outputs of a model that was built here can be probabilities, if the loss wants that.

    Args:
        model: It.
        name: Of its builder.
        loss: The name of the loss.

    Raises:
        SpaceError: if they cannot.
    """
    row = canonical(loss, LOSSES, LOSS_ALIASES)
    if _built[model][1] and ("crossentropy" in loss if row is None else LOSSES[row].wants_probabilities):
        # It would train all the same, to something else.
        raise SpaceError(
            f"the builder's model must end in probabilities, as the loss {loss} takes no logits",
            where="model",
            got=f"outputs below 0 from {name}",
            hint='activation="softmax" in its last layer',
        )


def _check_model(model: Any, name: str, *, may_compile: bool) -> None:
    if not isinstance(model, keras.Model):
        hint = "does it end without return?" if model is None else None
        raise SpaceError(
            "the builder must return a keras.Model", where="model", got=f"{type(model).__name__} from {name}", hint=hint
        )
    if model.compiled and model.run_eagerly:
        raise SpaceError(
            "the builder's model must not ask for run_eagerly: kerasgrid trains in compiled graphs alone",
            where="model",
            got=f"run_eagerly=True from {name}",
            hint="leave it out; what has to run in Python, such as .numpy(), is nothing for a model's call",
        )
    if model.compiled and not may_compile:
        raise SpaceError(
            "the builder must return an uncompiled model: optimizer and loss are parameters of the search",
            where="model",
            got=f"a compiled one from {name}",
            hint="leave out compile()",
        )
    if model.dtype_policy.name == "mixed_float16":
        raise SpaceError(
            "the builder's model must not be of mixed_float16, whose gradients Keras scales and kerasgrid does not",
            where="model",
            got=f"such a one from {name}",
            hint="mixed_bfloat16 needs no scaling",
        )
    for method in _NOT_CALLED:
        definer = next((cls for cls in type(model).__mro__ if method in vars(cls)), type(model))
        if method in vars(model) or definer.__module__.partition(".")[0] != "keras":
            raise SpaceError(
                f"the builder's model must have no {method} of its own, as kerasgrid trains without calling it",
                where="model",
                got=f"{definer.__name__} from {name}",
                hint="its layers, call and add_loss count",
            )
    for what in ("input", "output"):
        several = getattr(model, f"{what}s", None) or ()
        if len(several) > 1:
            raise SpaceError(
                f"the builder's model must have one {what}", where="model", got=f"{len(several)} from {name}"
            )
    if model in _built:
        raise SpaceError(
            "the builder must return a new model at each call", where="model", got=f"the same again from {name}"
        )


def _tried(model: keras.Model, name: str, samples: np.ndarray) -> Any:
    """Return what a model makes of samples, and leave it as it was, but built."""
    inputs = tf.constant(samples, tf.float32)
    try:
        # Weights come to be, and nothing that a call changes is changed: layers in a row take their shapes one from
        # another, which is quicker; what else there is is traced, not called.
        if not model.built and type(model) is keras.Sequential:
            model.build(tuple(inputs.shape))
        if not model.built:
            tf.function(lambda given: model(given, training=False), autograph=False).get_concrete_function(inputs)
        before = [(variable, variable.numpy()) for variable in model.variables if not variable.trainable]
        outputs = model(inputs, training=False)
    except Exception as error:
        raise SpaceError(
            f"the builder's model must take inputs of shape (batch, {', '.join(map(str, samples.shape[1:]))})",
            where="model",
            got=f"from {name} {type(error).__name__}: {' '.join(str(error).split())[:200]}",
        ) from error
    for variable, value in before:
        variable.assign(value)
    return outputs


def _check_outputs(outputs: Any, name: str, n_outputs: int, allowed: Sequence[tuple[int, int]]) -> None:
    shape = tuple(outputs.shape) if hasattr(outputs, "shape") else None
    if shape not in allowed:
        got = type(outputs).__name__ if shape is None else f"({', '.join(['batch', *map(str, shape[1:])])})"
        raise SpaceError(
            f"the builder's model must have outputs of shape (batch, {n_outputs})",
            where="model",
            got=f"{got} from {name}",
            hint='one output for two classes takes the loss "binary_crossentropy"'
            if shape == (allowed[0][0], 1)
            else "its third argument says how many",
        )


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Seed Python's and numpy's own random numbers meanwhile; None leaves both alone."""
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
