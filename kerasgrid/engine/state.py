"""What a model holds beside its weights: seeds, which each fit sets, and other state, which each fit sets back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import tensorflow as tf


def seed_states(model: keras.Model) -> list[keras.Variable]:
    """Return the states of a model's seed generators, shape (2,) each, in the order of ``model.variables``."""
    seeds = {id(generator.state) for layer in _layers(model) for generator in layer._seed_generators}
    return [variable for variable in model.variables if id(variable) in seeds]


def seed_values(seed: int, n: int) -> list[list[int]]:
    """Return what the states of ``n`` seed generators are at the start of a fit whose masks have this seed."""
    return [[(seed + 7919 * index) % 2**31, 0] for index in range(n)]


def other_state(model: keras.Model) -> list[Any]:
    """Return the variables that are neither weights nor seeds, such as a metric's, or TensorFlow's own in a layer.

    Keras neither trains nor saves them, but what a layer makes of its inputs may depend on them. Two models of one
    builder have them in the same order.
    """
    known = [*model.weights, *seed_states(model)]
    seen = {id(variable) for variable in known} | {id(variable.value) for variable in known}
    found = []
    for layer in _layers(model):
        for variable in _variables_in(list(vars(layer).values())):
            inner = variable.value if isinstance(variable, keras.Variable) else variable
            if id(variable) not in seen and id(inner) not in seen:
                found.append(variable)
                # A variable of Keras's may be met again as the one of TensorFlow's that it holds.
                seen |= {id(variable), id(inner)}
    return found


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    return list(model._flatten_layers(include_self=True))


def _variables_in(thing: Any) -> Iterator[Any]:
    if isinstance(thing, tf.Variable | keras.Variable):
        yield thing
    elif isinstance(thing, keras.metrics.Metric):
        yield from thing.variables
    elif isinstance(thing, tf.random.Generator):
        yield thing.state
    elif isinstance(thing, Mapping):
        yield from _variables_in(list(thing.values()))
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from _variables_in(part)
