"""IDX files, the format of MNIST and Fashion-MNIST, plain or gzipped.

A file is a four-byte magic number (two zeros, the type, the rank), one big-endian uint32 per axis, and the values.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, rank: int) -> Array:
    """Return the values of one file, uint8, of that rank (3 for images, 1 for labels), read-only.

    Raises:
        DataError: The file cannot be read, is truncated, or holds something else.
    """
    try:
        data = path.read_bytes()
        if data[:2] == _GZIP_MAGIC:
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            "cannot be read, it may be truncated", where=str(path), got=str(error), hint="fetch the file again"
        ) from None
    magic = bytes((0, 0, _UNSIGNED_BYTE, rank))
    if data[:4] != magic:
        raise DataError(
            f"must be an IDX file of bytes with rank {rank}, which starts with {magic.hex()}",
            where=str(path),
            got=data[:4].hex() or "an empty file",
        )
    start = 4 + 4 * rank
    if len(data) < start:
        raise DataError("ends inside its header", where=str(path), got=f"{len(data)} bytes")
    shape = struct.unpack(f">{rank}I", data[4:start])
    expected = math.prod(shape)
    if len(data) - start != expected:
        raise DataError(
            f"must hold the {expected} values that its header promises",
            where=str(path),
            got=str(len(data) - start),
            hint="fetch the file again",
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def find_idx(folder: Path) -> tuple[Path, ...]:
    """Return the paths of the four files of :data:`FILES`, gzipped or plain; empty unless all four are there."""
    found = []
    for file in FILES:
        path = next((path for path in (folder / f"{file}.gz", folder / file) if path.is_file()), None)
        if path is None:
            return ()
        found.append(path)
    return tuple(found)


def read_idx_folder(paths: tuple[Path, ...]) -> Raw:
    """Read what :func:`find_idx` found: images (n, height, width) and labels (n,), both uint8.

    Raises:
        DataError: A file cannot be read, is truncated, or holds something else.
    """
    x_train, y_train, x_test, y_test = (read_idx(path, 1 if "labels" in path.name else 3) for path in paths)
    return Raw(x_train, y_train, x_test, y_test, source=str(paths[0].parent))
