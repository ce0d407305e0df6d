"""A convolution as one matrix product: of the kernel, made for a tile of neighbouring pixels at once, and of patches.

A product of the plain kernel would have as many rows as there are filters, which are few, and take each value of an
image as often as the kernel has pixels. A *tile* is ``high`` × ``wide`` pixels of the output. Its patch is little
larger than the kernel; the kernel of a tile is a banded matrix that has the plain one once for each pixel, and zeros,
which are multiplied for nothing, but in a product that keeps a processor busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

_LONGEST = 8
"""The longest side of a tile that is looked at."""

_COPY, _MULTIPLY, _NARROW = 1.3, 0.06, 8
"""Nanoseconds for taking a value into a patch and its gradient back, and for the three products of a number; and up to
how many rows a product takes twice the time a number that a large one takes. Measured on one AVX-512 core."""


@dataclass(frozen=True)
class Conv:
    """The shapes of a convolution.

    Attributes:
        image: (height, width, channels) of its input, padding included.
        kernel: (height, width).
        strides: (down, right).
        filters: How many maps it makes.
    """

    image: tuple[int, int, int]
    kernel: tuple[int, int]
    strides: tuple[int, int]
    filters: int

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of what it makes."""
        high, wide = (
            (side - size) // stride + 1
            for side, size, stride in zip(self.image, self.kernel, self.strides, strict=False)
        )
        return high, wide


@dataclass(frozen=True)
class Tiling:
    """A convolution cut into tiles.

    Attributes:
        conv: The convolution.
        high: Height of a tile, in pixels of the output.
        wide: Its width.
    """

    conv: Conv
    high: int
    wide: int

    @property
    def grid(self) -> tuple[int, int]:
        """How many tiles there are from top to bottom and from left to right."""
        return -(-self.conv.output[0] // self.high), -(-self.conv.output[1] // self.wide)

    @property
    def n_tiles(self) -> int:
        """How many tiles an image has."""
        return self.grid[0] * self.grid[1]

    @property
    def patch(self) -> tuple[int, int]:
        """Height and width of what a tile sees of the image."""
        (size_y, size_x), (down, right) = self.conv.kernel, self.conv.strides
        return size_y + (self.high - 1) * down, size_x + (self.wide - 1) * right

    @property
    def n_made(self) -> int:
        """Rows of the product: values of a tile."""
        return self.high * self.wide * self.conv.filters

    @property
    def n_inner(self) -> int:
        """What the product sums over: values of a patch."""
        return self.patch[0] * self.patch[1] * self.conv.image[2]

    @property
    def cost(self) -> float:
        """About how many nanoseconds a sample takes, forward and backward, compared with other tilings."""
        multiplied = self.n_inner * self.n_made * (1 + _NARROW / self.n_made)
        return self.n_tiles * (_COPY * self.n_inner + _MULTIPLY * multiplied)

    @cached_property
    def pixels(self) -> list[tuple[int, int]]:
        """The pixels of a tile, (y, x), in the order of the product's rows: those of equal parity side by side.

        So what a pooling of 2×2 compares are four blocks of rows.
        """
        return sorted(product(range(self.high), range(self.wide)), key=lambda at: (at[0] % 2, at[1] % 2, at))

    def patches(self, places: np.ndarray) -> np.ndarray:
        """Return the row of each value of each patch, (n_inner, n_tiles), from those of an image (padding included).

        −1 beyond the image, where a last tile ends.
        """
        (size_y, size_x), (n_down, n_right), (down, right) = self.patch, self.grid, self.conv.strides
        step_y, step_x = down * self.high, right * self.wide
        missing = (
            max(0, (n_down - 1) * step_y + size_y - places.shape[0]),
            max(0, (n_right - 1) * step_x + size_x - places.shape[1]),
        )
        padded = np.pad(places, [(0, missing[0]), (0, missing[1]), (0, 0)], constant_values=-1)
        parts = [
            padded[y : y + (n_down - 1) * step_y + 1 : step_y, x : x + (n_right - 1) * step_x + 1 : step_x]
            for y, x in product(range(size_y), range(size_x))
        ]
        return np.moveaxis(np.stack(parts), 3, 1).reshape(self.n_inner, self.n_tiles)

    def kernel(self, n_more: int = 0) -> np.ndarray:
        """Return which rows of the plain kernel the tile's consists of, (n_inner + n_more, pixels of a tile).

        The plain one's rows are (height × width × channels), of ``filters`` numbers; −1 stands for one of zeros.

        Args:
            n_more: How many more rows of the plain one, each of which stands in a row of its own for every pixel.
        """
        (size_y, size_x), n_channels, (down, right) = self.conv.kernel, self.conv.image[2], self.conv.strides
        n = size_y * size_x * n_channels
        tile = np.full((*self.patch, n_channels, len(self.pixels)), -1)
        for number, (y, x) in enumerate(self.pixels):
            top, left = y * down, x * right
            part = tile[top : top + size_y, left : left + size_x, :, number]
            part[...] = np.arange(n).reshape(size_y, size_x, n_channels)
        more = np.broadcast_to(np.arange(n, n + n_more)[:, None], (n_more, len(self.pixels)))
        return np.concatenate([tile.reshape(self.n_inner, -1), more])

    def places(self) -> np.ndarray:
        """Return the row of each value of the output, (height, width, filters), if rows are (n_made × n_tiles)."""
        (n_down, n_right), n_filters = self.grid, self.conv.filters
        found = np.empty((n_down, self.high, n_right, self.wide, n_filters), np.int64)
        tiles = np.arange(self.n_tiles).reshape(n_down, n_right)
        for number, (y, x) in enumerate(self.pixels):
            first = (number * n_filters + np.arange(n_filters)) * self.n_tiles
            found[:, y, :, x] = tiles[..., None] + first
        height, width = self.conv.output
        return found.reshape(n_down * self.high, n_right * self.wide, n_filters)[:height, :width]


def best_tiling(conv: Conv) -> Tiling:
    """Return the tiling of least cost; it depends on the shapes alone."""
    height, width = conv.output
    sides = product(range(1, min(height, _LONGEST) + 1), range(1, min(width, _LONGEST) + 1))
    return min((Tiling(conv, high, wide) for high, wide in sides), key=lambda tiling: tiling.cost)
