"""CIFAR-10's own batches, as folders or archives, in the binary and in the Python version.

The Python version consists of pickles, which could run anything. Here nothing that a file names is ever imported or
called: the few names that a batch needs stand for inert records, and any other name is refused.
"""

from __future__ import annotations

import io
import pickle
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Array
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
FOLDERS = ("cifar-10-batches-bin", "cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py")
ARCHIVES = (
    "cifar-10-binary.tar.gz",
    "cifar-10-python.tar.gz",
    "cifar-10-batches-py.tar.gz",
    "cifar-10-batches-py-target_archive",
)

_PIXELS = 3 * 32 * 32
_WANTED = {*BATCHES, *(f"{batch}.bin" for batch in BATCHES)}
# The documentation of pickle lets a broken stream raise more than UnpicklingError, and names some of these.
_BROKEN_PICKLE = (
    pickle.UnpicklingError,
    EOFError,
    ImportError,
    AttributeError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    MemoryError,
)


def has_batches(folder: Path) -> bool:
    """Whether all six batches lie in ``folder``, in either version."""
    return any(all((folder / f"{batch}{suffix}").is_file() for batch in BATCHES) for suffix in ("", ".bin"))


def read_cifar_folder(folder: Path) -> Raw:
    """Read the six batches of a folder. For the shapes see :func:`read_cifar_archive`.

    Raises:
        DataError: A batch is broken, missing, or holds what does not belong there.
    """
    paths = [path for path in sorted(folder.iterdir()) if path.name in _WANTED]
    return _join({path.name: path.read_bytes() for path in paths}, str(folder))


def read_cifar_archive(path: Path) -> Raw:
    """Read the six batches out of a tar archive, without unpacking it to disk.

    Returns:
        Images (n, 32, 32, 3) and labels (n,), both uint8.

    Raises:
        DataError: The archive or a batch is broken, missing, or holds what does not belong there.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = member.name.rsplit("/", 1)[-1]
                content = archive.extractfile(member) if name in _WANTED and member.isfile() else None
                if content is not None:
                    files[name] = content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(
            "cannot be read, it may be truncated", where=str(path), got=str(error), hint="fetch the file again"
        ) from None
    return _join(files, str(path))


def read_binary_batch(data: bytes, where: str) -> tuple[Array, Array]:
    """Return images (n, 32, 32, 3) and labels (n,), both uint8, of a batch of the binary version.

    Raises:
        DataError: It does not consist of whole records.
    """
    if not data or len(data) % (1 + _PIXELS):
        raise DataError(
            f"must consist of records of {1 + _PIXELS} bytes",
            where=where,
            got=f"{len(data)} bytes",
            hint="fetch the file again",
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, 1 + _PIXELS)
    return _as_images(records[:, 1:]), records[:, 0]


def read_python_batch(data: bytes, where: str) -> tuple[Array, Array]:
    """Return images (n, 32, 32, 3) and labels (n,), both uint8, of a batch of the Python version.

    Raises:
        DataError: The pickle names anything but the few things a batch needs, or holds no batch.
    """
    try:
        batch = _BatchReader(data).load()
        pixels, labels = batch[b"data"], np.array(batch[b"labels"])
        if pixels.dtype not in ("u1", b"u1") or pixels.shape != (len(labels), _PIXELS) or pixels.fortran:
            raise ValueError(f"pixels of type {pixels.dtype!r} and shape {pixels.shape} for {len(labels)} labels")
        values = np.frombuffer(pixels.data, np.uint8).reshape(pixels.shape)
        if labels.ndim != 1 or not np.isin(labels, np.arange(10)).all():
            raise ValueError("labels other than 0 to 9")
    except _BROKEN_PICKLE as error:
        raise DataError(
            "must be a batch of CIFAR-10 and nothing else",
            where=where,
            got=str(error) or type(error).__name__,
            hint="delete it and fetch it again",
        ) from None
    return _as_images(values), labels.astype(np.uint8)


def _as_images(values: Array) -> Array:
    return values.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def _join(files: Mapping[str, bytes], where: str) -> Raw:
    read: Callable[[bytes, str], tuple[Array, Array]]
    suffix, read = (".bin", read_binary_batch) if f"{BATCHES[0]}.bin" in files else ("", read_python_batch)
    names = [f"{batch}{suffix}" for batch in BATCHES]
    missing = [name for name in names if name not in files]
    if missing:
        raise DataError("must hold CIFAR-10's six batches", where=where, got=f"no {', '.join(missing)}")
    batches = [read(files[name], f"{where}/{name}") for name in names]
    x_train = np.concatenate([x for x, _ in batches[:-1]])
    y_train = np.concatenate([y for _, y in batches[:-1]])
    return Raw(x_train, y_train, *batches[-1], source=where)


class _BatchReader(pickle.Unpickler):
    """Reads a batch, with records standing for the arrays and with every other name refused."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")

        # Made anew for each batch, so that a stream which tampers with them spoils its own batch only.
        class ArrayRecord:
            shape: tuple[int, ...]
            dtype: str
            fortran: bool
            data: bytes

            def __setstate__(self, state: tuple[Any, ...]) -> None:
                _, self.shape, dtype, self.fortran, self.data = state
                self.dtype = dtype.name

        class DtypeRecord:
            def __init__(self, name: str, *_: object) -> None:
                self.name = name

            def __setstate__(self, state: object) -> None:
                pass

        def reconstruct(*_: object) -> ArrayRecord:
            return ArrayRecord()

        def encode(text: str, _: str) -> bytes:
            return text.encode("latin1")

        self._known: dict[tuple[str, str], Any] = {
            ("numpy.core.multiarray", "_reconstruct"): reconstruct,
            ("numpy._core.multiarray", "_reconstruct"): reconstruct,
            ("numpy", "ndarray"): ArrayRecord,
            ("numpy", "dtype"): DtypeRecord,
            ("_codecs", "encode"): encode,
        }

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name.

        Raises:
            UnpicklingError: No batch needs that name, so the whole file is refused.
        """
        try:
            return self._known[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the name {module}.{name}, which no batch needs") from None
