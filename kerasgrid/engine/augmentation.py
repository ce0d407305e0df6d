"""Random changes of the images of a training step. They are no part of the model, so no saved model holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgrid.axes.parameters import PARAMETERS

_APART = 104_729
"""Keeps the numbers apart from those of the dropout layers, which come from the same key."""

_DRAWS = ("left_right", "up_down", "right", "down", "turn", "zoom", "contrast")
"""What is drawn for each image, in this order, whatever of it is used."""


def augmentation_of(params: Mapping[str, Any]) -> Augmentation | None:
    """Return what changes the images of these resolved ``params`` in training; None for nothing."""
    value, form = params.get("augmentation"), PARAMETERS["augmentation"].form
    return None if value is None or form is None else Augmentation(**form.filled(value))


class Augmentation:
    """Changes each image by numbers of its own, drawn anew in each step.

    It is ``RandomFlip``, ``RandomTranslation``, ``RandomRotation``, ``RandomZoom`` and ``RandomContrast`` of Keras, one
    after the other, with its distributions and its bilinear interpolation. But flip, shift, rotation and zoom are one
    affine transformation, so that an image is interpolated once: that is faster than one layer after the other, and
    blurs less. And contrast does not cut values off, as it does not know which range they have, and has the range that
    Keras's documentation gives it (of a single number, Keras 3 draws from the upper half alone).

    Args:
        flip: ``none``, ``horizontal``, ``vertical`` or ``both``; each with probability 0.5.
        shift: The shift is uniform between − and + this share, of the width and of the height each.
        rotation: The angle is uniform between − and + this share of a full turn.
        zoom: What is seen is 1 + z as wide and as high, z uniform between − and + this share.
        contrast: Distances from the mean of each channel of an image are multiplied by a number that is uniform between
            1 − and 1 + this share.
        fill_mode: As for Keras's layers; ``constant`` fills with 0.
    """

    def __init__(
        self, flip: str, shift: float, rotation: float, zoom: float, contrast: float, fill_mode: str = "reflect"
    ) -> None:
        self._flips = flip in ("horizontal", "both"), flip in ("vertical", "both")
        self._shift, self._rotation, self._zoom, self._contrast = shift, rotation, zoom, contrast
        self._fill_mode = fill_mode.upper()

    def __call__(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Return changed images, (batch, height, width) or (batch, height, width, channels); inside a graph.

        Args:
            images: Float32.
            key: The fit's seed and the step, int32, shape (2,); the same key makes the same changes.
        """
        shape = [len(_DRAWS), tf.shape(images)[0]]
        seed = tf.convert_to_tensor(key) + tf.constant([_APART, 0], tf.int32)
        draws = dict(zip(_DRAWS, tf.unstack(tf.random.stateless_uniform(shape, seed, -1.0, 1.0)), strict=True))
        changed = tf.expand_dims(images, -1) if len(images.shape) == 3 else images
        if self._shift or self._rotation or self._zoom:
            changed = self._moved(changed, draws)
        elif any(self._flips):
            changed = self._flipped(changed, draws)
        if self._contrast:
            changed = self._contrasted(changed, draws["contrast"])
        return tf.reshape(changed, tf.shape(images))

    def _signs(self, draws: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """Return −1 for each image that is mirrored left and right, 1 for the others, and the same for up and down."""
        one = tf.ones_like(draws["left_right"])
        left_right, up_down = (
            tf.where(draws[name] < 0, -one, one) if flips else one
            for name, flips in zip(("left_right", "up_down"), self._flips, strict=True)
        )
        return left_right, up_down

    def _moved(self, images: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        height, width = images.shape[1:3]
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=self._transforms(height, width, draws),
            output_shape=[height, width],
            interpolation="BILINEAR",
            fill_mode=self._fill_mode,
            fill_value=0.0,
        )

    def _transforms(self, height: int, width: int, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Return where each pixel of the changed images comes from, (batch, 8) as the operation takes it.

        About the centre of the image: zoom and rotation of the place, then the shift, then the flips, for the last
        change of an image is the first of a place.
        """
        size = 1.0 + self._zoom * draws["zoom"]
        angle = 2.0 * math.pi * self._rotation * draws["turn"]
        cosine, sine = size * tf.cos(angle), size * tf.sin(angle)
        left_right, up_down = self._signs(draws)
        x_center, y_center = (width - 1) / 2, (height - 1) / 2
        right, down = self._shift * width * draws["right"], self._shift * height * draws["down"]
        x_start = sine * y_center - cosine * x_center - right
        y_start = -sine * x_center - cosine * y_center - down
        rows = [
            *(left_right * part for part in (cosine, -sine, x_start)),
            *(up_down * part for part in (sine, cosine, y_start)),
        ]
        rows[2] += x_center
        rows[5] += y_center
        nothing = tf.zeros_like(angle)
        return tf.stack([*rows, nothing, nothing], axis=1)

    def _flipped(self, images: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> tf.Tensor:
        # Three times as fast as choosing between an image and its mirror image.
        for axis, sign in zip((2, 1), self._signs(draws), strict=True):
            side = images.shape[axis]
            places = tf.where(sign[:, None] < 0, np.arange(side)[::-1], np.arange(side))
            images = tf.gather(images, places, axis=axis, batch_dims=1)
        return images

    def _contrasted(self, images: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
        n_channels = images.shape[3]
        rows = tf.reshape(images, [tf.shape(images)[0], math.prod(images.shape[1:])])
        # Products of matrices take a third of the time of means over two axes and of spreading them again.
        spread = np.tile(np.eye(n_channels, dtype=np.float32), math.prod(images.shape[1:3]))
        means = tf.matmul(rows, spread.T / math.prod(images.shape[1:3]))
        factor = 1.0 + self._contrast * draw[:, None]
        return tf.reshape(rows * factor + tf.matmul(means * (1.0 - factor), spread), tf.shape(images))
