"""Decoded images on the disk: one ``.npy`` file a set, with a few words of JSON behind the array.

A cache is a convenience: wherever it cannot be read or written, images are decoded anew and nobody hears of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array

VARIABLE = "KERASGRID_CACHE"
"""The environment's variable that names the folder."""

MOST_BYTES = 20 * 10**9
"""So much is kept at most: those that were not used for longest go first."""

_VERSION = 1
"""Of what is kept; another one is not read."""

_OF_FREE = 0.5
"""The share of the disk's free space that one set may take."""

_STALE = 24 * 3600.0
"""Seconds after which a file that is being written will never be finished."""


def cache_folder() -> Path:
    """Return the folder: that of ``KERASGRID_CACHE``, or ``kerasgrid`` in the user's folder for caches.

    Raises:
        RuntimeError: The home folder is not known.
    """
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).expanduser() / "images"
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "kerasgrid" / "images"


def cache_key(paths: Sequence[str], *words: object) -> str:
    """Return the key of files as they are now, by their paths, sizes and times of change, and of what is made of them.

    Args:
        paths: The files.
        words: What JSON can hold and tells how they are decoded.
    """
    from PIL import __version__

    digest = hashlib.blake2b(json.dumps([_VERSION, __version__, *words]).encode(), digest_size=16)
    for path in paths:
        try:
            status = os.stat(path)
            # The time of modification is an archive's where files were unpacked; that of the last change never is.
            what = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        except OSError:
            what = (-1, 0, 0)
        digest.update(os.fsencode(os.path.abspath(path)) + f"\0{what}\0".encode())
    return digest.hexdigest()


def read_cache(key: str) -> tuple[Array, dict[str, Any]] | None:
    """Return what was kept under a key, or None if there is nothing, or nothing whole.

    Args:
        key: Some hexadecimal digits.

    Returns:
        The array, memory-mapped copy-on-write, and what was said about it.
    """
    try:
        path = cache_folder() / f"{key}.npy"
        mapped = np.load(path, mmap_mode="c", allow_pickle=False)
        with path.open("rb") as file:
            file.seek(mapped.offset + mapped.nbytes)
            about = json.loads(file.read())
        if mapped.dtype != np.uint8 or not isinstance(about, dict):
            return None
        # What is used is kept.
        with contextlib.suppress(OSError):
            os.utime(path)
    # A torn or foreign file raises whatever its bytes happen to mean.
    except Exception:  # noqa: BLE001
        return None
    return np.asarray(mapped), about


def write_cache(key: str, array: Array, about: dict[str, Any]) -> bool:
    """Keep an array of bytes and what is to be said about it, whole or not at all; return whether it is kept.

    Args:
        key: Some hexadecimal digits.
        array: uint8, of any shape.
        about: What JSON can hold.
    """
    temporary = None
    try:
        folder = cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if array.nbytes > min(MOST_BYTES, _OF_FREE * shutil.disk_usage(folder).free):
            return False
        _make_room(folder, array.nbytes)
        temporary = folder / f"{key}.{os.getpid()}.tmp"
        with temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.write(json.dumps(about).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / f"{key}.npy")
    except (OSError, RuntimeError, ValueError):
        return False
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    return True


def _make_room(folder: Path, n_bytes: int) -> None:
    """Remove what was not used for longest until so many bytes more are within the bound, and what was never finished.

    Whoever has a removed file mapped keeps it until he is done with it.
    """
    kept = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            status = path.stat()
            if path.suffix == ".npy":
                kept.append((status.st_mtime, status.st_size, path))
            elif path.suffix == ".tmp" and status.st_mtime < time.time() - _STALE:
                path.unlink()
    total = sum(size for _, size, _ in kept) + n_bytes
    for _, size, path in sorted(kept):
        if total <= MOST_BYTES:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
