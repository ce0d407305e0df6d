"""Recipes of layers of images and the like: convolutions, pooling, cropping; in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .made import Kind
from .plain_recipes import of
from .recipe import Recipe

KINDS: dict[int, Kind] = {1: "sequence", 2: "image", 3: "volume"}


def in_each(name: str, dimensions: tuple[int, ...] = (1, 2, 3), **arguments: Any) -> dict[str, tuple[Recipe, ...]]:
    """Return the recipes of a layer that there is for several numbers of dimensions."""
    return {f"{name}{n}D": (of(KINDS[n], f"{name}{n}D", **arguments),) for n in dimensions}


SPATIAL: Mapping[str, tuple[Recipe, ...]] = {
    "Conv1D": (
        of("sequence", "Conv1D", filters=3, kernel_size=2, activation="tanh"),
        of("sequence", "Conv1D", "causal", filters=3, kernel_size=2, padding="causal", dilation_rate=2),
    ),
    "Conv2D": (
        of("image", "Conv2D", filters=3, kernel_size=2, activation="tanh", kernel_regularizer="l2"),
        of("image", "Conv2D", "strided", filters=3, kernel_size=3, strides=2, padding="same"),
        of("image", "Conv2D", "whole", filters=3, kernel_size=6),
        of("image", "Conv2D", "groups", filters=3, kernel_size=2, groups=3),
    ),
    "Conv3D": (of("volume", "Conv3D", filters=3, kernel_size=2, activation="tanh"),),
    "Conv1DTranspose": (of("sequence", "Conv1DTranspose", filters=3, kernel_size=2),),
    "Conv2DTranspose": (of("image", "Conv2DTranspose", filters=3, kernel_size=2, strides=2),),
    "Conv3DTranspose": (of("volume", "Conv3DTranspose", filters=2, kernel_size=2),),
    **in_each("DepthwiseConv", (1, 2), kernel_size=2, depth_multiplier=2),
    **in_each("SeparableConv", (1, 2), filters=3, kernel_size=2),
    **in_each("AveragePooling", pool_size=2),
    **in_each("MaxPooling", pool_size=2),
    **in_each("GlobalAveragePooling"),
    **in_each("GlobalMaxPooling", keepdims=True),
    **in_each("AdaptiveAveragePooling", output_size=2),
    **in_each("AdaptiveMaxPooling", output_size=2),
    **in_each("UpSampling", size=2),
    **in_each("ZeroPadding", padding=1),
    **in_each("Cropping", cropping=1),
    "CenterCrop": (of("image", "CenterCrop", height=4, width=3),),
    "Resizing": (of("image", "Resizing", height=4, width=8),),
}
