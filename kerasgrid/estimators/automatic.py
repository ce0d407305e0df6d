"""``kerasgrid.auto`` as scikit-learn's estimators: a classifier and a regressor that search their own network."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from kerasgrid.api.auto import DEFAULT_MINUTES
from kerasgrid.data.checks import is_bytes_image
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.engine.keras_setup import at_work_as_guest
from kerasgrid.errors import InputError
from kerasgrid.estimators.parameters import as_estimator_errors
from kerasgrid.estimators.samples import Reading, samples_of
from kerasgrid.estimators.searched import loaded, searched
from kerasgrid.estimators.sklearn_versions import InputTags
from kerasgrid.estimators.targets import ClassTargets, NumberTargets
from kerasgrid.fits.outputs import class_probabilities
from kerasgrid.run.columns import signed
from kerasgrid.run.leaderboard import leaderboard

if TYPE_CHECKING:
    import keras


_models: WeakKeyDictionary[Any, keras.Model] = WeakKeyDictionary()
"""Those that were read: not kept by the estimators themselves, which predicting must leave as they are."""


class AutoEstimator(InputTags):
    """What searches its own network behind scikit-learn's interface; see :class:`kerasgrid.AutoClassifier`."""

    _task: Task

    def __init__(
        self,
        minutes: float | None = DEFAULT_MINUTES,
        *,
        max_trials: int | None = None,
        metric: str | None = None,
        ensemble: bool = True,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        run_dir: str | os.PathLike[str] | None = None,
        verbose: int = 0,
    ) -> None:
        self.minutes = minutes
        self.max_trials = max_trials
        self.metric = metric
        self.ensemble = ensemble
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.run_dir = run_dir
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Search a network for this data, and train it on all of it.

        Args:
            X: Samples: an array or a sparse matrix (n, features), a frame of pandas, or images (n, height, width) or
                (n, height, width, channels), of which bytes become 0 … 1 unless they are zeros and
                ones, and all else is taken as it is. At least 2.
            y: Labels (n,), rows with a 1 for the class, or rows of several labels, each 0 or 1; or a regressor's
                targets (n,) or (n, targets).

        Returns:
            The estimator itself, fitted.

        Raises:
            ValueError: if X or y is wrong; if it is ours, an :class:`~kerasgrid.errors.InputError`.
            ParameterError: if a parameter is wrong, or the metric does not suit y.
            FitError: if there was no time to train a network, or each one failed.
            RunError: if this machine cannot train, or the run's folder cannot be used.
            KeyboardInterrupt: if it was interrupted; with ``run_dir`` what was known then is kept.
        """
        # Until this fit is done, the estimator is not fitted: labels of this one and a model of the last do not mix.
        self.__dict__.pop("run_", None)
        _models.pop(self, None)
        samples, y = samples_of(self, X, y, fitting=True)
        self._task = self._task_of(y)
        labelled = self._labelled(y)
        if (n := len(labelled.y_train)) < 2:
            raise InputError("must hold at least 2 samples", where="X", got=f"{n} sample")
        # Which columns there are is decided from all samples, what is computed of them from each fold's own.
        self._reading, x = Reading.of(samples, np.arange(n))
        # A model has images of bytes divided itself, for who has such images has bytes: darker ones later, too.
        is_bytes = x.ndim > 2 and is_bytes_image(np.asarray(X))
        x = np.divide(x, np.float32(255)) if is_bytes else np.require(x, requirements=["C", "W"])
        dataset = replace(labelled, x_train=x, columns=self._reading.columns, is_bytes=is_bytes)
        del samples, X, x
        with as_estimator_errors():
            found = searched(self, dataset)
        self._saved, self._params = found.model, found.params
        self.best_params_ = dict(found.best.candidate)
        self.best_score_ = signed(found.run, found.best.mean)
        self.leaderboard_ = leaderboard(found.run)
        self.run_ = found.run
        return self

    @property
    def model_(self) -> keras.Model:
        """The trained model, of plain Keras layers; read from the estimator when it is first asked for."""
        check_is_fitted(self, "run_")
        if self not in _models:
            _models[self] = loaded(self._saved)
        return _models[self]

    def __sklearn_is_fitted__(self) -> bool:
        return "run_" in vars(self)

    def _task_of(self, y: npt.NDArray[Any]) -> Task:
        """Return what is to be predicted of these labels or targets."""
        return type(self)._task

    def _labelled(self, y: npt.NDArray[Any], classes: Any = None) -> Dataset:
        """Check y, set what is learnt from it, and return it as the engine wants it, with samples of no features."""
        raise NotImplementedError

    def _outputs(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the model's outputs, float64, (samples, n_outputs), or (samples, 1) of one for two classes."""
        check_is_fitted(self, "run_")
        reading, model = self._reading, self.model_
        samples, _ = samples_of(self, X, fitting=False, as_table=reading.is_table)
        with at_work_as_guest():
            from kerasgrid.engine.saved import outputs_of
            from kerasgrid.models.whole import model_parts

            parts = (part for x in reading.matrices(samples) for part in model_parts(x, reading.columns))
            return outputs_of(model, parts).astype(np.float64)


class AutoClassifier(ClassTargets, ClassifierMixin, AutoEstimator):  # type: ignore[misc]
    """A classifier that searches its own Keras network, within a time or a number of trials.

    It is :func:`kerasgrid.auto` behind scikit-learn's interface: simple models are trained on the same folds and stand
    beside the networks, the best network is trained again on all samples, and predicts. All samples given to ``fit``
    are learnt from; to know how good it is, keep some of your own, as ``cross_val_score`` does.

    X may be an array, a list, a frame of pandas or a sparse matrix, which becomes dense, with words, categories, dates
    and gaps, as for :class:`kerasgrid.KerasClassifier`. Numbers are scaled. ``sample_weight`` is not taken: the
    networks would be compared without it.

    Args:
        minutes: Wall-clock time of a fit; None for no limit, with ``max_trials``.
        max_trials: How many networks to try at most, at least 1; None for as many as there is time for. A fit with
            ``minutes=None`` does not depend on how fast the machine is: with an int as ``random_state`` it has the
            same predictions each time.
        metric: What the networks are compared by, a metric that ``kerasgrid list`` names; None for accuracy.
        ensemble: Whether networks that cannot be told from the best become one model, if that is better.
        n_jobs: Number of worker processes; **None means one a core**, where scikit-learn takes 1; -1 is the same, -2
            leaves a core free. 1 trains in this process, where TensorFlow keeps about 5 MB of each network's shape
            until it ends; so does any number within a worker process of a search.
        random_state: Seed of everything random; None draws one. With ``run_dir`` None is the seed of the run there.
        run_dir: A folder for the run: its reports, and every finished fit. The same fit again, also after a crash,
            trains only what is missing; more minutes or trials go on. None keeps nothing but what the estimator has.
        verbose: 0 shows nothing; 1 shows what is decided and how far it is, a live bar on a terminal.

    Attributes:
        classes_: The labels, sorted, shape ``(n_classes_,)``; of rows of zeros and ones the places of their columns.
        n_classes_: How many they are.
        n_features_in_: Length of the second axis of X.
        feature_names_in_: Column names, if X was a data frame.
        leaderboard_: Networks and simple models in one frame of pandas, best first, with score, standard error,
            seconds a fit, and whether they can be told from the best: as :func:`kerasgrid.run.leaderboard.leaderboard`.
        run_: The :class:`kerasgrid.Run`.
        best_params_: Parameters of the best network, as :class:`kerasgrid.KerasClassifier` takes them.
        best_score_: Its mean score over the folds; of losses negated, so that greater is better.
        model_: The trained ``keras.Model``, plain. Of numbers without gaps it takes arrays as they are given, of all
            else a dictionary of named columns, as :class:`kerasgrid.KerasClassifier`'s.

    Examples:
        >>> from kerasgrid import AutoClassifier
        >>> auto = AutoClassifier(minutes=5).fit(X_train, y_train)
        >>> auto.score(X_test, y_test), auto.leaderboard_.head()
    """

    _task: Task = "classification"

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable label of each sample, shape (n,), or rows with a 1 for it if y was such.

        Of several labels, rows with a 1 for each whose probability is above one half.

        Args:
            X: Samples.
        """
        return self._chosen(self.predict_proba(X))

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the probability of each class or label, shape ``(n, n_classes_)``, in the order of ``classes_``.

        Args:
            X: Samples.
        """
        outputs = self._outputs(X)
        return outputs if self._task == "multilabel" else class_probabilities(outputs, self._params)


class AutoRegressor(NumberTargets, RegressorMixin, AutoEstimator):  # type: ignore[misc]
    """A regressor that searches its own Keras network, within a time or a number of trials.

    Parameters, attributes and X are those of :class:`kerasgrid.AutoClassifier`, without the classes. Targets
    are numbers (n,) or (n, targets), float32; they are standardised for the training, and predictions are in their own
    unit. Networks are compared by R² unless ``metric`` says otherwise.
    """

    _task: Task = "regression"

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the predicted targets, of shape (n,) or (n, targets), as y was.

        Args:
            X: Samples.
        """
        return self._numbers(self._outputs(X))
