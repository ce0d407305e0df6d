"""NumPy archives: ``x_train``, ``y_train`` and perhaps ``x_test``, ``y_test``; or ``x`` and ``y``."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError, nearest

_KEYS = ("x_train", "y_train", "x_test", "y_test", "x", "y")
_BROKEN_FILE = (OSError, EOFError, ValueError, MemoryError, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path) -> Raw:
    """Return the arrays of an archive, as they are; other keys are ignored.

    Raises:
        DataError: The file is no archive, is broken, lacks a key, or holds Python objects (never unpickled).
    """
    where = str(path)
    # Opened here, because numpy.load leaves the file open when the archive is torn.
    with path.open("rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
        except _BROKEN_FILE as error:
            raise DataError(
                "must be a NumPy archive as numpy.savez writes it, whole and without pickles",
                where=where,
                got=str(error),
            ) from None
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise DataError(
                "must be a NumPy archive",
                where=where,
                got="a single array",
                hint="write it with numpy.savez(path, x=x, y=y)",
            )
        with archive:
            return _arrays(archive, where)


def _arrays(archive: Any, where: str) -> Raw:
    keys = set(archive.files)
    x_name, y_name = ("x", "y") if {"x", "y"} <= keys and "x_train" not in keys else ("x_train", "y_train")
    wanted = [x_name, y_name, *(key for key in ("x_test", "y_test") if key in keys)]
    missing = [key for key in wanted if key not in keys]
    if len(wanted) == 3:
        missing += {"x_test", "y_test"} - keys
    if missing:
        raise DataError(
            "must hold the arrays x_train and y_train (and perhaps x_test and y_test), or x and y",
            where=where,
            got=", ".join(archive.files) or "no arrays",
            hint=_suggestion(missing, keys),
        )
    arrays = {key: _array(archive, key, where) for key in wanted}
    return Raw(
        arrays[x_name],
        arrays[y_name],
        arrays.get("x_test"),
        arrays.get("y_test"),
        x_name=x_name,
        y_name=y_name,
    )


def _array(archive: Any, key: str, where: str) -> Array:
    try:
        array: Array = archive[key]
    except _BROKEN_FILE as error:
        if "Object arrays" in str(error):
            raise DataError(
                "must hold numbers or strings",
                where=f"{where}: {key}",
                got="an array of Python objects, which could run code when read",
                hint="save it with a plain dtype: rows of one length, x.astype('float32') or y.astype(str)",
            ) from None
        raise DataError("cannot be read, the file may be truncated", where=f"{where}: {key}", got=str(error)) from None
    if array.ndim == 0:
        raise DataError("must have one entry per sample", where=f"{where}: {key}", got="a single value")
    return array


def _suggestion(missing: list[str], keys: set[str]) -> str:
    alike = nearest(missing[0], keys - set(_KEYS))
    return f"missing: {', '.join(missing)}" + (f"; did {alike} mean {missing[0]}?" if alike else "")
