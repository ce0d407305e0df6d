"""Checks of samples and settings, each with a message that says what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasgrid.data.dataset import Array, FloatArray
from kerasgrid.errors import DataError

_RANKS = "must have rank 2 (a table), 3 (grey images) or 4 (images with channels), samples first"


def check_seed(seed: int) -> None:
    """Check that a seed is one that NumPy and scikit-learn both take.

    Raises:
        DataError: It is no whole number from 0 to 2³²-1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise DataError("must be a whole number from 0 to 2**32 - 1", where="seed", got=repr(seed))


def expanded(path: str, where: str) -> Path:
    """Return the path with a ``~`` in front replaced by the home folder.

    Args:
        path: As the user wrote it.
        where: For messages: what the path is for.

    Raises:
        DataError: The home folder is not known.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise DataError("the home folder is not known", where=where, got=repr(path)) from None


def samples(x: Array, where: str, *, divided: bool | None = None, has_gaps: bool = False) -> FloatArray:
    """Return ``x`` as C-contiguous float32, images of bytes scaled from 0..255 to 0..1.

    Args:
        x: (n, features), (n, height, width) or (n, height, width, channels).
        where: For messages: the file and the array's name.
        divided: Whether to divide by 255; None for images of bytes only, see :func:`is_bytes_image`.
        has_gaps: Whether NaN may stand for what is missing.

    Raises:
        DataError: The rank is wrong, there are no samples or no numbers, or a value is missing, infinite or too large.
    """
    if x.dtype.kind not in "biuf":
        raise DataError(
            "must hold numbers",
            where=where,
            got=f"dtype {x.dtype}",
            hint="convert it first, for instance with x.astype('float32')",
        )
    if x.ndim not in (2, 3, 4):
        hint = "one feature still makes a table: x.reshape(-1, 1)" if x.ndim == 1 else None
        raise DataError(_RANKS, where=where, got=f"shape {x.shape}", hint=hint)
    if x.size == 0:
        rule = "must hold at least one sample" if len(x) == 0 else "must hold at least one feature per sample"
        raise DataError(rule, where=where, got=f"shape {x.shape}")
    if is_bytes_image(x) if divided is None else divided:
        return np.divide(x, np.float32(255), dtype=np.float32, order="C")
    if not has_gaps:
        check_finite(x, where)
    with np.errstate(over="ignore"):
        as_float32 = np.ascontiguousarray(x, dtype=np.float32)
    too_large = np.isinf(as_float32) if has_gaps else ~np.isfinite(as_float32)
    if too_large.any():
        place, value = _first(x, too_large)
        raise DataError(
            "must fit in float32, which ends at 3.4e38",
            where=where,
            got=f"{value} at {place}",
            hint="scale the data",
        )
    return as_float32


def images_of_bytes(x: Array, where: str) -> Array:
    """Return ``x`` as it is, C-contiguous.

    Args:
        x: uint8, (n, height, width) or (n, height, width, channels).
        where: For messages: the file and the array's name.

    Raises:
        DataError: It is anything else, or empty.
    """
    if x.dtype != np.uint8 or x.ndim not in (3, 4) or x.size == 0:
        rule = "must hold images of bytes, uint8, (n, height, width) or (n, height, width, channels)"
        raise DataError(rule, where=where, got=f"{x.dtype}, shape {x.shape}")
    return np.ascontiguousarray(x)


def is_bytes_image(x: Array) -> bool:
    """Whether ``x`` holds images as bytes, 0..255, rather than measured numbers or zeros and ones."""
    return bool(x.dtype == np.uint8 and x.ndim >= 3 and x.size and x.max() > 1)


def check_finite(values: Array, where: str) -> None:
    """Check that no value is NaN or infinite.

    Args:
        values: Any dtype and shape; only floats can be wrong.
        where: For messages: the file and the array's name.

    Raises:
        DataError: Some are; the message has their number and the first one's index, counted from 0.
    """
    if values.dtype.kind != "f":
        return
    bad = ~np.isfinite(values)
    n_bad = int(bad.sum())
    if n_bad:
        place, value = _first(values, bad)
        noun = "1 NaN or infinite value" if n_bad == 1 else f"{n_bad} NaN or infinite values"
        raise DataError(
            "must hold finite numbers only",
            where=where,
            got=f"{noun}, the first ({value}) at {place}",
            hint="fill them in or drop those samples",
        )


def check_pair(x: Array, y: Array, x_name: str, y_name: str, where: str) -> None:
    """Check that there is one label or target for each sample.

    Args:
        x: (n, …).
        y: (n,) or (n, n_outputs).
        x_name: What the message calls ``x``.
        y_name: What the message calls ``y``.
        where: For the message: the file.

    Raises:
        DataError: Their lengths differ.
    """
    if len(x) != len(y):
        raise DataError(
            f"{x_name} and {y_name} must have the same length", where=where, got=f"{len(x)} samples and {len(y)} labels"
        )


def check_alike(x_train: Array, other: Array, name: str, where: str) -> None:
    """Check that other samples are like the training samples: of one shape, and of bytes if these are.

    Args:
        x_train: (n, \\*sample_shape), as the file has them.
        other: (m, \\*sample_shape), likewise.
        name: What the message calls the others.
        where: For the message: the file.

    Raises:
        DataError: The shapes of a sample differ, or only one of them holds images of bytes.
    """
    if x_train.shape[1:] != other.shape[1:]:
        raise DataError(
            f"x_train and {name} must hold samples of one shape",
            where=where,
            got=f"{x_train.shape[1:]} and {other.shape[1:]}",
        )
    if is_bytes_image(x_train) and other.dtype != np.uint8:
        raise DataError(
            f"x_train and {name} must both be uint8 images or neither, for uint8 images are divided by 255",
            where=where,
            got=f"{x_train.dtype} and {other.dtype}",
            hint="give both the same dtype",
        )


def _first(values: Array, mask: Array) -> tuple[str, str]:
    """Return the index, like ``[3, 0]``, and the value of the first place where ``mask`` holds."""
    index = np.unravel_index(int(mask.argmax()), mask.shape)
    return str([int(i) for i in index]), str(values[index])
