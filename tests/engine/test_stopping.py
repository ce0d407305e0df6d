"""Early stopping and plateaus decide as Keras's callbacks do, and the weights are those of the best epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from support.keras_fit import SEEDS, classes, fit_both, parts  # noqa: E402

from kerasgrid.axes.parameters import resolve  # noqa: E402
from kerasgrid.engine.program import Program  # noqa: E402
from kerasgrid.engine.resident import ResidentData  # noqa: E402
from kerasgrid.engine.stopping import EarlyStopping, hooks_of, parts_of  # noqa: E402
from kerasgrid.engine.training import Seeds, Training  # noqa: E402

FAST = {"hidden_units": (16,), "epochs": 40, "batch_size": 16, "learning_rate": 0.005}
OF_KERAS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""Keras's own callbacks bring it about under numpy 2."""
NOTHING = np.zeros(0, np.int32)
WATCHED = np.zeros(3, np.int32)


class Told:
    """A fit that measures what it is told to."""

    def __init__(self, values: Sequence[float]) -> None:
        self.values, self.epoch = values, 0
        self.stopped, self.learning_rate, self.n_epochs = False, 1.0, len(values)
        self.given: list[np.ndarray] | None = None

    def weights(self) -> list[np.ndarray]:
        return [np.array(self.epoch)]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        self.given = list(weights)

    def measured(self, index: np.ndarray) -> Mapping[str, float]:
        return {"loss": self.values[self.epoch], "accuracy": -self.values[self.epoch]}


def followed(params: Mapping[str, Any], values: Sequence[float], watched: np.ndarray = WATCHED) -> tuple[Told, list]:
    """Return a fit that these hyperparameters were applied to, and its rate after each epoch."""
    control, hooks = Told(values), hooks_of(resolve(dict(params), "classification"), watched)
    rates = []
    for hook in hooks:
        hook.begin(control)
    for control.epoch in range(len(values)):
        for hook in hooks:
            hook.after_epoch(control.epoch, {"loss": values[control.epoch]})
        rates.append(control.learning_rate)
        if control.stopped:
            break
    for hook in hooks:
        hook.end()
    return control, rates


OPTIMIZER = keras.optimizers.SGD(1.0)


class Model:
    """What Keras's callbacks need of a model."""

    def __init__(self) -> None:
        self.stop_training, self.epoch = False, 0
        # To make one takes longer than all that is asked of it here.
        self.optimizer = OPTIMIZER
        self.optimizer.learning_rate = 1.0
        self.given: Any = None

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, weights: int) -> None:
        self.given = weights


def keras_followed(callback: Any, values: Sequence[float]) -> tuple[Model, list[float]]:
    model, rates = Model(), []
    callback.set_model(model)
    callback.on_train_begin()
    for model.epoch, value in enumerate(values):
        callback.on_epoch_end(model.epoch, {"loss": value})
        rates.append(float(model.optimizer.learning_rate.numpy()))
        if model.stop_training:
            break
    callback.on_train_end()
    return model, rates


LOSSES = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.305, 0.31, 0.5, 1.0]), min_size=1, max_size=15)


@settings(max_examples=300, deadline=None)
@given(LOSSES, st.integers(0, 4), st.sampled_from([0.0, 0.008, 0.2]), st.booleans(), st.integers(0, 3))
def test_stopping_is_as_keras_has_it(
    losses: list[float], patience: int, min_delta: float, restores: bool, start: int
) -> None:
    fields = {"patience": patience, "min_delta": min_delta, "restore_best_weights": restores, "start_from_epoch": start}
    ours, _ = followed({"early_stopping": fields}, losses)
    theirs, _ = keras_followed(keras.callbacks.EarlyStopping("loss", mode="min", **fields), losses)
    assert (ours.stopped, ours.epoch) == (theirs.stop_training, theirs.epoch)
    assert (None if ours.given is None else int(ours.given[0])) == theirs.given


@OF_KERAS
@settings(max_examples=300, deadline=None)
@given(LOSSES, st.integers(0, 4), st.sampled_from([0.0, 0.008, 0.2]), st.integers(0, 3), st.sampled_from([0.0, 0.3]))
def test_a_plateau_is_as_keras_has_it(
    losses: list[float], patience: int, min_delta: float, cooldown: int, least: float
) -> None:
    fields = {"patience": patience, "min_delta": min_delta, "cooldown": cooldown, "factor": 0.5}
    _, ours = followed({"reduce_on_plateau": {**fields, "min_learning_rate": least}}, losses, NOTHING)
    callback = keras.callbacks.ReduceLROnPlateau("loss", mode="min", min_lr=least, **fields)
    _, theirs = keras_followed(callback, losses)
    assert ours == pytest.approx(theirs)


def test_a_metric_that_is_better_the_greater_is_followed_up() -> None:
    losses = [3.0, 2.0, 1.0, 4.0, 4.0, 0.5]
    by_loss, _ = followed({"early_stopping": {"patience": 2}}, losses)
    by_accuracy, _ = followed({"early_stopping": {"patience": 2, "monitor": "accuracy"}}, losses)
    assert by_loss.epoch == by_accuracy.epoch == 4
    rising, _ = followed({"early_stopping": {"patience": 2, "monitor": "accuracy"}}, [1.0, 2.0, 3.0, 4.0])
    assert (rising.epoch, rising.given) == (2, [np.array(0)])


def test_what_is_not_a_number_is_never_better() -> None:
    control, _ = followed({"early_stopping": {"patience": 2}}, [float("nan"), 2.0, float("nan"), float("nan")])
    assert (control.stopped, control.epoch, control.given) == (True, 3, [np.array(1)])


def test_without_watched_samples_nothing_is_stopped() -> None:
    assert hooks_of(resolve({"early_stopping": {}}, "classification"), NOTHING) == []
    kinds = [type(hook).__name__ for hook in
             hooks_of(resolve({"early_stopping": {}, "reduce_on_plateau": {}}, "classification"), WATCHED)]  # fmt: skip
    assert kinds == ["ReduceOnPlateau", "EarlyStopping"]


@pytest.mark.parametrize("restores", [True, False])
def test_a_stopped_fit_ends_as_keras_ends(restores: bool) -> None:
    params = {**FAST, "early_stopping": {"patience": 2, "restore_best_weights": restores}}
    callback = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=restores)
    both = fit_both(classes(), params, keras.optimizers.Adam(0.005), callbacks=[callback], is_watched=True)
    ours = both.ours
    n = len(both.history["loss"])
    assert 3 < n < 40
    assert len(ours.curve["loss"]) == n
    assert (ours.best_epoch, ours.restored) == (callback.best_epoch + 1 if restores else n - 2, restores)
    assert both.difference <= 1e-4


@OF_KERAS
def test_a_rate_falls_as_keras_has_it() -> None:
    params = {**FAST, "epochs": 25, "reduce_on_plateau": {"patience": 1, "factor": 0.3, "validation_split": 0.3}}
    callback = keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.3)
    both = fit_both(classes(), params, keras.optimizers.Adam(0.005), callbacks=[callback], is_watched=True)
    assert both.history["learning_rate"][-1] < 0.001
    assert both.difference <= 1e-4


def test_the_score_is_of_the_weights_that_the_fit_ends_with() -> None:
    dataset = classes()
    data, (train, held_out) = ResidentData(dataset), parts()
    params = resolve({**FAST, "ema_momentum": 0.5, "early_stopping": {"patience": 3}}, "classification")
    left, watched = parts_of(params, dataset, train, SEEDS)
    assert sorted([*left, *watched]) == sorted(train)
    assert len(watched) == 7
    program = Program(params, data)
    outcome = program.run(Training(params, left, held_out, SEEDS, watched=watched), data, keep_weights=True)
    assert outcome.restored
    assert outcome.best_epoch is not None
    assert outcome.best_epoch < len(outcome.curve["loss"]) < 40
    outputs = program.predictor.predict(outcome.weights, dataset.x_train[held_out])
    accuracy = float((outputs.argmax(axis=1) == dataset.y_train[held_out]).mean())
    assert outcome.curve["val_accuracy"][outcome.best_epoch - 1] == pytest.approx(accuracy)


def test_the_scored_samples_decide_nothing() -> None:
    dataset = classes()
    data, (train, held_out) = ResidentData(dataset), parts()
    params = resolve({**FAST, "early_stopping": {"patience": 3}}, "classification")
    left, watched = parts_of(params, dataset, train, SEEDS)
    program = Program(params, data)
    outcomes = [
        program.run(Training(params, left, part, SEEDS, watched=watched), data, keep_weights=True)
        for part in (held_out, held_out[:5])
    ]
    assert outcomes[0].best_epoch == outcomes[1].best_epoch
    assert outcomes[0].curve["loss"] == outcomes[1].curve["loss"]


def test_candidates_watch_the_same_samples() -> None:
    dataset, (train, _) = classes(), parts()
    first, second = (
        resolve({"early_stopping": {"patience": patience}, "hidden_units": (patience,)}, "classification")
        for patience in (3, 4)
    )
    seeds = Seeds.of(5, 1, 2)
    assert (parts_of(first, dataset, train, seeds)[1] == parts_of(second, dataset, train, seeds)[1]).all()
    other = parts_of(first, dataset, train, Seeds.of(5, 1, 3))[1]
    assert list(other) != list(parts_of(first, dataset, train, seeds)[1])
    assert parts_of(resolve({}, "classification"), dataset, train, seeds)[0] is train


def test_seeds_of_before_are_what_they_were() -> None:
    words = np.random.SeedSequence([7, 2, 3]).generate_state(3)
    seeds = Seeds.of(7, 1, 3)
    assert (seeds.weights, seeds.order, seeds.dropout) == tuple(int(word >> 1) for word in words)


def test_a_refit_ends_early_with_the_rate_of_the_whole() -> None:
    data, (train, held_out) = ResidentData(classes()), parts()
    params = resolve({**FAST, "epochs": 4, "learning_rate_schedule": "cosine"}, "classification")
    program = Program(params, data)
    whole = program.run(Training(params, train, held_out, SEEDS), data)
    part = program.run(Training(params, train, held_out, SEEDS, stop_after=2), data)
    assert part.curve == {name: values[:2] for name, values in whole.curve.items()}
    assert (part.best_epoch, part.restored) == (None, False)


def test_a_stopping_knows_its_best_epoch_before_the_end() -> None:
    (hook,) = hooks_of(resolve({"early_stopping": {"start_from_epoch": 1}}, "classification"), WATCHED)
    assert isinstance(hook, EarlyStopping)
    control = Told([1.0, 5.0, 4.0])
    hook.begin(control)
    for control.epoch in range(3):
        hook.after_epoch(control.epoch, {})
    assert (hook.best_epoch, hook.restored, control.stopped) == (3, False, False)
