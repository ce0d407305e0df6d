"""Fetching the image sets from the Internet, from where Keras fetches them and into Keras's cache.

The addresses, the checksums and the layout are those of ``keras.datasets``, whose own readers are not used: some
versions of them unpickle what they fetched.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from kerasgrid.data.idx import FILES
from kerasgrid.system.quiet import quiet_stderr

_GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

GetFile: TypeAlias = Callable[..., str]
"""``keras.utils.get_file``."""

Fetch: TypeAlias = Callable[[GetFile], Path]
"""Fetches an image set, unless it is in the cache, and returns the cache's folder."""


def download(fetch: Fetch) -> Path:
    """Fetch an image set, unless it is in the cache, and return the cache's folder. Progress goes to standard error.

    Raises:
        Exception: Whatever Keras raises when there is no way through.
    """
    with quiet_stderr():
        from keras.utils import get_file
    with contextlib.redirect_stdout(sys.stderr):
        return fetch(get_file)


def fetch_mnist(get_file: GetFile) -> Path:
    """Fetch the archive of arrays of MNIST."""
    sha256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
    return Path(get_file("mnist.npz", origin=f"{_GOOGLE}mnist.npz", file_hash=sha256)).parent


def fetch_fashion_mnist(get_file: GetFile) -> Path:
    """Fetch the four IDX files of Fashion-MNIST."""
    for file in FILES:
        path = get_file(f"{file}.gz", origin=f"{_GOOGLE}{file}.gz", cache_subdir="datasets/fashion-mnist")
    return Path(path).parent.parent


def fetch_cifar10(get_file: GetFile) -> Path:
    """Fetch the batches of CIFAR-10."""
    folder = get_file(
        "cifar-10-batches-py-target",
        origin="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        extract=True,
        file_hash="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    )
    return Path(folder).parent
