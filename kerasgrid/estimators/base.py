"""What the classifier and the regressor share: parameters, training, predictions, pickling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from kerasgrid.axes.parameters import MODEL, PARAMETERS
from kerasgrid.data.dataset import Dataset, Task
from kerasgrid.errors import ParameterError
from kerasgrid.estimators import programs
from kerasgrid.estimators.arguments import (
    OTHERS,
    called_here,
    check_keywords,
    default_of,
    defaults,
    extras_of,
    is_extra,
    left_over,
    takes_arguments,
)
from kerasgrid.estimators.fit_arguments import (
    NOT_OF_AN_EPOCH,
    FitArguments,
    check_arrays,
    check_predict,
    takes_epoch_arguments,
    takes_fit_arguments,
)
from kerasgrid.estimators.fitted import AS_IT_IS, FittedFront
from kerasgrid.estimators.fitting import fit_estimator
from kerasgrid.estimators.pickled import from_pickle, to_pickle
from kerasgrid.estimators.samples import Reading, samples_of
from kerasgrid.estimators.sklearn_versions import InputTags, cloned

if TYPE_CHECKING:
    import keras

_Array = npt.NDArray[Any]

_READ_ONLY = ("model", "build_fn", "optimizer", "loss", "metrics")


class KerasEstimator(InputTags):
    """A Keras model behind scikit-learn's interface; see :class:`kerasgrid.KerasClassifier`."""

    _task: Task
    model: Any
    validation_split: float
    random_state: int | np.random.RandomState | None
    verbose: int
    callbacks_: list[Any]

    @takes_arguments
    def __init__(self, model: Any = MODEL.default, **params: Any) -> None:
        ways = (getattr(self, "_keras_build_fn", None), params.get("build_fn"), model)
        builder = next((one for one in ways if callable(one)), None)
        check_keywords(type(self), params, builder)
        known = defaults()
        self.__dict__.update({**known, "model": model, **params})
        self._remember(params, known)

    def __getattr__(self, name: str) -> Any:
        # An estimator may be older than a row of the table.
        if name in PARAMETERS:
            return default_of(PARAMETERS[name])
        if name in OTHERS:
            return OTHERS[name][0]
        # A NotFittedError of a property is an AttributeError, too; it is raised again.
        return super().__getattribute__(name)

    def __sklearn_clone__(self) -> Self:
        # Objects of Keras are only read. It copies them without some of their numbers, and models by saving them.
        made: Self = cloned(self, _READ_ONLY)
        # A clone is given every parameter.
        made.__dict__.pop("_at_default", None)
        if "_at_default" in vars(self):
            made._at_default = self._at_default
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name, those of a builder and ``model__…``, ``optimizer__…`` and the like included.

        Args:
            deep: Has no effect.
        """
        return {**super().get_params(deep=False), **{name: getattr(self, name) for name in extras_of(self)}}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; ``model__…``, ``optimizer__…`` and the like, and those that a builder names, too.

        With another model, those go that an earlier builder took and it does not, unless they are given with it.
        """
        is_another = any(name in params and params[name] is not getattr(self, name) for name in ("model", "build_fn"))
        ways = (params.get("build_fn"), params.get("model"), self.build_fn, self.model)
        model = next((one for one in (getattr(self, "_keras_build_fn", None), *ways) if callable(one)), None)
        known = super().get_params(deep=False)
        extra = {name: params[name] for name in params if name not in known and is_extra(name, model, params)}
        for name in params:
            if name not in known and name not in extra and (here := called_here(name)) is not None:
                raise ParameterError("there is no such parameter", where=name, hint=f"did you mean {here}?")
        super().set_params(**{name: value for name, value in params.items() if name not in extra})
        self.__dict__.update(extra)
        self._remember(params, defaults())
        for name in left_over(self, params) if is_another else ():
            delattr(self, name)
        return self

    def _remember(self, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """Remember which parameters are a builder's own, and which have their default because somebody said so."""
        own = vars(self)
        extras = tuple(
            dict.fromkeys([*own.get("_extras", ()), *(n for n in given if n not in known and "__" not in n)])
        )
        if extras:
            self._extras = extras
        same = {name for name, value in given.items() if name in PARAMETERS and _is_default(value, known[name])}
        before = set(own.get("_at_default", ()))
        if given.keys() >= PARAMETERS.keys():
            # Who gives all of them at once hands on what another has, as of get_params, and says nothing.
            same &= before
        kept = (before - set(given)) | same
        if kept or "_at_default" in own:
            self._at_default = frozenset(kept)

    @takes_fit_arguments
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **arguments: Any) -> Self:
        """Train a new model. If that fails, the estimator stays what it was: with its old model, or not fitted.

        Args:
            X: Samples: an array or a sparse matrix (n, features), a frame of pandas, or images (n, height, width) or
                (n, height, width, channels). Numbers are taken as they are unless ``scaling`` says otherwise; of
                what words, dates and gaps become see :class:`kerasgrid.KerasClassifier`.
            y: Labels (n,), rows with a 1 for the class, or rows of several labels, each 0 or 1; or a regressor's
                targets (n,) or (n, targets).
            sample_weight: How much each sample counts in the training, (n,), at least 0. As in Keras a step lowers the
                mean of weight × loss over its samples, not divided by the sum of the weights.
            arguments: Those of ``keras.Model.fit``, by its names: ``epochs``, ``batch_size``, ``validation_data``,
                ``validation_split`` (the last share, unshuffled), ``callbacks``, ``class_weight``, ``shuffle``,
                ``initial_epoch``, ``verbose``. They come before parameters of the same name.

        Raises:
            ValueError: if X or y is wrong; if it is ours, an :class:`~kerasgrid.errors.InputError`.
            ParameterError: if a parameter is wrong, or cannot be honoured.
            FitError: if the loss became infinite or not a number, or there is no memory for the model.
            TypeError: if an argument is unknown.
        """
        check_arrays(X)
        given = FitArguments.of(self, {**arguments, "sample_weight": sample_weight})
        return fit_estimator(self, X, y, given, goes_on=bool(self.warm_start) and self.initialized_)

    @takes_epoch_arguments
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, **arguments: Any) -> Self:
        """Train for one more epoch, with the weights and the optimizer's state as they are; ``history_`` goes on.

        A learning rate that moves does so over ``epochs`` epochs, as in one ``fit``, and then from the beginning again:
        nobody knows how many more there will be. What scales numbers and targets, fills gaps and tells words is found
        in the samples of the first call, of ``fit`` or ``initialize`` if that came before: give it many.

        Args:
            X: Samples, of the shape of those before.
            y: Labels or targets, of the form of those before.
            sample_weight: As for :meth:`fit`.
            arguments: As for :meth:`fit`, but for ``epochs`` and ``initial_epoch``.

        Raises:
            TypeError: if an argument is unknown.
            ValueError: as :meth:`fit`.
        """
        return self._one_epoch(X, y, {**arguments, "sample_weight": sample_weight})

    def initialize(self, X: Any, y: Any) -> Self:
        """Build the model with its initial weights, without training: it can predict, and :meth:`partial_fit` goes on.

        Args:
            X: Samples, as for :meth:`fit`.
            y: Labels or targets.
        """
        return fit_estimator(self, X, y, FitArguments.of(self, {}), trains=False)

    @property
    def current_epoch(self) -> int:
        """How many epochs were trained."""
        return len(vars(self).get("history_", {}).get("loss", ()))

    @property
    def model_(self) -> keras.Model:
        """The trained model: plain Keras layers, compiled. Made when it is first asked for; changes to it count."""
        check_is_fitted(self)
        if "_model" not in vars(self):
            reading, front = self._how_read()
            columns, compiled = reading.columns if reading.is_table else None, vars(self).get("_compiled")
            model = programs.plain_model(
                self._params, self._shapes, self._weights, self._builder, front, columns, compiled
            )
            self._model = model
        return self._model

    @property
    def initialized_(self) -> bool:
        """Whether it is fitted."""
        return "history_" in vars(self)

    def __sklearn_is_fitted__(self) -> bool:
        return self.initialized_

    def __getstate__(self) -> dict[str, Any]:
        return to_pickle(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(from_pickle(state))

    def _one_epoch(self, X: Any, y: Any, arguments: Mapping[str, Any], classes: Any = None) -> Self:
        """Train for one more epoch, of a classifier with these classes if it is the first."""
        for name in NOT_OF_AN_EPOCH:
            if name in arguments:
                raise TypeError(f"Invalid argument {name} to partial_fit: it always trains one epoch more")
        given = FitArguments.of(self, arguments, "partial_fit")
        return fit_estimator(self, X, y, given, goes_on=self.initialized_, adds=True, classes=classes)

    def _task_of(self, y: _Array) -> Task:
        """Return what is to be predicted of these labels or targets."""
        return type(self)._task

    @abstractmethod
    def _labelled(self, y: _Array, classes: Any = None) -> Dataset:
        """Check y, set what is learnt from it, and return it as the engine wants it, with samples of no features.

        Args:
            y: Labels or targets.
            classes: All labels of a classifier; None for those of y.
        """

    @abstractmethod
    def _indexed(self, y: _Array) -> _Array:
        """Return further labels or targets as the engine wants them."""

    @abstractmethod
    def _check_more(self, y: _Array, classes: Any = None) -> None:
        """Check that labels or targets to go on with have the form of those before, and that classes are the same.

        Raises:
            InputError: if they have not.
        """

    def _outputs(self, X: Any, arguments: Mapping[str, Any] | None = None) -> _Array:
        """Return the model's outputs, float64, shape (samples, n_outputs), or (samples, 1) of one for two classes."""
        check_is_fitted(self)
        check_predict(self, arguments or {})
        reading, front = self._how_read()
        samples, _ = samples_of(self, X, fitting=False, as_table=reading.is_table)
        weights = self._model.get_weights() if "_model" in vars(self) else self._weights
        parts = [
            programs.predict(self._params, self._shapes, weights, x, self._builder, front, vars(self).get("_compiled"))
            for x in reading.matrices(samples)
        ]
        return np.concatenate(parts).astype(np.float64)

    def _how_read(self) -> tuple[Reading, FittedFront]:
        """Return how samples are read, and what stands before and behind the model's layers."""
        # A pickle may be older than both.
        known = vars(self)
        return known.get("_reading", Reading(self._shapes.input_shape)), known.get("_front", AS_IT_IS)


def _is_default(value: Any, default: Any) -> bool:
    # Whatever is no array compares to one answer; None as default means that another value is.
    plain = tuple(value) if isinstance(value, list) else value
    return plain is not None and type(plain) is type(default) and bool(plain == default)
