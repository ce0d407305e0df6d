"""One image file as bytes: whatever its mode, its depth and the way it is turned.

Pillow is imported when the first image is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array

FORMATS = ("PNG", "JPEG", "BMP", "DIB", "GIF", "WEBP", "TIFF")
"""What Pillow may find in a file, whatever its name says: what many an image of the web is, and nothing that runs
another program to be read."""

_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)
"""Values of EXIF's orientation with which height and width change places."""


class BrokenImageError(Exception):
    """A file that is no image, or a torn one; the message says so in a few words."""


@contextmanager
def only_bombs_warn() -> Iterator[None]:
    """Have Pillow refuse images of more pixels than its limit at once, and not tell of oddities in others.

    Warnings belong to the whole process, so this is entered once, and not by each thread.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def image_size(path: str) -> tuple[int, int]:
    """Return height and width as they are shown, from the head of the file alone.

    Raises:
        BrokenImageError: It is no image.
    """
    with _opened(path) as image:
        width, height = image.size
        # Only where the head has it: Pillow would read the whole file to find it behind the pixels.
        turned = "exif" in image.info and image.getexif().get(_ORIENTATION) in _TURNED
    return (width, height) if turned else (height, width)


def image_pixels(path: str, size: tuple[int, int], color: str | None) -> Array:
    """Return an image of a size, in pixels, as uint8: grey (height, width), in colour (height, width, 3).

    It is stretched to that size as ``image_dataset_from_directory`` does, by a filter that takes all pixels into
    account where it becomes smaller, and that never goes beyond their values. Transparent parts become white. Of a
    moving picture this is the first one.

    Args:
        path: The file.
        size: Height and width.
        color: ``grayscale`` or ``rgb``; None gives grey where all channels are equal, and colour elsewhere.

    Raises:
        BrokenImageError: It is no image, or a torn one.
    """
    from PIL import Image, ImageOps

    height, width = size
    with _opened(path) as image:
        # A JPEG is decoded at a half, a quarter or an eighth of its size if that leaves twice of what is wanted.
        longer = 2 * max(size)
        image.draft(None, (longer, longer))
        ImageOps.exif_transpose(image, in_place=True)
        plain = _opaque(image)
        if plain.size != (width, height):
            plain = plain.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        if color is not None:
            return np.asarray(plain.convert("L" if color == "grayscale" else "RGB"))
        pixels = np.asarray(plain)
    is_grey = pixels.ndim == 3 and (pixels == pixels[..., :1]).all()
    return pixels[..., 0] if is_grey else pixels


def _opaque(image: Any) -> Any:
    """Return an image of mode L or RGB."""
    from PIL import Image

    mode = image.mode
    if mode.startswith("I"):
        # 16 bits a pixel, of which Pillow would cut off the upper half.
        deep = np.asarray(image).astype(np.int64).clip(0, 65535)
        return Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if image.has_transparency_data:
        own = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", own.size, "white"), own).convert("RGB")
    if mode in ("1", "L"):
        return image.convert("L")
    return image.convert("RGB")


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with open(path, "rb") as file, Image.open(file, formats=FORMATS) as image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = Image.MAX_IMAGE_PIXELS
        raise BrokenImageError(f"more than Pillow's limit of {limit:,} pixels") from None
    except UnidentifiedImageError:
        raise BrokenImageError("no PNG, JPEG, WebP, TIFF, BMP or GIF") from None
    except MemoryError:
        raise
    # What decoders raise on torn files has no end: OSError, SyntaxError, ValueError, struct.error, IndexError, …
    except Exception as error:  # noqa: BLE001
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BrokenImageError(" ".join(told.split())[:100] or type(error).__name__) from None
