"""What is said of arrays: what is taken for the target, and what their owner may have overlooked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.labels import check_labels
from kerasgrid.data.raw import Raw
from kerasgrid.data.target import Target, guessed
from kerasgrid.errors import DataError

_CHANNELS = (1, 3, 4)
_BRIGHT = 100
"""Pixels have such a value somewhere, at least; counts of a table may not."""

_FEWEST_PIXELS = 64
_LOOKED_AT = 1000


def with_notes(raw: Raw, *, is_asked: bool) -> Raw:
    """Return arrays with what is to be said of them.

    Args:
        raw: As a file has them.
        is_asked: Whether the user says what is to be predicted.
    """
    notes = [*_of_samples(raw), *([] if is_asked else _of_labels(raw))]
    return replace(raw, notes=(*raw.notes, *notes))


def _of_labels(raw: Raw) -> Iterator[str]:
    # What is wrong with them is said later, with their place.
    with suppress(DataError):
        y = check_labels(raw.y_train, raw.y_name)
        if not y.size:
            return
        if y.ndim == 1 and y.dtype.kind in "bU":
            words, codes = np.unique(y, return_inverse=True)
            yield guessed(Target((raw.y_name,), codes, tuple(map(str, words.tolist()))), None)[1]
        elif y.dtype.kind != "U":
            yield guessed(Target((raw.y_name,), y), None)[1]


def _of_samples(raw: Raw) -> Iterator[str]:
    x = raw.x_train
    if x.ndim == 4 and x.shape[1] in _CHANNELS and x.shape[-1] not in _CHANNELS and min(x.shape[2:]) > 4:
        yield (
            f"{raw.x_name}: samples of shape {'×'.join(map(str, x.shape[1:]))} look like images with their channels "
            "first; Keras takes them last: numpy.moveaxis(x, 1, -1)"
        )
    if raw.scale is None and (highest := _highest_pixel(x)) is not None:
        if highest <= 255:
            yield f"{raw.x_name}: whole numbers 0 … {highest} look like bytes of images; --scale divides them by 255"
        else:
            most = (1 << highest.bit_length()) - 1  # of 10, 12 or 16 bits
            yield f"{raw.x_name}: whole numbers 0 … {highest} look like pixels; x / {most} makes 0 … 1 of them"


def _highest_pixel(x: Array) -> int | None:
    """Return the highest value of what may be pixels that are taken as they are; None for all else."""
    is_image = x.ndim in (3, 4)
    if x.dtype.kind not in "uif" or not x.size or (is_image and x.dtype == np.uint8):
        return None
    if not is_image and (x.ndim != 2 or x.shape[1] < _FEWEST_PIXELS):
        return None
    some = x[:: max(1, len(x) // _LOOKED_AT)]
    low, high = some.min(), some.max()
    if not (low >= 0 and _BRIGHT < high < 2**16) or (x.dtype.kind == "f" and (some != np.floor(some)).any()):
        return None
    return int(high) if is_image or high <= 255 else None
