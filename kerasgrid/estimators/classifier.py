"""The classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from kerasgrid.data.dataset import Task
from kerasgrid.estimators.arguments import documented
from kerasgrid.estimators.base import KerasEstimator
from kerasgrid.estimators.fit_arguments import takes_epoch_arguments
from kerasgrid.estimators.outputs import of_classes
from kerasgrid.estimators.targets import ClassTargets
from kerasgrid.fits.outputs import class_probabilities


@documented
class KerasClassifier(ClassTargets, ClassifierMixin, KerasEstimator):  # type: ignore[misc]
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
        model: A model that ``kerasgrid list`` names, such as ``cnn``, or a function that builds a new model at each
            call, or a class of such, without a ``train_step`` or the like of its own, or a ``keras.Model``, of which
            each fit trains a copy from the weights that it has. A function takes ``(params, input_shape, n_outputs)``,
            or arguments of its own by name, as scikeras has it: those parameters that it names, with or without
            ``model__``, and ``meta``, ``compile_kwargs`` and ``params`` of scikeras. ``params`` are this estimator's
            parameters, but for those of the training itself (learning rate, weight decay, batch size, epochs), and any
            ``model__NAME=…`` given here under ``NAME``. What a model was compiled with holds, unless a parameter given
            here says otherwise. Equal seeds give its layers equal initial weights, if they draw them by Keras's
            initializers. It may be called again to use or load a fitted estimator; if it has changed since, that is an
            error, as far as its code and the numbers, texts and functions of its module that it reads go.
        {hyperparameters}
        validation_split: Share of the samples that is held out (stratified for classes) for the ``val_`` curves of
            ``history_`` and for callbacks; 0 for none. Given to ``fit`` it is Keras's: the last share, unshuffled.
        metrics: What ``history_`` has beside the task's own metrics: names, metrics of Keras or functions.
        callbacks: Callbacks of Keras and of one's own, or classes of them, which get ``callbacks__…``, in a list or a
            mapping. They are called at the begin and the end of the training and of each epoch, never within one.
            Each fit has copies of its own, which are ``callbacks_``; ``fit(callbacks=[…])`` calls the very ones.
        shuffle: Whether each epoch has an order of its own.
        warm_start: Whether another ``fit`` goes on with the weights and the optimizer's state that are there, and with
            what the samples of the first said of scales, gaps and words; a learning rate that moves begins anew.
        validation_batch_size: Of no effect.
        run_eagerly: Must be False.
        build_fn: Another name of ``model``.
        random_state: An int gives the same numbers at each fit, in every process with as many threads; a RandomState
            or None (numpy's global one) is drawn from.
        verbose: 0 prints nothing, 1 a line for each fit, 2 a line for each epoch, too.
        model__: ``model__NAME=…``, or any argument that it names, are parameters of the builder; see ``model``.
            ``optimizer__…``, ``loss__…`` and ``metrics__…`` are arguments of these, ``fit__…`` of ``fit``.

    The parameters are those of scikeras and of Keras's old wrapper, some with other defaults: 10 epochs, not 1; Adam,
    not RMSprop; a rate of 0.001 for any optimizer given by its name, not Keras's, such as 0.01 of SGD; ``verbose`` 0,
    not 1. ``epochs`` of ``fit`` count from 0, not from ``initial_epoch``.

    Attributes:
        classes_: The labels, sorted, shape ``(n_classes_,)``; of rows of zeros and ones the places of their columns.
        n_classes_: How many they are.
        history_: Curves by Keras's names (``loss``, ``accuracy``, ``val_loss``, …), one value an epoch; losses are the
            data's alone, without penalties.
        model_: The trained ``keras.Model``, plain and compiled; it takes arrays as they are given. Of a table it takes
            a dictionary of named columns (``x0``, ``x1``, … where they have no names): words as text, "" for a gap, and
            all else as floats, NaN for a gap, dates as days since 1970-01-01. A slash in a name becomes ``_``.
        n_features_in_: Length of the second axis of X.
        n_outputs_: Number of outputs of the model.
        callbacks_: The callbacks of the last fit, with what they noted: copies of those of the parameter, and the very
            ones that ``fit`` was given, in this process alone: pickles have none.
        target_type_: What ``sklearn.utils.multiclass.type_of_target`` says of y.
        feature_names_in_: Column names, if X was a data frame.
    """

    _task: Task = "classification"

    @takes_epoch_arguments
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, *, classes: Any = None, **arguments: Any) -> Self:
        """Train for one more epoch: see :meth:`kerasgrid.KerasRegressor.partial_fit`, which has all but the classes.

        Args:
            X: Samples, of the shape of those before.
            y: Labels that it knows, of the form of those before.
            sample_weight: As for :meth:`fit`.
            classes: All labels there will be, for the first call; None for those of its y. Later they may be given
                again.
            arguments: As for :meth:`fit`, but for ``epochs`` and ``initial_epoch``.

        Raises:
            TypeError: if an argument is unknown.
            ValueError: as :meth:`fit`, and if the classes are not those of before.
        """
        return self._one_epoch(X, y, {**arguments, "sample_weight": sample_weight}, classes)

    def predict(self, X: Any, **arguments: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each sample, shape (n,), or rows with a 1 for it if y was such.

        Of several labels, rows with a 1 for each whose probability is above one half.

        Args:
            X: Samples.
            arguments: Keras's ``batch_size`` and ``verbose``, which change nothing.
        """
        return self._chosen(self.predict_proba(X, **arguments))

    def predict_proba(self, X: Any, **arguments: Any) -> npt.NDArray[np.float64]:
        """Return the probability of each class or label, shape ``(n, n_classes_)``, in the order of ``classes_``.

        The model's outputs are scaled to a sum of 1, as Keras's cross-entropies do; negative ones count as 0. Of
        outputs that a loss takes as logits, or as the margins of a hinge, it is the softmax. Those of several labels
        stay as they are.

        Args:
            X: Samples.
            arguments: As for :meth:`predict`.
        """
        outputs, compiled = self._outputs(X, arguments), vars(self).get("_compiled")
        if self._task == "multilabel":
            is_logits = compiled is not None and compiled.from_logits
            return 1.0 / (1.0 + np.exp(-np.clip(outputs, -700, 700))) if is_logits else outputs
        return class_probabilities(of_classes(outputs, compiled), self._params)

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **options: Any) -> float:
        """Return the accuracy of predictions; override it for another :meth:`score`."""
        return float(accuracy_score(y_true, y_pred, **options))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return what :meth:`scorer` says of the predictions for X."""
        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self.scorer(y, self.predict(X), **options)
