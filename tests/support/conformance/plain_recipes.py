"""Recipes of layers without randomness: of numbers, places of words, sequences and attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import layers

from .made import N_WORDS, samples
from .recipe import Body, Recipe


def of(kind: Any, name: str, label: str = "", *, first: bool = False, **arguments: Any) -> Recipe:
    """Return the recipe of one layer that takes one tensor."""
    return Recipe(kind, lambda x: getattr(layers, name)(**arguments)(x), label, first)


def merged(name: str, **arguments: Any) -> Recipe:
    """Return the recipe of a layer that merges two tensors of a shape."""
    return Recipe("floats", lambda x: getattr(layers, name)(**arguments)([x, layers.Dense(6, activation="tanh")(x)]))


def recurrent(cell: Callable[[], Any]) -> Body:
    return lambda x: layers.RNN(cell())(x)


def embedded(then: Callable[[Any], Any], **arguments: Any) -> Body:
    return lambda x: then(layers.Embedding(N_WORDS, 4, **arguments)(x))


def adapted(x: Any) -> Any:
    layer = layers.Normalization()
    layer.adapt(samples("floats"))
    return layer(x)


def attended(layer: Callable[[], Any]) -> Body:
    return lambda x: layer()([layers.Dense(4)(x), x])


def tied(x: Any) -> Any:
    layer = layers.ReversibleEmbedding(N_WORDS, 4)
    return layer(layer(x), reverse=True)


def crossed(x: Any) -> Any:
    layer = layers.HashedCrossing(5, output_mode="one_hot")
    return layer((x[:, :1], x[:, 1:2]))


def as_it_is(x: Any) -> Any:
    return x


L2 = keras.regularizers.L2(0.05)

PLAIN: Mapping[str, tuple[Recipe, ...]] = {
    "Dense": (
        of("floats", "Dense", units=5, activation="tanh"),
        of("floats", "Dense", "penalised", units=5, kernel_regularizer=L2, bias_regularizer="l1",
           activity_regularizer="l2"),
        of("floats", "Dense", "lora", units=5, lora_rank=2),
    ),
    "EinsumDense": (
        of("sequence", "EinsumDense", equation="abc,cd->abd", output_shape=(5, 3), bias_axes="d"),
    ),
    "Embedding": (
        Recipe("ints", embedded(as_it_is)),
        Recipe("ints", embedded(lambda x: layers.LSTM(3)(x), mask_zero=True), "masked"),
        Recipe("ints", embedded(as_it_is, embeddings_regularizer="l2", embeddings_constraint="unit_norm"), "bound"),
    ),
    "ReversibleEmbedding": (Recipe("ints", tied),),
    "Activation": (of("floats", "Activation", activation="silu"),),
    "ELU": (of("floats", "ELU"),),
    "LeakyReLU": (of("floats", "LeakyReLU"),),
    "PReLU": (of("floats", "PReLU", alpha_initializer="random_normal"),),
    "ReLU": (of("floats", "ReLU"),),
    "Softmax": (of("floats", "Softmax"),),
    "Identity": (of("floats", "Identity"),),
    "Lambda": (of("floats", "Lambda", function=lambda x: x * x),),
    "InputLayer": (Recipe("floats", lambda x: keras.Sequential([layers.InputLayer((6,)), layers.Dense(4)])(x)),),
    "ActivityRegularization": (of("floats", "ActivityRegularization", l1=0.02, l2=0.03),),
    "Rescaling": (of("floats", "Rescaling", scale=2.0, offset=-1.0),),
    "Flatten": (of("image", "Flatten"),),
    "Reshape": (of("sequence", "Reshape", target_shape=(4, 5)),),
    "Permute": (of("sequence", "Permute", dims=(2, 1)),),
    "RepeatVector": (of("floats", "RepeatVector", n=2),),
    "Masking": (
        Recipe("sequence", lambda x: layers.LSTM(3)(layers.Masking(0.0)(x * keras.ops.cast(x > 0.3, "float32")))),
    ),
    "Add": (merged("Add"),),
    "Average": (merged("Average"),),
    "Concatenate": (merged("Concatenate"),),
    "Dot": (merged("Dot", axes=-1, normalize=True),),
    "Maximum": (merged("Maximum"),),
    "Minimum": (merged("Minimum"),),
    "Multiply": (merged("Multiply"),),
    "Subtract": (merged("Subtract"),),
    "Attention": (Recipe("sequence", attended(lambda: layers.Attention(use_scale=True))),),
    "AdditiveAttention": (Recipe("sequence", attended(layers.AdditiveAttention)),),
    # A bias of keys or queries has no gradient but rounding where the softmax takes it out again.
    "MultiHeadAttention": (
        Recipe("sequence", lambda x: layers.MultiHeadAttention(2, 3, use_bias=False)(x, x)),
    ),
    "GroupQueryAttention": (
        Recipe("sequence", lambda x: layers.GroupQueryAttention(3, 4, 2, use_bias=False)(x, x)),
    ),
    "BatchNormalization": (
        of("floats", "BatchNormalization", momentum=0.8),
        of("image", "BatchNormalization", "image", momentum=0.8, scale=False),
    ),
    "LayerNormalization": (of("sequence", "LayerNormalization"),),
    "GroupNormalization": (of("sequence", "GroupNormalization", groups=2),),
    "RMSNormalization": (of("sequence", "RMSNormalization"),),
    "UnitNormalization": (of("floats", "UnitNormalization"),),
    "SpectralNormalization": (Recipe("floats", lambda x: layers.SpectralNormalization(layers.Dense(4))(x)),),
    "Normalization": (
        Recipe("floats", adapted, first=True),
        of("floats", "Normalization", "given", first=True, mean=np.full(6, 0.5), variance=np.full(6, 0.1)),
    ),
    "SimpleRNN": (of("sequence", "SimpleRNN", units=3),),
    "LSTM": (of("sequence", "LSTM", units=3), of("sequence", "LSTM", "steps", units=3, return_sequences=True)),
    "GRU": (of("sequence", "GRU", units=3), of("sequence", "GRU", "before", units=3, reset_after=False)),
    "SimpleRNNCell": (Recipe("sequence", recurrent(lambda: layers.SimpleRNNCell(3))),),
    "LSTMCell": (Recipe("sequence", recurrent(lambda: layers.LSTMCell(3))),),
    "GRUCell": (Recipe("sequence", recurrent(lambda: layers.GRUCell(3))),),
    "RNN": (Recipe("sequence", recurrent(lambda: [layers.LSTMCell(3), layers.GRUCell(2)])),),
    "StackedRNNCells": (
        Recipe("sequence", recurrent(lambda: layers.StackedRNNCells([layers.GRUCell(3), layers.SimpleRNNCell(2)]))),
    ),
    "Bidirectional": (Recipe("sequence", lambda x: layers.Bidirectional(layers.LSTM(2))(x)),),
    "TimeDistributed": (Recipe("sequence", lambda x: layers.TimeDistributed(layers.Dense(3))(x)),),
    "ConvLSTM1D": (of("lines", "ConvLSTM1D", filters=2, kernel_size=2),),
    "ConvLSTM2D": (of("movie", "ConvLSTM2D", filters=2, kernel_size=2),),
    "ConvLSTM3D": (of("volumes", "ConvLSTM3D", filters=2, kernel_size=2),),
    "CategoryEncoding": (of("ints", "CategoryEncoding", num_tokens=N_WORDS, output_mode="multi_hot"),),
    "Discretization": (
        of("floats", "Discretization", first=True, bin_boundaries=[0.2, 0.5, 0.8], output_mode="multi_hot"),
    ),
    "Hashing": (of("ints", "Hashing", num_bins=5, output_mode="multi_hot"),),
    "HashedCrossing": (Recipe("ints", crossed),),
    "IntegerLookup": (of("ints", "IntegerLookup", vocabulary=[1, 3, 5], output_mode="multi_hot"),),
    "STFTSpectrogram": (
        Recipe("signal", lambda x: layers.STFTSpectrogram("imag", frame_length=16, frame_step=8)(x[..., None])),
    ),
    "MelSpectrogram": (
        of("signal", "MelSpectrogram", fft_length=16, sequence_stride=8, sampling_rate=100, num_mel_bins=4,
           max_freq=50),
    ),
}  # fmt: skip
