"""The model as it is trained: rates and penalties that a program steers are taken out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import keras
import tensorflow as tf

from kerasgrid.engine.dropout import VariableDropout
from kerasgrid.engine.whole_conv import WholeConv2D, covers_its_input
from kerasgrid.models.parts import dropout_parameter


def trainable_twin(plain: keras.Model, numbers: Mapping[str, tf.Variable], dropout_key: tf.Variable) -> keras.Model:
    """Return a model of kerasgrid's own with dropout rates and factors of penalties taken out, for they are variables.

    Its weights are those of the model, in the same order.

    Args:
        plain: The model.
        numbers: The variables of the rates, by the name of their hyperparameter.
        dropout_key: The fit's dropout seed and the step, shape (2,).
    """
    n_dropouts = 0

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        nonlocal n_dropouts
        if isinstance(layer, keras.layers.Dropout):
            n_dropouts += 1
            parameter = dropout_parameter(layer.name)
            rate = numbers[parameter] if parameter is not None else number(layer.rate)
            drops_maps = isinstance(layer, keras.layers.SpatialDropout2D)
            return VariableDropout(rate, dropout_key, n_dropouts, drops_maps=drops_maps, name=layer.name)
        config = layer.get_config()
        if "kernel_regularizer" in config:
            config["kernel_regularizer"] = None
        return (WholeConv2D if covers_its_input(layer) else type(layer)).from_config(config)

    return keras.models.clone_model(plain, clone_function=twin, recursive=True)


def kernels_of(model: keras.Model) -> list[keras.Variable]:
    """Return the kernels of a model's layers, those of models in it included."""
    return [layer.kernel for layer in _layers(model) if hasattr(layer, "kernel")]


def number(value: float = 0.0) -> tf.Variable:
    """Return a variable for a number that fits of one program differ in."""
    return tf.Variable(value, dtype=tf.float32, trainable=False)


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
