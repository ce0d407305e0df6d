"""The fit of an estimator, step by step: what is asked, what is read, what is trained, what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kerasgrid.axes.names import is_own
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import FitError, InputError, ParameterError
from kerasgrid.estimators import programs
from kerasgrid.estimators.asked import Asked, asked_of
from kerasgrid.estimators.brought import ARGUMENTS
from kerasgrid.estimators.callbacks import callbacks_of
from kerasgrid.estimators.fit_arguments import FitArguments
from kerasgrid.estimators.fitted import Before, Course, FittedBuilder, Trained
from kerasgrid.estimators.held_out import split, with_held_out
from kerasgrid.estimators.meta import arguments_of
from kerasgrid.estimators.parameters import adapted, resolved_params, seed_of
from kerasgrid.estimators.samples import Reading, Samples, samples_of
from kerasgrid.estimators.sklearn_versions import checked_targets, checked_weights

if TYPE_CHECKING:
    from kerasgrid.estimators.base import KerasEstimator

_Estimator = TypeVar("_Estimator", bound="KerasEstimator")

_HOOKS = ("target_encoder", "feature_encoder")
"""scikeras's properties for transformers of one's own."""


def fit_estimator(
    estimator: _Estimator,
    X: Any,
    y: Any,
    arguments: FitArguments,
    *,
    goes_on: bool = False,
    adds: bool = False,
    trains: bool = True,
    builds: bool = False,
    classes: Any = None,
) -> _Estimator:
    """Train an estimator.

    Args:
        estimator: It gets what is learnt.
        X: Samples.
        y: Labels or targets.
        arguments: What ``fit`` was given.
        goes_on: Whether it goes on with the model that is there.
        adds: Whether its curves go on, too.
        trains: Whether anything is trained; otherwise the model is built alone.
        builds: Whether, where nothing is, all that a training needs is built for the fits to come.
        classes: All labels of a classifier; None for those of y.

    Returns:
        The estimator.
    """
    how: dict[str, Any] = {"goes_on": goes_on, "adds": adds, "trains": trains, "builds": builds, "classes": classes}
    with _as_before_on_error(estimator):
        return _fit(estimator, X, y, arguments, **how)


@contextmanager
def _as_before_on_error(estimator: KerasEstimator) -> Iterator[None]:
    """Have an estimator be what it was if the block raises anything, an interrupt included."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        now = estimator.__dict__
        for name in now.keys() - before.keys():
            del now[name]
        now.update(before)
        raise


def _fit(
    estimator: _Estimator,
    X: Any,
    y: Any,
    arguments: FitArguments,
    *,
    goes_on: bool,
    adds: bool,
    trains: bool,
    builds: bool,
    classes: Any,
) -> _Estimator:
    _check_asked(estimator)
    seed = seed_of(estimator.random_state)
    callbacks = callbacks_of(estimator, arguments.callbacks)
    if goes_on:
        samples, _ = samples_of(estimator, X, fitting=False, as_table=estimator._how_read()[0].is_table)
        y = checked_targets(X, y)
        estimator._check_more(y, classes)
    else:
        samples, y = samples_of(estimator, X, y, fitting=True)
        estimator._task = estimator._task_of(y)
    asked = asked_of(estimator, arguments.numbers)
    params = _in_batches(asked, len(y), resolved_params(_without_batch(asked), estimator._task))
    all_epochs = int(params["epochs"])
    params["epochs"] = 1 if adds else _n_epochs(params, arguments)
    builder = None
    if is_own(params["model"]):
        # Before the training: what the builder reads may change meanwhile.
        builder = FittedBuilder.of(params["model"], adapted(asked))
    before = _before(estimator) if goes_on else None
    # Amid this fit nothing may predict: labels of this one and weights of the last would mix.
    history = estimator.__dict__.pop("history_", {})
    labelled = estimator._labelled(y, estimator.__dict__.get("classes_") if goes_on else classes)
    asked.one_hot = bool(estimator.__dict__.get("_is_one_hot"))
    reading, dataset, fold = _read(estimator, samples, labelled, arguments, seed, goes_on=goes_on)
    del samples, X
    if asked.signature is not None:
        params[ARGUMENTS] = arguments_of(estimator, asked, params, y, len(fold.train))
    first = len(history.get("loss", ())) if adds else arguments.initial_epoch
    pace = (first % all_epochs, all_epochs) if adds else (0, None)
    course = Course(before, arguments.shuffles, callbacks, first, pace, trains=trains, builds=builds)
    trained = programs.train(asked, params, dataset, fold, seed, is_table=reading.is_table, course=course)
    _check_outcome(trained, params)
    estimator._builder, estimator._reading = builder, reading
    estimator.callbacks_ = callbacks
    _keep(estimator, trained, history if adds else {}, dataset.n_outputs)
    if trains:
        _report(estimator, arguments.verbose, trained.outcome.seconds)
    return estimator


def _keep(estimator: KerasEstimator, trained: Trained, history: Mapping[str, list[float]], n_outputs: int) -> None:
    """Have an estimator be what was trained; its curves go on from those of before, if there are any."""
    estimator.__dict__.pop("_model", None)
    estimator._params, estimator._compiled = trained.brought.params, trained.brought.compiled
    estimator._shapes, estimator._front = trained.shapes, trained.front
    estimator._weights, estimator._optimizer = trained.outcome.weights, trained.outcome.optimizer
    estimator.n_outputs_ = n_outputs
    curves = {**trained.outcome.curve, **trained.added}
    estimator.history_ = {name: [*history.get(name, ()), *curves[name]] for name in curves}


def _check_asked(estimator: KerasEstimator) -> None:
    for name in _HOOKS:
        if hasattr(type(estimator), name):
            raise ParameterError(
                "transformers of an estimator's own are not called",
                where=f"{type(estimator).__name__}.{name}",
                hint="put X through a Pipeline, and y through a TransformedTargetRegressor",
            )


def _without_batch(asked: Asked) -> Asked:
    """Return what is asked for without a batch of everything, whose size is known later."""
    is_all = asked.table.get("batch_size") == -1
    return replace(asked, table={**asked.table, "batch_size": None}) if is_all else asked


def _in_batches(asked: Asked, n: int, params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "batch_size": n} if asked.table.get("batch_size") == -1 else params


def _n_epochs(params: Mapping[str, Any], arguments: FitArguments) -> int:
    n = int(params["epochs"]) - arguments.initial_epoch
    if n < 1:
        rule = "must be below epochs, which count from the first one on"
        raise ParameterError(rule, where="initial_epoch", got=f"{arguments.initial_epoch} of {params['epochs']}")
    return n


def _before(estimator: KerasEstimator) -> Before:
    """Return what a fit goes on with."""
    known = vars(estimator)
    weights = known["_model"].get_weights() if "_model" in known else known["_weights"]
    optimizer = known.get("_optimizer") or None
    if isinstance(optimizer, list):  # pickled when its variables alone were kept
        from kerasgrid.engine.training import OptimizerState

        optimizer = OptimizerState("", optimizer)
    return Before(estimator._params, weights, estimator._how_read()[1], optimizer)


def _read(
    estimator: KerasEstimator,
    samples: Samples,
    labelled: Dataset,
    arguments: FitArguments,
    seed: int,
    *,
    goes_on: bool,
) -> tuple[Reading, Dataset, Any]:
    """Return how samples are read, the data set with those that are held out, and which these are."""
    n = len(labelled.y_train)
    given = None
    if arguments.validation_data is not None:
        given = _given(estimator, arguments.validation_data)
        labelled = replace(labelled, y_train=np.concatenate([labelled.y_train, given[1]]))
    fold = split(labelled, n, estimator.validation_split, arguments, seed)
    if goes_on:
        reading = estimator._how_read()[0]
        x = np.concatenate(list(reading.matrices(samples)))
    else:
        reading, x = Reading.of(samples, fold.train)
    weights = None if arguments.sample_weight is None else checked_weights(arguments.sample_weight, x)
    dataset = replace(labelled, y_train=labelled.y_train[:n], x_train=x, columns=reading.columns, weights=weights)
    if given is None:
        return reading, dataset, fold
    held_out, _ = samples_of(estimator, given[0], fitting=False, as_table=reading.is_table)
    return reading, with_held_out(dataset, np.concatenate(list(reading.matrices(held_out))), given[1]), fold


def _given(estimator: KerasEstimator, pair: tuple[Any, Any]) -> tuple[Any, np.ndarray]:
    X, y = pair
    y = checked_targets(X, y)
    try:
        return X, estimator._indexed(y)
    except InputError as error:
        raise InputError(error.rule, where="validation_data", got=error.got, hint=error.hint) from None


def _check_outcome(trained: Trained, params: Mapping[str, Any]) -> None:
    outcome = trained.outcome
    is_finite = all(np.isfinite(weight).all() for weight in outcome.weights)
    if outcome.status != "ok" or not is_finite:
        raise FitError(
            "the loss became infinite or not a number",
            where=f"epoch {len(outcome.curve['loss'])} of {params['epochs']}",
            hint="a lower learning_rate may help, or scaled data",
        )


def _report(estimator: KerasEstimator, verbose: int, seconds: float) -> None:
    n_epochs = len(estimator.history_["loss"])
    if verbose > 1:
        for epoch in range(n_epochs):
            print(f"epoch {epoch + 1}/{n_epochs}: {_line(estimator.history_, epoch)}")
    if verbose:
        print(f"{type(estimator).__name__}: {n_epochs} epochs in {seconds:.2f} s, {_line(estimator.history_, -1)}")


def _line(history: Mapping[str, Sequence[float]], epoch: int) -> str:
    return ", ".join(f"{name} {values[epoch]:.4f}" for name, values in history.items())
