"""Many image files as one array of bytes, of one size and with or without colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.image_pixels import BrokenImageError, image_pixels, image_size, only_bombs_warn
from kerasgrid.system.cores import n_cores

_PER_TASK = 64
"""Files that a thread reads before it tells; one by one, the telling would take longer than small images do."""


@dataclass(frozen=True)
class Decoded:
    """Images as one array.

    Attributes:
        images: uint8, (n, height, width) if grey, (n, height, width, 3) in colour; without the broken ones.
        broken: What is the matter with those that cannot be read, by their place among the files.
    """

    images: Array
    broken: dict[int, str] = field(default_factory=dict)


def image_sizes(paths: Sequence[str]) -> list[tuple[int, int]]:
    """Return height and width of each image, in pixels; what is no image has none."""
    with only_bombs_warn():
        sizes = [_size_or_none(path) for path in paths]
    return [size for size in sizes if size is not None]


def decoded(paths: Sequence[str], size: tuple[int, int], color: str | None, n_deciding: int = 0) -> Decoded | None:
    """Return all images, stretched to one size, by as many threads as there are cores.

    Args:
        paths: The files.
        size: Height and width, in pixels.
        color: ``grayscale`` or ``rgb``; None makes them grey if the deciding ones are, also where their channels are
            equal.
        n_deciding: How many of the first files decide where there is no ``color``.

    Returns:
        The images; None, soon, if there is no ``color`` and one of those that decide has colours.
    """
    shape = (*size, 3) if color == "rgb" else size
    images = np.empty((len(paths), *shape), np.uint8)
    broken: dict[int, str] = {}
    colored = Event()

    def read(place: int) -> None:
        if colored.is_set():
            return
        try:
            pixels = image_pixels(paths[place], size, color or (None if place < n_deciding else "grayscale"))
        except BrokenImageError as error:
            broken[place] = str(error)
            return
        if pixels.ndim > len(shape):
            colored.set()
        else:
            images[place] = pixels

    with only_bombs_warn():
        _for_each(read, len(paths))
    if colored.is_set():
        return None
    return Decoded(_without(images, broken), dict(sorted(broken.items())))


def _for_each(do: Callable[[int], None], n: int) -> None:
    """Do something for each of the first ``n`` whole numbers, in threads."""

    def some(start: int) -> None:
        for place in range(start, min(start + _PER_TASK, n)):
            do(place)

    pool = ThreadPoolExecutor(n_cores())
    try:
        for _ in pool.map(some, range(0, n, _PER_TASK)):
            pass
    finally:
        # After an interrupt or an error nobody waits for the rest.
        pool.shutdown(cancel_futures=True)


def _without(images: Array, broken: dict[int, str]) -> Array:
    """Return the images without some, moved up in place: a copy might not fit in memory."""
    if not broken:
        return images
    target = min(broken)
    for place in range(target, len(images)):
        if place not in broken:
            images[target] = images[place]
            target += 1
    return images[:target]


def _size_or_none(path: str) -> tuple[int, int] | None:
    try:
        return image_size(path)
    except BrokenImageError:
        return None
