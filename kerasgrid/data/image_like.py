"""Images to predict: read as those were that a model was trained on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kerasgrid.data.dataset import Array
from kerasgrid.data.image_decoding import decoded
from kerasgrid.data.image_fit import check_fit
from kerasgrid.data.image_tree import KINDS, contents, images_below, readable
from kerasgrid.errors import DataError

_SHOWN = 5


class ImagesLike(NamedTuple):
    """Images of a folder, or one image.

    Attributes:
        images: uint8, 0..255, (n, \\*input_shape), n at least 1; without the broken ones.
        names: The name of each: its path below the folder, with ``/`` on every system; of a single image its file name.
        broken: What is the matter with each file that could not be read, by such names.
    """

    images: Array
    names: tuple[str, ...]
    broken: Mapping[str, str]


def read_images_like(path: Path, input_shape: tuple[int, ...]) -> ImagesLike:
    """Return all images of a folder and of those below it, sorted, or a single one; in the shape of a model's inputs.

    They are stretched and made grey or coloured as by :mod:`kerasgrid.data.image_folder`. Broken ones are left out.

    Args:
        path: The folder or file.
        input_shape: (height, width) or (height, width, 1) for grey images, (height, width, 3) for those in colour.

    Raises:
        DataError: The model takes no images, there are none that can be read, or they do not fit in memory.
    """
    where = str(path)
    channels = 1 if len(input_shape) == 2 else input_shape[-1]
    if len(input_shape) not in (2, 3) or channels not in (1, 3):
        raise DataError("the model takes no images", where=where, got=f"inputs of shape {input_shape}")
    paths, names = _files(path)
    size = (input_shape[0], input_shape[1])
    check_fit(len(paths), size, channels, where, n_fixed=None)
    found = decoded(paths, size, "grayscale" if channels == 1 else "rgb")
    assert found is not None
    broken = {names[place]: why for place, why in found.broken.items()}
    if not len(found.images):
        listed = ", ".join(f"{name} ({why})" for name, why in list(broken.items())[:_SHOWN])
        raise DataError("must hold an image that can be read", where=where, got=listed)
    return ImagesLike(
        found.images.reshape(-1, *input_shape),
        tuple(name for place, name in enumerate(names) if place not in found.broken),
        broken,
    )


def _files(path: Path) -> tuple[list[str], list[str]]:
    """Return the files to read and their names."""
    try:
        if path.is_file():
            return [str(path)], [readable(path.name)]
        if not path.is_dir():
            raise DataError("must be an image or a folder of images", where=str(path), got="nothing there")
        paths = list(images_below(path))
        if not paths:
            rule, hint = "must hold images", f"images are {KINDS} files"
            raise DataError(rule, where=str(path), got=contents(path), hint=hint)
    except OSError as error:
        where = str(error.filename or path)
        raise DataError("cannot be read", where=where, got=error.strerror or str(error)) from error
    return paths, [readable(os.path.relpath(found, path)).replace(os.sep, "/") for found in paths]
