"""What the classifier and the regressor share: parameters, training, predictions, pickling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from kerasgrid.axes.names import OWN_PREFIX, is_own
from kerasgrid.axes.parameters import MODEL, PARAMETERS
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.errors import DataError, FitError, InputError, ParameterError
from kerasgrid.estimators import programs
from kerasgrid.estimators.arguments import check_keywords, default_of, defaults, takes_arguments
from kerasgrid.estimators.parameters import resolved_params, seed_of
from kerasgrid.estimators.samples import Reading, samples_of
from kerasgrid.estimators.sklearn_versions import InputTags, checked_weights

if TYPE_CHECKING:
    import keras

_Array = npt.NDArray[Any]


class KerasEstimator(InputTags):
    """A Keras model behind scikit-learn's interface; see :class:`kerasgrid.KerasClassifier`."""

    _task: Task
    model: Any
    validation_split: float
    random_state: int | np.random.RandomState | None
    verbose: int

    @takes_arguments
    def __init__(self, model: Any = MODEL.default, **params: Any) -> None:
        check_keywords(type(self), params)
        self.__dict__.update({**defaults(), "model": model, **params})

    def __getattr__(self, name: str) -> Any:
        # An estimator may be older than a row of the table.
        if name in PARAMETERS:
            return default_of(PARAMETERS[name])
        # A NotFittedError of a property is an AttributeError, too; it is raised again.
        return super().__getattribute__(name)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name, those of a builder of one's own (``model__…``) among them."""
        own = {name: value for name, value in vars(self).items() if name.startswith(OWN_PREFIX)}
        return {**super().get_params(deep), **own}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; any ``model__…`` is one of the builder's."""
        own = {name: params.pop(name) for name in list(params) if name.startswith(OWN_PREFIX)}
        super().set_params(**params)
        self.__dict__.update(own)
        return self

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **unsupported: Any) -> Self:
        """Train a new model.

        Args:
            X: Samples: an array or a sparse matrix (n, features), a frame of pandas, or images (n, height, width) or
                (n, height, width, channels). Numbers are taken as they are unless ``scaling`` says otherwise; of what
                words, dates and gaps become see :class:`kerasgrid.KerasClassifier`.
            y: Labels (n,), or a regressor's targets (n,) or (n, targets).
            sample_weight: How much each sample counts in the training, (n,), at least 0; None for alike. As in Keras a
                step lowers the mean of weight × loss over its samples, not divided by the sum of the weights.
            unsupported: Nothing else is supported.

        Raises:
            ValueError: if X or y is wrong; if it is ours, an :class:`~kerasgrid.errors.InputError`.
            ParameterError: if a parameter is wrong.
            FitError: if the loss became infinite or not a number.
            TypeError: for anything else.
        """
        if unsupported:
            raise TypeError(
                f"{type(self).__name__}.fit takes X, y and sample_weight only, not {', '.join(unsupported)}"
            )
        seed = seed_of(self.random_state)
        if not isinstance(self.verbose, int | np.integer) or not 0 <= self.verbose <= 2:
            raise ParameterError("must be 0, 1 or 2", where="verbose", got=repr(self.verbose)[:80])
        samples, y = samples_of(self, X, y, fitting=True)
        weights = None if sample_weight is None else checked_weights(sample_weight, y)
        self._task = self._task_of(y)
        params = resolved_params(self.get_params(deep=False), self._task)
        # Before the training: what the builder reads may change meanwhile.
        builder = programs.FittedBuilder.of(params["model"], self.model) if is_own(params["model"]) else None
        # Until this fit is done, the estimator is not fitted: labels of this one and weights of the last do not mix.
        self.__dict__.pop("history_", None)
        labelled = self._labelled(y)
        fold = self._split(labelled, seed)
        reading, x = Reading.of(samples, fold.train)
        del samples, X
        dataset = replace(labelled, x_train=x, columns=reading.columns, weights=weights)
        outcome, shapes, front = programs.train(params, dataset, fold, seed, is_table=reading.is_table)
        is_finite = all(np.isfinite(weight).all() for weight in outcome.weights)
        if outcome.status != "ok" or not is_finite:
            n_epochs = len(outcome.curve["loss"])
            raise FitError(
                "the loss became infinite or not a number",
                where=f"epoch {n_epochs} of {params['epochs']}",
                hint="a lower learning_rate may help, or scaled data",
            )
        self.__dict__.pop("_model", None)
        self._params, self._builder = params, builder
        self._reading, self._shapes, self._front = reading, shapes, front
        self._weights = outcome.weights
        self.n_outputs_ = dataset.n_outputs
        self.history_ = {name: list(values) for name, values in outcome.curve.items()}
        self._report(outcome.seconds)
        return self

    @property
    def model_(self) -> keras.Model:
        """The trained model: plain Keras layers, compiled. Made when it is first asked for; changes to it count."""
        check_is_fitted(self, "history_")
        if "_model" not in vars(self):
            reading, front = self._how_read()
            columns = reading.columns if reading.is_table else None
            model = programs.plain_model(self._params, self._shapes, self._weights, self._builder, front, columns)
            self._model = model
        return self._model

    @property
    def initialized_(self) -> bool:
        """Whether it is fitted."""
        return "history_" in vars(self)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "_model" in state:
            state["_weights"] = state.pop("_model").get_weights()
        return state

    def _task_of(self, y: _Array) -> Task:
        """Return what is to be predicted of these labels or targets."""
        return type(self)._task

    @abstractmethod
    def _labelled(self, y: _Array) -> Dataset:
        """Check y, set what is learnt from it, and return it as the engine wants it, with samples of no features."""

    def _outputs(self, X: Any) -> _Array:
        """Return the model's outputs, float64, shape (samples, n_outputs)."""
        check_is_fitted(self, "history_")
        reading, front = self._how_read()
        samples, _ = samples_of(self, X, fitting=False, as_table=reading.is_table)
        weights = self._model.get_weights() if "_model" in vars(self) else self._weights
        parts = [
            programs.predict(self._params, self._shapes, weights, x, self._builder, front)
            for x in reading.matrices(samples)
        ]
        return np.concatenate(parts).astype(np.float64)

    def _how_read(self) -> tuple[Reading, programs.FittedFront]:
        """Return how samples are read, and what stands before and behind the model's layers."""
        # A pickle may be older than both.
        known = vars(self)
        return known.get("_reading", Reading(self._shapes.input_shape)), known.get("_front", programs.AS_IT_IS)

    def _split(self, dataset: Dataset, seed: int) -> Fold:
        share = self.validation_split
        if isinstance(share, bool) or not isinstance(share, int | float | np.floating) or not 0 <= share < 1:
            raise ParameterError("must be at least 0 and below 1", where="validation_split", got=repr(share)[:80])
        if share == 0:
            everything = np.arange(len(dataset.x_train), dtype=np.int32)
            return Fold(everything, everything[:0])
        try:
            (fold,) = make_folds(dataset, cv=None, validation_split=float(share), seed=seed)
        except DataError as error:
            raise InputError(error.rule, where=error.where, got=error.got, hint=error.hint) from None
        return fold

    def _report(self, seconds: float) -> None:
        n_epochs = len(self.history_["loss"])
        if self.verbose > 1:
            for epoch in range(n_epochs):
                print(f"epoch {epoch + 1}/{n_epochs}: {_line(self.history_, epoch)}")
        if self.verbose:
            print(f"{type(self).__name__}: {n_epochs} epochs in {seconds:.2f} s, {_line(self.history_, -1)}")


def _line(history: Mapping[str, Sequence[float]], epoch: int) -> str:
    return ", ".join(f"{name} {values[epoch]:.4f}" for name, values in history.items())
