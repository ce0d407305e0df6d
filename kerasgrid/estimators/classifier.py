"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from kerasgrid.axes.losses import LOSS_ALIASES, LOSSES
from kerasgrid.axes.names import canonical
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.errors import InputError
from kerasgrid.estimators.arguments import documented
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.fits.outputs import class_probabilities

_ROWS = "multilabel-indicator"
"""What scikit-learn calls rows of zeros and ones."""


@documented
class KerasClassifier(ClassifierMixin, KerasEstimator):  # type: ignore[misc]
    """A Keras classifier for scikit-learn, trained by kerasgrid's compiled engine.

    The first fit of a structure (layers, activation, optimizer, loss) and input shape takes about a second to compile,
    the others in the same process are fast. TensorFlow keeps about 5 MB for every structure until the process ends, so
    a search over hundreds of structures is better off with ``kerasgrid search``, whose processes are disposable.

    X may be an array, a list, a frame of pandas or a sparse matrix, which becomes dense. Words, categories, dates, yes
    and no and gaps need no preparation: what they become is decided from the samples that are trained on alone. Words
    are one-hot or embedded, those that stand in one row or are new share a place; dates become their parts; gaps
    (NaN, None) get the median and are flagged. Every column is used. X with words, categories or dates is a table: by
    default its numbers are scaled, robustly. **Numbers alone are taken as they are**, in a frame, too, unless
    ``scaling`` says otherwise.

    Args:
        model: A model that ``kerasgrid list`` names, such as ``cnn``, or a function
            ``(params, input_shape, n_outputs) -> keras.Model`` that builds a new, uncompiled model at each call,
            without a ``train_step`` or the like of its own. It gets this estimator's parameters, but for those of the
            training itself (learning rate, weight decay, batch size, epochs), and any ``model__NAME=…`` given here
            under ``NAME``.
            Equal seeds give its layers equal initial weights, if they draw them by Keras's initializers. It may be
            called again to use or load a fitted estimator; if it has changed since, that is an error, as far as its
            code and the numbers, texts and functions of its module that it reads go.
        {hyperparameters}
        validation_split: Share of the samples that is held out (stratified for classes) for the ``val_`` curves of
            ``history_``; 0 for none. They are not trained on, and nothing is decided from them.
        random_state: An int gives the same numbers at each fit, in every process with as many threads; a RandomState
            or None (numpy's global one) is drawn from.
        verbose: 0 prints nothing, 1 a line for each fit, 2 a line for each epoch, too.
        model__: ``model__NAME=…`` are parameters of the builder; see ``model``.

    Attributes:
        classes_: The labels, sorted, shape (n_classes_,); of rows of zeros and ones the places of their columns.
        n_classes_: How many they are.
        history_: Curves by Keras's names (``loss``, ``accuracy``, ``val_loss``, …), one value an epoch; losses are the
            data's alone, without penalties.
        model_: The trained ``keras.Model``, plain and compiled; it takes arrays as they are given. Of a table it takes
            a dictionary of named columns (``x0``, ``x1``, … where they have no names): words as text, "" for a gap, and
            all else as floats, NaN for a gap, dates as days since 1970-01-01. A slash in a name becomes ``_``.
        n_features_in_: Length of the second axis of X.
        n_outputs_: Number of outputs of the model.
        target_type_: What ``sklearn.utils.multiclass.type_of_target`` says of y.
        feature_names_in_: Column names, if X was a data frame.
    """

    _task: Task = "classification"
    loss: Any

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each sample, shape (n,).

        Fitted on rows of zeros and ones, (n, labels), it returns such rows: a label holds if its probability is above
        one half; of one-hot classes the most probable one does.
        """
        if self._task == "multilabel":
            return np.asarray(self.predict_proba(X) > 0.5, np.int64)
        chosen = self.predict_proba(X).argmax(axis=1)
        if self.target_type_ == _ROWS:
            return np.asarray(np.eye(self.n_classes_, dtype=np.int64)[chosen])
        return np.asarray(self.classes_[chosen])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the probability of each class or label, shape (n, n_classes_), in the order of ``classes_``.

        The model's outputs are scaled to a sum of 1, as Keras's cross-entropies do; negative ones count as 0, and of
        the margins of a hinge loss a softmax is taken.
        """
        outputs = self._outputs(X)
        return outputs if self._task == "multilabel" else class_probabilities(outputs, self._params)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {**super()._more_tags(), "multilabel": True}

    def _task_of(self, y: Any) -> Task:
        """Rows of zeros and ones are labels, as scikit-learn has it; classes for a loss of classes, if one-hot."""
        if type_of_target(y) != _ROWS:
            return "classification"
        loss = canonical(self.loss, LOSSES, LOSS_ALIASES) if isinstance(self.loss, str) else None
        is_of_classes = loss is not None and "multilabel" not in LOSSES[loss].tasks
        is_one_hot = bool((np.asarray(y.sum(axis=1)) == 1).all())
        return "classification" if is_of_classes and is_one_hot else "multilabel"

    def _labelled(self, y: npt.NDArray[Any]) -> Dataset:
        check_classification_targets(y)
        target_type = str(type_of_target(y))
        if target_type == _ROWS:
            return self._of_rows(y)
        if target_type not in ("binary", "multiclass"):
            raise InputError(
                "a classifier takes one label a sample",
                where="y",
                got=f"{target_type} of shape {y.shape}",
                hint="rows of zeros and ones are several labels; several outputs of classes take an estimator each",
            )
        y = column_or_1d(y, warn=True)
        classes, indices = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise InputError(
                "labels must hold at least two classes", where="y", got=f"only 1 class, {classes.tolist()[0]!r}"
            )
        self.target_type_ = target_type
        self.classes_, self.n_classes_ = classes, len(classes)
        names = tuple(map(str, classes))
        return Dataset(
            "X", np.empty((len(y), 0), np.float32), indices.astype(np.int64), None, None, self._task, names, "memory"
        )

    def _of_rows(self, y: Any) -> Dataset:
        """Return rows of zeros and ones as the engine wants them, each column a label or, of one-hot ones, a class."""
        rows = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        self.target_type_ = _ROWS
        self.classes_, self.n_classes_ = np.arange(rows.shape[1]), rows.shape[1]
        names, nothing = tuple(map(str, self.classes_)), np.empty((len(rows), 0), np.float32)
        of = rows.argmax(axis=1) if self._task == "classification" else rows.astype(np.float32)
        return Dataset("X", nothing, of, None, None, self._task, names, "memory")
