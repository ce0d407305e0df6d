"""Raw arrays, as a source found them, on their way to become a data set."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerasgrid.data import checks, labels
from kerasgrid.data.dataset import Array, Dataset, FloatArray, Task
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

    def to_dataset(self, *, name: str, task: Task | None = None) -> Dataset:
        """Check and convert everything.

        Args:
            name: Of the data set.
            task: What to predict; None guesses from the labels' type.

        Raises:
            DataError: The arrays are wrong or do not fit together; see :mod:`kerasgrid.data.checks` and ``labels``.
        """
        x_train = checks.samples(self.x_train, self._place(self.x_name))
        y_train = labels.check_labels(self.y_train, self._place(self.y_name))
        checks.check_pair(x_train, y_train, self.x_name, self.y_name, self._where)
        x_test, y_test = self._test_set()
        task = task or labels.guess_task(y_train)
        classes = None
        if task == "regression":
            y_train, y_test = self._targets(y_train, y_test)
        else:
            y_train, y_test, classes = self._labels(y_train, y_test, name)
        self._check_shape(x_train, name)
        return Dataset(name, x_train, y_train, x_test, y_test, task, classes, self.source)

    @property
    def _where(self) -> str:
        return self.where or self.source

    def _place(self, array: str) -> str:
        return f"{self._where}: {array}"

    def _test_set(self) -> tuple[FloatArray | None, Array | None]:
        """Return the test samples, converted, and their labels, checked; or neither."""
        if self.x_test is None or self.y_test is None:
            return None, None
        x_test = checks.samples(self.x_test, self._place("x_test"))
        checks.check_alike(self.x_train, self.x_test, self._where)
        y_test = labels.check_labels(self.y_test, self._place("y_test"))
        checks.check_pair(x_test, y_test, "x_test", "y_test", self._where)
        return x_test, y_test

    def _targets(self, y_train: Array, y_test: Array | None) -> tuple[FloatArray, FloatArray | None]:
        """Return what is to be predicted as float32, (n,) or (n, n_outputs), and the same for the test set."""
        y_train = labels.targets(y_train, self._place(self.y_name))
        if y_test is None:
            return y_train, None
        y_test = labels.targets(y_test, self._place("y_test"))
        if y_test.shape[1:] != y_train.shape[1:]:
            raise DataError(
                f"{self.y_name} and y_test must hold as many targets per sample",
                where=self._where,
                got=f"shapes {y_train.shape} and {y_test.shape}",
            )
        return y_train, y_test

    def _labels(self, y_train: Array, y_test: Array | None, name: str) -> tuple[Array, Array | None, tuple[str, ...]]:
        """Return class indices, int64 (n,), the same for the test set, and the names of the classes."""
        y_train, found = labels.class_indices(y_train, self._place(self.y_name))
        if y_test is not None:
            y_test = labels.indices_among(y_test, found, self._place("y_test"))
        if self.classes is not None and len(found) != len(self.classes):
            raise DataError(
                f"{name} must have {len(self.classes)} classes",
                where=self._place(self.y_name),
                got=str(len(found)),
                hint=_ANOTHER_NAME,
            )
        return y_train, y_test, self.classes or found

    def _check_shape(self, x_train: FloatArray, name: str) -> None:
        if self.sample_shape is not None and x_train.shape[1:] != self.sample_shape:
            raise DataError(
                f"{name} must have images of shape {self.sample_shape}",
                where=self._where,
                got=str(x_train.shape[1:]),
                hint=_ANOTHER_NAME,
            )
