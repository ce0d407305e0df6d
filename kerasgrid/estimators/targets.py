"""What a classifier and a regressor make of y, and of a model's outputs: the same for all estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from kerasgrid.axes.losses import LOSS_ALIASES, LOSSES
from kerasgrid.axes.names import canonical
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.errors import InputError

_ROWS = "multilabel-indicator"
"""What scikit-learn calls rows of zeros and ones."""


class ClassTargets:
    """Labels of one class a sample, in any form, or of several: what they are, and how predictions look like them.

    Attributes:
        classes_: The labels, sorted, (n_classes_,); of rows of zeros and ones the places of their columns.
        n_classes_: How many they are.
        target_type_: What scikit-learn says of y.
    """

    _task: Task
    _is_one_hot: bool
    classes_: npt.NDArray[Any]
    n_classes_: int
    target_type_: str

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {**super()._more_tags(), "multilabel": True}  # type: ignore[misc]

    def _chosen(self, probabilities: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what is predicted, in the form that y had, given a probability of each class or label."""
        if self._task == "multilabel":
            return np.asarray(probabilities > 0.5, np.int64)
        chosen = probabilities.argmax(axis=1)
        if vars(self).get("_is_one_hot"):
            return np.asarray(np.eye(self.n_classes_, dtype=int)[chosen])
        return np.asarray(self.classes_[chosen])

    def _task_of(self, y: Any) -> Task:
        """Rows of zeros and ones are several labels, unless each has a single 1, for the class."""
        if type_of_target(y) != _ROWS:
            return "classification"
        loss = getattr(self, "loss", None)
        loss = canonical(loss, LOSSES, LOSS_ALIASES) if isinstance(loss, str) else None
        is_of_labels = loss is not None and LOSSES[loss].has_one_output and y.shape[1] > 2
        is_one_hot = bool((np.asarray(y.sum(axis=1)) == 1).all())
        return "classification" if is_one_hot and not is_of_labels else "multilabel"

    def _labels(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return labels, (n,), of labels or of rows with a 1 for the class."""
        return np.asarray(y.argmax(axis=1) if vars(self).get("_is_one_hot") else column_or_1d(y, warn=True))

    def _indexed(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if self._task == "multilabel":
            return self._rows_as_before(y)
        if vars(self).get("_is_one_hot"):
            y = self._rows_as_before(y)
        elif np.ndim(y) > 1 and np.shape(y)[1] > 1:
            raise InputError("must be one label a sample, as in the fit", where="y", got=f"an array {_shape(y)}")
        labels = self._labels(y)
        strange = sorted({*labels.tolist()} - {*self.classes_.tolist()}, key=str)
        if strange:
            raise InputError(
                "labels must be among those of the fit",
                where="y",
                got=str(strange[0]),
                hint="partial_fit takes classes",
            )
        return np.searchsorted(self.classes_, labels).astype(np.int64)

    def _check_more(self, y: npt.NDArray[Any], classes: Any = None) -> None:
        is_rows = self._task == "multilabel" or bool(vars(self).get("_is_one_hot"))
        was = f"rows of {self.n_classes_}" if is_rows else "labels"
        if type_of_target(y) == _ROWS:
            now = f"rows of {y.shape[1]}"
            if now == was and self._task == "classification" and self._task_of(y) != self._task:
                now, was = "rows with several", "a single 1 in each"
        else:
            now = "labels"
        if now != was:
            raise InputError("must have the form of the fit that is gone on with", where="y", got=f"{now} after {was}")
        if classes is None:
            return
        given = np.unique(classes)
        # Of rows the classes are their columns, whatever they are called.
        is_same = len(given) == self.n_classes_ if is_rows else np.array_equal(given, self.classes_)
        if not is_same:
            got = f"{given.tolist()} instead of {self.classes_.tolist()}"
            raise InputError("must be those of the fit that is gone on with", where="classes", got=got)

    def _labelled(self, y: npt.NDArray[Any], classes: Any = None) -> Dataset:
        check_classification_targets(y)
        target_type = str(type_of_target(y))
        if self._task == "multilabel":
            return self._of_labels(y)
        if target_type == "binary" and classes is not None:
            target_type = str(type_of_target(classes))
        self._is_one_hot = target_type == _ROWS
        if self._is_one_hot:
            y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
            target_type, classes = "multiclass", np.arange(np.shape(y)[1])
        if target_type not in ("binary", "multiclass"):
            raise InputError(
                "a classifier takes one label a sample",
                where="y",
                got=f"{target_type} of shape {y.shape}",
                hint="rows of zeros and ones are several labels; several outputs of classes take an estimator each",
            )
        y = self._labels(y)
        classes = np.unique(y if classes is None else classes)
        if len(classes) < 2:
            raise InputError(
                "labels must hold at least two classes", where="y", got=f"only 1 class, {classes.tolist()[0]!r}"
            )
        self.target_type_ = target_type
        self.classes_, self.n_classes_ = classes, len(classes)
        indices = self._indexed(y) if not self._is_one_hot else y
        names = tuple(map(str, classes))
        return Dataset(
            "X", np.empty((len(y), 0), np.float32), indices.astype(np.int64), None, None, self._task, names, "memory"
        )

    def _rows_as_before(self, y: Any) -> npt.NDArray[np.float32]:
        """Return rows of zeros and ones, of as many columns as those of the fit."""
        is_one_hot = vars(self).get("_is_one_hot")
        form = f"rows of {self.n_classes_} numbers, each 0 or 1" + (" with one 1 for the class" if is_one_hot else "")
        try:
            rows = _rows(y)
        except (TypeError, ValueError):
            rows = np.empty(0, np.float32)
            got = "values that are no numbers"
        else:
            got = f"an array {_shape(rows)}"
            if rows.shape[1:] == (self.n_classes_,):
                wrong = ~((rows == 0) | (rows == 1)).all(axis=1) | bool(is_one_hot) & (rows.sum(axis=1) != 1)
                if not wrong.any():
                    return rows
                got = f"the row {rows[wrong.argmax()].tolist()}"[:80]
        raise InputError(f"must be {form}, as in the fit", where="y", got=got)

    def _of_labels(self, y: Any) -> Dataset:
        """Return rows of zeros and ones as the engine wants them, each column a label that holds or not."""
        rows = _rows(y)
        self._is_one_hot, self.target_type_ = False, _ROWS
        self.classes_, self.n_classes_ = np.arange(rows.shape[1]), rows.shape[1]
        names, nothing = tuple(map(str, self.classes_)), np.empty((len(rows), 0), np.float32)
        return Dataset("X", nothing, rows, None, None, self._task, names, "memory")


class NumberTargets:
    """One number a sample or several: what they are, and how predictions look like them.

    Attributes:
        target_type_: What scikit-learn says of y.
    """

    _task: Task
    _is_2d: bool
    n_outputs_: int
    target_type_: str

    def _numbers(self, outputs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what is predicted, (n,) or (n, targets), in the form that y had."""
        return outputs if self._is_2d else outputs[:, 0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {**super()._more_tags(), "multioutput": True}  # type: ignore[misc]

    def _indexed(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        targets = _targets(y)
        n = targets.shape[1] if targets.ndim > 1 else 1
        if n != self.n_outputs_:
            got = f"an array {_shape(targets)}"
            raise InputError(f"must have as many targets a sample as the fit, {self.n_outputs_}", where="y", got=got)
        return targets.reshape(-1, n) if self._is_2d else targets.reshape(-1)

    def _check_more(self, y: npt.NDArray[Any], classes: Any = None) -> None:
        n = 1 if y.ndim == 1 else y.shape[1]
        if n != self.n_outputs_:
            raise InputError(
                "must have as many targets as the fit that is gone on with",
                where="y",
                got=f"{n} after {self.n_outputs_}",
            )

    def _labelled(self, y: npt.NDArray[Any], classes: Any = None) -> Dataset:
        targets = _targets(y)
        self.target_type_ = str(type_of_target(targets))
        self._is_2d, self.n_outputs_ = targets.ndim == 2, targets.shape[1] if targets.ndim == 2 else 1
        return Dataset("X", np.empty((len(y), 0), np.float32), targets, None, None, self._task, None, "memory")


def _targets(y: Any) -> npt.NDArray[np.float32]:
    """Return targets as the engine wants them.

    Raises:
        InputError: if they are no numbers, or too large.
    """
    rule, values = "targets must be numbers", np.asarray(y)
    if values.dtype.kind in "mM":
        got, since = ("dates", "(y - y.min())") if values.dtype.kind == "M" else ("durations", "y")
        raise InputError(rule, where="y", got=got, hint=f"{since} / np.timedelta64(1, 's') are seconds")
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        wrong = next((value for value in values.ravel().tolist() if not _is_number(value)), None)
        hint = "labels of classes take a classifier"
        if hasattr(wrong, "isoformat"):
            hint = "pd.to_datetime(y) makes dates of them, and (y - y.min()) / np.timedelta64(1, 's') seconds"
        raise InputError(rule, where="y", got=repr(wrong)[:80], hint=hint) from None
    with np.errstate(over="ignore"):
        targets = np.ascontiguousarray(numbers, np.float32)
    if np.isnan(targets).any():
        raise InputError("must have no gaps", where="y", hint="leave out samples without a target")
    if not np.isfinite(targets).all():
        raise InputError("must fit in float32, which ends at 3.4e38", where="y", hint="scale the targets")
    return targets


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _shape(values: Any) -> str:
    return f"of shape {np.shape(values)}"


def _rows(y: Any) -> npt.NDArray[np.float32]:
    return np.asarray(y.toarray() if hasattr(y, "toarray") else y, np.float32)
