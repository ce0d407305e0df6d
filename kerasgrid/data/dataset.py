"""A data set in memory: checked, typed and ready to be trained on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kerasgrid.data.columns import Columns
from kerasgrid.errors import DataError

Task = Literal["classification", "regression", "multilabel"]
"""What is predicted: a class, one or more numbers, or for each of several labels whether it holds."""

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float32]

_ARRAYS = ("x_train", "y_train", "x_test", "y_test", "weights")
_OF_SPLITS = ("groups", "times")
_META = "meta.json"

_MUCH_LARGER = 10.0
"""How many times as large a target's standard deviation is as another's, if only the larger would be learnt."""


@dataclass(frozen=True, eq=False)
class Splits:
    """What the data itself says of how it is to be split into folds.

    Attributes:
        groups: The group of each training sample, int64, (n,): samples of one group stand on one side of every split;
            None without groups.
        times: When each training sample is from, float64, (n,): what is held out is later than what is trained on; None
            where samples have no order.
        fold_of: The fold in which each training sample is held out, int32, (n,), from 0; -1 for none. None where the
            folds are not given.
    """

    groups: Array | None = None
    times: Array | None = None
    fold_of: Array | None = None

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of a hash of groups and times; empty without either."""
        there = {name: getattr(self, name) for name in ("groups", "times") if getattr(self, name) is not None}
        return _digest([*there], *there.values()) if there else ""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training set, perhaps a test set, and what they mean.

    Attributes:
        name: The name of a known data set, or the file's stem.
        x_train: Training samples, (n, \\*input_shape), C-contiguous, float32, images in 0..1; or of folders of images
            uint8, 0..255. Of a table its matrix, whose columns are as :data:`kerasgrid.data.columns.Kind` says.
        y_train: Class indices 0..k-1, int64, (n,); for regression float32 targets, (n,) or (n, n_outputs); for several
            labels float32 zeros and ones, (n, n_outputs).
        x_test: Test samples, as ``x_train``, (m, \\*input_shape); None without a test set.
        y_test: Their labels or targets, as for ``y_train``; None without a test set.
        task: What is predicted, see :data:`Task`.
        classes: Class names in the order of their indices, or names of the labels; None for regression.
        source: Where the data was found, for people.
        columns: What the columns of a table are; None for arrays, which are taken as they are.
        targets: Names of the columns to predict; empty where they have none.
        splits: What it says of its folds.
        is_bytes: Whether the images were bytes, 0..255, so that whoever has such images has bytes.
        notes: What was decided about the data, to be said once, a line each.
        weights: How much each training sample counts in the training, float32, (n,); None for alike. What is held out
            is scored without them.
    """

    name: str
    x_train: Array
    y_train: Array
    x_test: Array | None
    y_test: Array | None
    task: Task
    classes: tuple[str, ...] | None
    source: str
    columns: Columns | None = None
    targets: tuple[str, ...] = ()
    splits: Splits = field(default_factory=Splits)
    is_bytes: bool = False
    notes: tuple[str, ...] = ()
    weights: Array | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample: (features,), (height, width) or (height, width, channels)."""
        return self.x_train.shape[1:]

    @property
    def has_images(self) -> bool:
        """Whether samples are images, or other arrays of several axes."""
        return len(self.input_shape) > 1

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels, or number of targets for regression."""
        if self.classes is not None:
            return len(self.classes)
        return 1 if self.y_train.ndim == 1 else int(self.y_train.shape[1])

    @cached_property
    def has_unlike_targets(self) -> bool:
        """Whether there are several targets to predict, of sizes that differ tenfold."""
        if self.task != "regression" or self.y_train.ndim == 1:
            return False
        spread = self.y_train.std(axis=0, dtype=np.float64)
        return bool(spread.max() > _MUCH_LARGER * spread[spread > 0].min(initial=np.inf))

    @property
    def standardises_targets(self) -> bool:
        """Whether regression targets are standardised where nothing else is said.

        Those of tables are, and targets of unlike sizes: the largest alone would be learnt.
        """
        return self.task == "regression" and (self.columns is not None or self.has_unlike_targets)

    @cached_property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of a hash of what determines a fit's numbers: task, ``x_train``, ``y_train``, weights.

        Neither the name nor the test set counts, so the same data read from another place reuses finished fits.
        """
        head: list[object] = [self.task, self.n_outputs]
        if self.columns is not None:
            # How a column was read, and what is said of it, has done its work in x_train.
            head += [[column.name, column.kind, column.levels, column.has_gaps] for column in self.columns.given]
        elif self.standardises_targets:  # not as before there was a choice
            head += ["standardised targets"]
        weights = [] if self.weights is None else [self.weights]
        return _digest(head, self.x_train, self.y_train, *weights)

    @cached_property
    def test_fingerprint(self) -> str:
        """The same of the test set, on which only the final evaluation depends; empty without one."""
        return "" if self.x_test is None or self.y_test is None else _digest([], self.x_test, self.y_test)

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` file per array and ``meta.json`` into ``folder``, which is made if need be.

        It is for those who train: given folds and notes are left out.

        ``meta.json`` is written last: where it lies, the arrays are whole.
        """
        folder.mkdir(parents=True, exist_ok=True)
        meta_path = folder / _META
        meta_path.unlink(missing_ok=True)
        arrays: dict[str, Array | None] = {key: getattr(self, key) for key in _ARRAYS}
        arrays |= {key: getattr(self.splits, key) for key in _OF_SPLITS}
        for key, array in arrays.items():
            path = folder / f"{key}.npy"
            if array is None:
                path.unlink(missing_ok=True)
            else:
                np.save(path, array, allow_pickle=False)
        meta = {
            "name": self.name,
            "task": self.task,
            "classes": self.classes,
            "source": self.source,
            "columns": None if self.columns is None else self.columns.to_dict(),
            "targets": self.targets,
            "is_bytes": self.is_bytes,
        }
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
        arrays: dict[str, Any] = dict.fromkeys((*_ARRAYS, *_OF_SPLITS))
        for key in arrays:
            path = folder / f"{key}.npy"
            if path.exists():
                # Not "r": DLPack, by which TensorFlow takes an array without copying it, refuses read-only ones.
                arrays[key] = np.load(path, mmap_mode="c", allow_pickle=False)
        return cls(
            name=meta["name"],
            task=meta["task"],
            classes=None if meta["classes"] is None else tuple(meta["classes"]),
            source=meta["source"],
            columns=None if meta["columns"] is None else Columns.from_dict(meta["columns"]),
            targets=tuple(meta["targets"]),
            is_bytes=meta["is_bytes"],
            splits=Splits(**{key: arrays.pop(key) for key in _OF_SPLITS}),
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
