"""NumPy archives: ``x_train``, ``y_train``, perhaps ``x_val``, ``y_val``, ``x_test``, ``y_test``; or ``x``, ``y``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.raw import Raw
from kerasgrid.data.room import check_room
from kerasgrid.errors import DataError, nearest
from kerasgrid.system.memory import size_text

_PAIRS = (("x_val", "y_val"), ("x_test", "y_test"))
_KEYS = ("x_train", "y_train", *(key for pair in _PAIRS for key in pair), "x", "y")


_PARTS = {"train": "train|training", "val": "val|valid|validation|dev", "test": "test|testing"}
_SAMPLES = "x|images?|data|features|inputs?|samples"
_LABELS = "y|labels?|targets?|classes|outputs?"


def read_npz(path: Path) -> Raw:
    """Return the arrays of an archive, of the dtypes and shapes that it has; other keys are ignored.

    Arrays may have the names that others give them, such as ``X_train``, ``train_images`` and ``test_labels``.

    Raises:
        DataError: The file is no archive, is broken, lacks a key, or holds Python objects (never unpickled).
    """
    where = str(path)
    # Opened here, because numpy.load leaves the file open when the archive is torn.
    with path.open("rb") as file, _archive(file, where) as archive:
        return _arrays(archive, where)


def _archive(file: BinaryIO, where: str) -> np.lib.npyio.NpzFile:
    try:
        archive = np.load(file, allow_pickle=False)
    except Exception as error:  # noqa: BLE001 - what a torn or foreign file raises has no end
        raise DataError(
            "must be a NumPy archive as numpy.savez writes it, whole and without pickles",
            where=where,
            got=_reason(error),
        ) from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise DataError(
            "must be a NumPy archive",
            where=where,
            got="a single array",
            hint="write it with numpy.savez(path, x=x, y=y)",
        )
    return archive


def _meant(keys: Iterable[str]) -> dict[str, str]:
    """Return which array is meant by each of our names, where one alone can be: in letters of any case, or by others'
    names, such as ``train_images``.
    """
    found: dict[str, list[str]] = {}
    for key in keys:
        if (name := _name_of(key)) is not None:
            found.setdefault(name, []).append(key)
    return {name: name if name in those else those[0] for name, those in found.items()
            if name in those or len(those) == 1}  # fmt: skip


def _name_of(key: str) -> str | None:
    """Return what we call an array that somebody calls this."""
    text = re.sub(r"[^a-z]+", "_", key.lower()).strip("_")
    for kind, names in (("x", _SAMPLES), ("y", _LABELS)):
        if re.fullmatch(names, text):
            return kind
        for part, parts in _PARTS.items():
            if re.fullmatch(f"({names})_?({parts})|({parts})_?({names})", text):
                return f"{kind}_{part}"
    return None


def _arrays(archive: Any, where: str) -> Raw:
    meant = _meant(archive.files)
    keys = set(meant)
    x_name, y_name = ("x", "y") if {"x", "y"} <= keys and "x_train" not in keys else ("x_train", "y_train")
    wanted = [x_name, y_name, *(key for pair in _PAIRS if keys.intersection(pair) for key in pair)]
    missing = [key for key in wanted if key not in keys]
    if missing:
        raise DataError(
            "must hold the arrays x_train and y_train (and perhaps x_val and y_val, x_test and y_test), or x and y",
            where=where,
            got=", ".join(archive.files) or "no arrays",
            hint=_suggestion(missing, set(archive.files)),
        )
    _check_sizes(archive, [meant[key] for key in wanted], where)
    arrays = {key: _array(archive, meant[key], where) for key in wanted}
    others = [f"{meant[key]} for {key}" for key in wanted if meant[key] != key]
    return Raw(
        arrays[x_name],
        arrays[y_name],
        arrays.get("x_test"),
        arrays.get("y_test"),
        x_name=meant[x_name],
        y_name=meant[y_name],
        source=where,
        x_val=arrays.get("x_val"),
        y_val=arrays.get("y_val"),
        notes=(f"taken are {', '.join(others)}",) if others else (),
    )


def _check_sizes(archive: Any, keys: Iterable[str], where: str) -> None:
    """Check that the arrays fit in memory, and hold what they say: NumPy makes room for that before it reads any."""
    total = 0
    for key in keys:
        said, there = _sizes(archive, key)
        if said > there:
            got = f"{size_text(there)} of {size_text(said)}"
            raise DataError("cannot be read, the file may be truncated", where=f"{where}: {key}", got=got)
        total += said
    check_room(total, where, "arrays", "leave out samples, or take a smaller dtype")


def _sizes(archive: Any, key: str) -> tuple[int, int]:
    """Return how many bytes an array says that it has, and how many there are; zeros for what is no array."""
    # What is the matter is told when it is read.
    with suppress(Exception), archive.zip.open(f"{key}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        if not dtype.hasobject:
            there = archive.zip.getinfo(f"{key}.npy").file_size - file.tell()
            return math.prod(shape) * dtype.itemsize, there
    return 0, 0


def _array(archive: Any, key: str, where: str) -> Array:
    try:
        array: Array = archive[key]
    except Exception as error:  # noqa: BLE001 - as above
        if "Object arrays" in str(error):
            raise DataError(
                "must hold numbers or strings",
                where=f"{where}: {key}",
                got="an array of Python objects, which could run code when read",
                hint="save it with a plain dtype: rows of one length, x.astype('float32') or y.astype(str)",
            ) from None
        rule = "cannot be read, the file may be truncated"
        raise DataError(rule, where=f"{where}: {key}", got=_reason(error)) from None
    if not isinstance(array, np.ndarray):
        raise DataError("must be an array as numpy.savez writes it", where=f"{where}: {key}", got="other content")
    if array.ndim == 0:
        raise DataError("must have one entry per sample", where=f"{where}: {key}", got="a single value")
    return array


def _reason(error: Exception) -> str:
    """Return what the error says in one line, without NumPy's advice to read pickles, which we never do."""
    if "allow_pickle" in str(error):
        return "other content"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _suggestion(missing: list[str], keys: set[str]) -> str:
    if {"arr_0", "arr_1"} <= keys:
        return "write it with numpy.savez(path, x=x, y=y), so that each array has a name"
    alike = nearest(missing[0], keys - set(_KEYS))
    return f"missing: {', '.join(missing)}" + (f"; did {alike} mean {missing[0]}?" if alike else "")


def read_samples(path: Path) -> tuple[Array, Array | None]:
    """Return samples to predict, (n, …), and their labels or targets if these are there.

    They are what a test set is called, or ``x`` and ``y``, or a training set, or the only array that there is.

    Raises:
        DataError: The file is broken, or it is not to be seen which array is meant.
    """
    where = str(path)
    with path.open("rb") as file, _archive(file, where) as archive:
        keys, meant = archive.files, _meant(archive.files)
        for x_name, y_name in (("x_test", "y_test"), ("x", "y"), ("x_train", "y_train")):
            if x_name in meant:
                _check_sizes(archive, [meant[name] for name in (x_name, y_name) if name in meant], where)
                y = _array(archive, meant[y_name], where) if y_name in meant else None
                return _array(archive, meant[x_name], where), y
        if len(keys) == 1:
            _check_sizes(archive, keys, where)
            return _array(archive, keys[0], where), None
    raise DataError("must hold the samples as x or x_test", where=where, got=", ".join(keys) or "no arrays")
