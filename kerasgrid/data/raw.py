"""Raw arrays, as a source found them, on their way to become a data set."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasgrid.data import checks, labels
from kerasgrid.data.columns import Columns
from kerasgrid.data.dataset import Array, Dataset, Splits, Task
from kerasgrid.errors import DataError

_ANOTHER_NAME = "give data of your own another name, and load it by its path"


@dataclass(frozen=True, eq=False)
class Raw:
    """Arrays as a source found them, unchecked; the test set may be missing.

    Attributes:
        x_train: Samples, any dtype; (n, features), (n, height, width) or (n, height, width, channels) if all is well.
        y_train: Labels or targets, any dtype; (n,) or (n, n_outputs) if all is well.
        x_test: As ``x_train``, of m samples, or None.
        y_test: As ``y_train``, of m samples, or None.
        x_name: What messages call the training samples.
        y_name: What messages call the training labels.
        source: Where it was found, for people.
        where: Where messages say that it is; None for ``source``.
        classes: Class names known beforehand, in the order of their indices; None takes them from the labels.
        sample_shape: The shape of one sample that is known beforehand; None takes any.
        x_val: Samples to hold out, as ``x_train``, or None.
        y_val: Their labels or targets.
        columns: What the columns of a table are. Its samples are its matrix then, float32, with NaN for gaps.
        targets: Names of the columns to predict; empty where they have none.
        splits: What it says of the folds of the training samples, those to hold out not counted.
        weights: How much each training sample counts in the training, float32, (n,); None for alike.
        scale: Whether 8-bit values are divided by 255; None for what their shape and values say.
        keep_bytes: Whether the samples, images of uint8, stay as they are; the engine makes numbers of 0 … 1 of them.
        notes: What was decided about the data, to be said once, a line each.
        task: What is to be predicted, where the source knows it better than the labels show; None for a guess.
    """

    x_train: Array
    y_train: Array
    x_test: Array | None = None
    y_test: Array | None = None
    x_name: str = "x_train"
    y_name: str = "y_train"
    source: str = field(kw_only=True)
    where: str | None = field(default=None, kw_only=True)
    classes: tuple[str, ...] | None = field(default=None, kw_only=True)
    sample_shape: tuple[int, ...] | None = field(default=None, kw_only=True)
    x_val: Array | None = field(default=None, kw_only=True)
    y_val: Array | None = field(default=None, kw_only=True)
    columns: Columns | None = field(default=None, kw_only=True)
    targets: tuple[str, ...] = field(default=(), kw_only=True)
    splits: Splits = field(default_factory=Splits, kw_only=True)
    weights: Array | None = field(default=None, kw_only=True)
    scale: bool | None = field(default=None, kw_only=True)
    keep_bytes: bool = field(default=False, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    task: Task | None = field(default=None, kw_only=True)

    def to_dataset(self, *, name: str, task: Task | None = None) -> Dataset:
        """Check and convert everything.

        Samples to hold out are put behind the training samples, as the one fold that there is.

        Args:
            name: Of the data set.
            task: What to predict; None for what the source says, or a guess, see
                :func:`kerasgrid.data.labels.guess_task`.

        Raises:
            DataError: The arrays are wrong or do not fit together; see :mod:`kerasgrid.data.checks` and ``labels``.
        """
        scale = True if self.keep_bytes else self.scale
        is_bytes = checks.is_bytes_image(self.x_train) if scale is None else scale
        x_train = self._samples(self.x_train, self.x_name, divided=is_bytes)
        y_train = labels.check_labels(self.y_train, self._place(self.y_name))
        checks.check_pair(x_train, y_train, self.x_name, self.y_name, self._where)
        others = {part: self._pair(part, divided=is_bytes) for part in ("val", "test")}
        task = task or self.task or labels.guess_task(y_train)
        y_train, classes = self._labels(y_train, task, name)
        known = {
            part: (x, self._like(y, f"y_{part}", y_train, classes, task))
            for part, (x, y) in others.items()
            if x is not None and y is not None
        }
        self._check_shape(x_train, name)
        x_test, y_test = known.get("test", (None, None))
        splits, notes, weights = self.splits, self.notes, self.weights
        if "val" in known:
            x_val, y_val = known["val"]
            splits = held_out_after(splits, len(x_train), len(x_val))
            x_train, y_train = np.concatenate([x_train, x_val]), np.concatenate([y_train, y_val])
            if weights is not None:  # what is only held out is never trained on
                weights = np.concatenate([weights, np.ones(len(x_val), np.float32)])
        if self.keep_bytes:
            notes = (*notes, "the model takes bytes, 0 … 255, and makes 0 … 1 of them itself")
        elif is_bytes and scale is None:
            notes = (*notes, 'images of bytes: 0 … 255 become 0 … 1, "scale": false keeps them as they are')
        return Dataset(
            name, x_train, y_train, x_test, y_test, task, classes, self.source, self.columns, self.targets, splits,
            is_bytes, notes, weights,
        )  # fmt: skip

    @property
    def _where(self) -> str:
        return self.where or self.source

    def _place(self, array: str) -> str:
        return f"{self._where}: {array}"

    def _samples(self, x: Array, name: str, *, divided: bool) -> Array:
        if self.keep_bytes:
            return checks.images_of_bytes(x, self._place(name))
        return checks.samples(x, self._place(name), divided=divided, has_gaps=self.columns is not None)

    def _pair(self, part: str, *, divided: bool) -> tuple[Array | None, Array | None]:
        """Return the samples of a part, ``val`` or ``test``, converted, and their labels, checked; or neither."""
        x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
        if x is None or y is None:
            return None, None
        if self.scale is None or self.keep_bytes:
            checks.check_alike(self.x_train, x, f"x_{part}", self._where)
        x = self._samples(x, f"x_{part}", divided=divided)
        y = labels.check_labels(y, self._place(f"y_{part}"))
        checks.check_pair(x, y, f"x_{part}", f"y_{part}", self._where)
        return x, y

    def _labels(self, y: Array, task: Task, name: str) -> tuple[Array, tuple[str, ...] | None]:
        """Return the training labels as a data set has them, and the names of the classes or labels."""
        place = self._place(self.y_name)
        if task == "regression":
            return labels.targets(y, place), None
        if task == "multilabel":
            y = labels.zeros_and_ones(y, place)
            return y, labels.label_names(y.shape[1], self.targets)
        indices, found = labels.class_indices(y, place)
        if y.ndim == 2:
            found = labels.label_names(y.shape[1], self.targets)
        if self.classes is not None and len(found) != len(self.classes):
            raise DataError(
                f"{name} must have {len(self.classes)} classes", where=place, got=str(len(found)), hint=_ANOTHER_NAME
            )
        return indices, self.classes or found

    def _like(self, y: Array, name: str, y_train: Array, classes: tuple[str, ...] | None, task: Task) -> Array:
        """Return other labels as a data set has them, like those of the training."""
        if task == "classification":
            assert classes is not None
            known = tuple(map(str, range(len(classes)))) if self.classes is not None else classes
            return labels.indices_among(y, known, self._place(name))
        convert = labels.targets if task == "regression" else labels.zeros_and_ones
        y = convert(y, self._place(name))
        if y.shape[1:] != y_train.shape[1:]:
            raise DataError(
                f"{self.y_name} and {name} must hold as many targets per sample",
                where=self._where,
                got=f"shapes {y_train.shape} and {y.shape}",
            )
        return y

    def _check_shape(self, x_train: Array, name: str) -> None:
        if self.sample_shape is not None and x_train.shape[1:] != self.sample_shape:
            raise DataError(
                f"{name} must have images of shape {self.sample_shape}",
                where=self._where,
                got=str(x_train.shape[1:]),
                hint=_ANOTHER_NAME,
            )


def held_out_after(splits: Splits, n_train: int, n_val: int) -> Splits:
    """Return the splits of training samples with others behind them that are held out, as the one fold that there is.

    Groups and times of the training samples have a say where a test set is taken out of these. The others are a group
    of their own, and their times are NaN.
    """
    fold_of = np.full(n_train + n_val, -1, np.int32)
    fold_of[n_train:] = 0
    groups, times = splits.groups, splits.times
    if groups is not None:
        groups = np.append(groups, np.full(n_val, groups.min(initial=0) - 1, groups.dtype))
    if times is not None:
        times = np.append(times, np.full(n_val, np.nan))
    return Splits(groups, times, fold_of)
