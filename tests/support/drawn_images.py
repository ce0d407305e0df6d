"""Small images of one's own, and folders of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

RED, GREY = (200, 30, 40), (90, 90, 90)


def draw(
    path: Path, size: tuple[int, int] = (6, 5), color: tuple[int, int, int] | int = RED, **options: object
) -> Path:
    """Write an image of one colour and return its path; a number makes it grey. Sizes are height and width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = "L" if isinstance(color, int) else "RGB"
    Image.new(mode, size[::-1], color).save(path, **options)
    return path


def draw_folder(root: Path, counts: Mapping[str, int], color: tuple[int, int, int] | int = RED) -> Path:
    """Write so many images of 6 × 5 pixels into each folder below ``root``, no two of them alike, and return it."""
    for name, n in counts.items():
        for number in range(n):
            path = root / name / f"{number:03}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = "L" if isinstance(color, int) else "RGB"
            image = Image.new(mode, (5, 6), color)
            image.putpixel((number % 5, number // 5 % 6), 255 if mode == "L" else (255, 255, 255))
            image.save(path)
    return root


def pixels_of(path: Path) -> np.ndarray:
    """Return what Pillow makes of a file, in colour."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
