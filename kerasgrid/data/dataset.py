"""A data set in memory: checked, typed and ready to be trained on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kerasgrid.errors import DataError

Task = Literal["classification", "regression"]
Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float32]

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_META = "meta.json"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training set, perhaps a test set, and what they mean.

    Attributes:
        name: The name of a known data set, or the file's stem.
        x_train: Training samples, float32, (n, \\*input_shape), C-contiguous; images are in 0..1.
        y_train: Class indices 0..k-1, int64, (n,); for regression float32 targets, (n,) or (n, n_outputs).
        x_test: Test samples, float32, (m, \\*input_shape); None without a test set.
        y_test: Their labels or targets, as for ``y_train``; None without a test set.
        task: What is predicted: a class, or one or more numbers.
        classes: Class names in the order of their indices; None for regression.
        source: Where the data was found, for people.
    """

    name: str
    x_train: FloatArray
    y_train: Array
    x_test: FloatArray | None
    y_test: Array | None
    task: Task
    classes: tuple[str, ...] | None
    source: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample: (features,), (height, width) or (height, width, channels)."""
        return self.x_train.shape[1:]

    @property
    def n_outputs(self) -> int:
        """Number of classes, or number of targets for regression."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.y_train.ndim == 1 else int(self.y_train.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of a hash of what determines a fit's numbers: task, ``x_train`` and ``y_train``.

        Neither the name nor the test set counts, so the same data read from another place reuses finished fits.
        """
        return _digest([self.task, self.n_outputs], self.x_train, self.y_train)

    @cached_property
    def test_fingerprint(self) -> str:
        """The same of the test set, on which only the final evaluation depends; empty without one."""
        return "" if self.x_test is None or self.y_test is None else _digest([], self.x_test, self.y_test)

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` file per array and ``meta.json`` into ``folder``, which is made if need be.

        ``meta.json`` is written last: where it lies, the arrays are whole.
        """
        folder.mkdir(parents=True, exist_ok=True)
        meta_path = folder / _META
        meta_path.unlink(missing_ok=True)
        arrays: dict[str, Array | None] = {key: getattr(self, key) for key in _ARRAYS}
        for key, array in arrays.items():
            path = folder / f"{key}.npy"
            if array is None:
                path.unlink(missing_ok=True)
            else:
                np.save(path, array, allow_pickle=False)
        meta = {"name": self.name, "task": self.task, "classes": self.classes, "source": self.source}
        meta_path.write_text(json.dumps(meta), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read what :meth:`save` wrote. The arrays are memory-mapped, copy-on-write: nothing is copied.

        Raises:
            DataError: ``folder`` holds no saved data set.
        """
        try:
            meta = json.loads((folder / _META).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError(
                "must hold a saved data set", where=str(folder), got=f"no {_META}", hint="write it with Dataset.save"
            ) from None
        arrays: dict[str, Any] = dict.fromkeys(_ARRAYS)
        for key in _ARRAYS:
            path = folder / f"{key}.npy"
            if path.exists():
                # Not "r": DLPack, by which TensorFlow takes an array without copying it, refuses read-only ones.
                arrays[key] = np.load(path, mmap_mode="c", allow_pickle=False)
        return cls(
            name=meta["name"],
            task=meta["task"],
            classes=None if meta["classes"] is None else tuple(meta["classes"]),
            source=meta["source"],
            **arrays,
        )


def _digest(head: list[object], *arrays: Array) -> str:
    # BLAKE2b takes about half the time of SHA-256 where the processor has no instruction for the latter.
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        head = [*head, list(array.shape), array.dtype.str]
    digest.update(json.dumps(head).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
