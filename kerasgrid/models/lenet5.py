"""LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from kerasgrid.models.layers import Subsampling2D, TableConv2D
from kerasgrid.models.parts import Parts
from kerasgrid.models.shapes import LENET5_SIDE

C3_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2),
    (0, 1, 3, 4), (1, 2, 4, 5), (2, 3, 5, 0),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""The paper's Table I: for each of the 16 maps of C3 the maps of S2 that it sees, 60 connections in all."""


def lenet5(params: Mapping[str, Any], input_shape: tuple[int, ...], n_outputs: int, seed: int | None) -> keras.Model:
    """Return LeNet-5: C1 → S2 → C3 → S4 → C5 → F6 → output, of 60,000 weights before the output as in the paper.

    Grey images of 28×28 are padded to 32×32. C1, C3 and C5 are convolutions of 5×5 to 6, 16 and 120 maps, S2 and S4
    halve the sides, F6 has 84 units; the ``activation`` follows each of them, save that an average or max pooling has
    none. With ``connections`` full, C3 sees all maps (2,416 weights instead of 1,516). The output layer is a dense
    one, in place of the paper's fixed Gaussian connections.
    """
    parts = Parts(params, seed)
    activation = params["activation"]
    inputs = keras.Input(input_shape, name="input")
    x = inputs if len(input_shape) == 3 else keras.layers.Reshape((*input_shape, 1), name="channel")(inputs)
    if input_shape[0] < LENET5_SIDE:
        x = keras.layers.ZeroPadding2D((LENET5_SIDE - input_shape[0]) // 2, name="padding")(x)

    def conv(x: Any, n_maps: int, name: str) -> Any:
        return keras.layers.Conv2D(n_maps, 5, activation=activation, name=name, **parts.kernel())(x)

    x = _subsampled(conv(x, 6, "c1"), params, "s2")
    if params["connections"] == "full":
        x = conv(x, len(C3_TABLE), "c3")
    else:
        x = TableConv2D(C3_TABLE, 5, activation=activation, name="c3", **parts.kernel())(x)
    x = _subsampled(x, params, "s4")
    x = keras.layers.Flatten(name="flatten")(conv(x, 120, "c5"))
    x = parts.dense(84, activation=activation, name="f6")(x)
    outputs = parts.dense(n_outputs, activation=params["output_activation"], name="output")(x)
    return keras.Model(inputs, outputs, name="lenet5")


def _subsampled(x: Any, params: Mapping[str, Any], name: str) -> Any:
    kind = params["subsampling"]
    if kind == "trainable":
        return Subsampling2D(params["activation"], name=name)(x)
    pooling = keras.layers.AveragePooling2D if kind == "average" else keras.layers.MaxPooling2D
    return pooling(2, name=name)(x)
