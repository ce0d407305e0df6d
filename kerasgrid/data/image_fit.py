"""Whether images fit in memory, said before they are decoded, with what would fit."""

from __future__ import annotations

import math

from kerasgrid.errors import DataError
from kerasgrid.system.memory import available_memory, size_text
from kerasgrid.system.words import counted

_SHARE = 0.8
"""The share of the available memory that images may take: the rest is for the models."""

_LEAST_SIDE = 8


def check_fit(n: int, size: tuple[int, int], channels: int, where: str, *, n_fixed: int | None) -> None:
    """Check that images of a size fit in memory, a byte a pixel and channel.

    Args:
        n: Number of images.
        size: Height and width, in pixels.
        channels: 1 for grey images, 3 in colour.
        where: For the message: the folder.
        n_fixed: How many of them stay however many are trained on; None where their number is given.

    Raises:
        DataError: They do not; the message has a size and a number that would.
    """
    available = available_memory()
    one = size[0] * size[1] * channels
    if available is None or n * one <= _SHARE * available:
        return
    room = _SHARE * available
    hints = []
    shrunk = math.sqrt(room / (n * one))
    smaller = [int(side * shrunk) for side in size]
    if min(smaller) >= _LEAST_SIDE:
        hints.append(f'"size": {smaller}')
    if n_fixed is not None and (fewer := int(room // one) - n_fixed) >= 2:
        hints.append(f'"train_size": {fewer}')
    shape = "×".join(map(str, (*size, *([channels] if channels > 1 else []))))
    raise DataError(
        "images must fit in memory",
        where=where,
        got=f"{counted(n, 'image')} of {shape}, {size_text(n * one)}, where {size_text(room)} may be taken",
        hint=f"{' or '.join(hints)} would fit" if hints else None,
    )
