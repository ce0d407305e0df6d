"""Raw arrays, as a reader found them, on their way to become a data set."""

from __future__ import annotations

from dataclasses import dataclass

from kerasgrid.data import checks, labels
from kerasgrid.data.dataset import Array, Dataset, Task
from kerasgrid.errors import DataError


@dataclass(frozen=True, eq=False)
class Raw:
    """Arrays as read from a file, unchecked; the test set may be missing.

    Attributes:
        x_train: Samples, any dtype and shape.
        y_train: Labels or targets, any dtype and shape.
        x_test: As ``x_train``, or None.
        y_test: As ``y_train``, or None.
        x_name: What messages call the training samples.
        y_name: What messages call the training labels.
    """

    x_train: Array
    y_train: Array
    x_test: Array | None = None
    y_test: Array | None = None
    x_name: str = "x_train"
    y_name: str = "y_train"

    def to_dataset(
        self,
        *,
        name: str,
        source: str,
        where: str,
        task: Task | None = None,
        classes: tuple[str, ...] | None = None,
    ) -> Dataset:
        """Check and convert everything.

        Args:
            name: Of the data set.
            source: Where it was found, for people.
            where: For messages: the file or folder.
            task: What to predict; None guesses from the labels' type.
            classes: Known class names, in the order of their indices; None takes them from the labels.

        Raises:
            DataError: Whatever is wrong with the arrays; see :mod:`kerasgrid.data.checks` and ``labels``.
        """
        x_place, y_place = f"{where}: {self.x_name}", f"{where}: {self.y_name}"
        x_train = checks.samples(self.x_train, x_place)
        y_train = labels.check_labels(self.y_train, y_place)
        checks.check_pair(x_train, y_train, self.x_name, self.y_name, where)
        x_test, y_test = None, None
        if self.x_test is not None and self.y_test is not None:
            x_test = checks.samples(self.x_test, f"{where}: x_test")
            checks.check_alike(self.x_train, self.x_test, where)
            y_test = labels.check_labels(self.y_test, f"{where}: y_test")
            checks.check_pair(x_test, y_test, "x_test", "y_test", where)
        task = task or labels.guess_task(y_train)
        found: tuple[str, ...] | None = None
        if task == "regression":
            y_train = labels.targets(y_train, y_place)
            if y_test is not None:
                y_test = labels.targets(y_test, f"{where}: y_test")
                if y_test.shape[1:] != y_train.shape[1:]:
                    raise DataError(
                        f"{self.y_name} and y_test must hold as many targets per sample",
                        where=where,
                        got=f"shapes {y_train.shape} and {y_test.shape}",
                    )
        else:
            y_train, found = labels.class_indices(y_train, y_place)
            if y_test is not None:
                y_test = labels.indices_among(y_test, found, f"{where}: y_test")
            if classes is not None and len(found) != len(classes):
                raise DataError(
                    f"{name} must have {len(classes)} classes",
                    where=y_place,
                    got=str(len(found)),
                    hint="give data of your own another name, and load it by its path",
                )
            found = classes or found
        return Dataset(name, x_train, y_train, x_test, y_test, task, found, source)
