"""How much memory training takes, estimated before it begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import keras
import tensorflow as tf

from kerasgrid.axes.families import FAMILIES
from kerasgrid.fits.batches import EVALUATION_BATCH
from kerasgrid.fits.room import Room

if TYPE_CHECKING:
    from kerasgrid.engine.program import Program

_BYTES = 4
"""Of a float."""

_COPIES = 4
"""Of the weights: the model's own, those that it begins with, its gradients, and one that is made on the way."""

_FEWEST_COPIES = 3
"""Of the weights, whatever the optimizer keeps."""

_ALWAYS = 100 * 10**6
"""Bytes that graphs and libraries take, however small the model."""


_largest: WeakKeyDictionary[Program, int] = WeakKeyDictionary()
"""The largest batches that programs have had room for."""


def check_room(program: Program, batch_size: int, room: Callable[[], Room]) -> None:
    """Check that there is room for training in batches of this size.

    Args:
        program: What trains; what it took for batches as large, it has.
        batch_size: Samples a step.
        room: Returns how much memory a fit may take now.

    Raises:
        FitError: There is none.
        NeedsAllError: There is, but not beside others.
    """
    if batch_size > _largest.get(program, 0):
        room().check(program.n_bytes(batch_size))
        _largest[program] = batch_size


def bytes_of_weights(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int) -> int:
    """Return how many bytes training takes at least, found before the model is built; 0 where nothing tells."""
    family = FAMILIES.get(str(params["model"]))
    cost = None if family is None else family.cost(params, input_shape, n_outputs)
    return 0 if cost is None else _FEWEST_COPIES * _BYTES * cost.n_weights


def bytes_of_training(model: keras.Model, of_optimizer: Sequence[Any], batch_size: int) -> int:
    """Return about how many bytes training this model takes, beside the data.

    Args:
        model: The model, which is there already.
        of_optimizer: What its optimizer keeps; its start is kept beside it.
        batch_size: Samples a step.
    """
    weights = sum(map(_size, model.weights))
    kept = sum(map(_size, of_optimizer))
    # Of a step there are the outputs of all layers at once, and the gradients of some; of an evaluation those of some.
    outputs = sum(_outputs(layer) for layer in model._flatten_layers(include_self=False))
    return _ALWAYS + _COPIES * weights + 2 * kept + _BYTES * outputs * max(2 * batch_size, EVALUATION_BATCH // 4)


def _size(variable: Any) -> int:
    return math.prod(map(int, variable.shape)) * int(tf.as_dtype(variable.dtype).size)


def _outputs(layer: keras.Layer) -> int:
    """Return how many numbers a layer makes of one sample, as far as it says."""
    try:
        made = layer.output
    except (AttributeError, ValueError):
        # Not part of a graph, as inside a model of the user's own.
        return 0
    tensors = made if isinstance(made, list | tuple) else [made]
    shapes = [tensor.shape[1:] for tensor in tensors if hasattr(tensor, "shape")]
    return sum(math.prod([int(side or 1) for side in shape]) for shape in shapes)
