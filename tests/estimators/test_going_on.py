"""Going on with a fitted estimator, by ``partial_fit`` and ``warm_start``, and fits that are refused."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.validation import check_is_fitted
from support import people

from kerasgrid import FitError, InputError, KerasClassifier, KerasRegressor, ParameterError

SMALL: dict[str, Any] = {"hidden_units": (4,), "epochs": 2, "random_state": 0}
NAMES = np.array(["a", "b", "c"])


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return np.random.default_rng(0).random((60, 4)) + y[:, None], NAMES[y]


def numbers(n_targets: int = 1) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(5, 3, (60, 4))
    y = x @ np.arange(1.0, 4 * n_targets + 1).reshape(4, n_targets)
    return x, y[:, 0] if n_targets == 1 else y


def classifier(**params: Any) -> KerasClassifier:
    return KerasClassifier(**{**SMALL, **params})


def same_weights(one: Any, other: Any) -> bool:
    return all(map(np.array_equal, one._weights, other._weights))


class Stop(keras.callbacks.Callback):
    """Interrupts a training after its first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise KeyboardInterrupt


def refused_labels(estimator: Any, x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^y: labels must be among those of the fit, got zzz"):
        estimator.partial_fit(x[:3], ["a", "b", "zzz"])


def refused_weights(estimator: Any, x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^sample_weight: must be at least 0, got -1"):
        estimator.partial_fit(x, y, sample_weight=-np.ones(len(y)))


def refused_held_out(estimator: Any, x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^validation_data: labels must be among those of the fit, got q"):
        estimator.set_params(warm_start=True).fit(x, y, validation_data=(x[:1], ["q"]))


def diverged(estimator: Any, x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(FitError, match="the loss became infinite or not a number"):
        estimator.set_params(warm_start=True).fit(x * 1e38, y)


def interrupted(estimator: Any, x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(KeyboardInterrupt):
        estimator.partial_fit(x, y, callbacks=[Stop()])


REFUSED = [refused_labels, refused_weights, refused_held_out, diverged, interrupted]


@pytest.mark.parametrize("refused", REFUSED)
def test_a_call_that_fails_leaves_the_model_to_go_on_with(refused: Callable[..., None]) -> None:
    x, y = table()
    fitted, other = classifier().fit(x, y), classifier().fit(x, y)
    before = fitted.predict_proba(x)
    refused(fitted, x, y)
    np.testing.assert_array_equal(fitted.predict_proba(x), before)
    assert fitted.current_epoch == 2
    fitted.partial_fit(x, y)
    assert same_weights(fitted, other.partial_fit(x, y))
    assert fitted.history_ == other.history_


def test_a_model_that_was_looked_at_stays_when_a_call_fails() -> None:
    x, y = numbers()
    fitted = KerasRegressor(**SMALL).fit(x, y)
    model = fitted.model_
    model.set_weights([weight + 1 for weight in model.get_weights()])
    before = fitted.predict(x)
    with pytest.raises(ValueError, match="expecting 4 features"):
        fitted.partial_fit(x[:, :3], y)
    with pytest.raises(ValueError, match=r"^y: must fit in float32"):
        fitted.partial_fit(x, y * 1e60)
    assert fitted.model_ is model
    np.testing.assert_array_equal(fitted.predict(x), before)


def refusals() -> tuple[pd.DataFrame, np.ndarray, list[tuple[str, Any, Any]]]:
    x, y = table()
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    others = [
        ("learning_rate: must be", frame[["d", "c", "b", "a"]], y),
        ("learning_rate: must be", frame[["a", "b"]], y),
        ("learning_rate: must be", x, y),
        ("only 1 class", frame[["a", "b"]], ["a"] * 60),
        ("Found input variables with inconsistent numbers", frame[["a", "b"]], y[:3]),
    ]
    return frame, y, others


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("method", ["fit", "initialize"])
def test_a_fit_that_is_refused_leaves_all_as_it_was(place: int, method: str) -> None:
    frame, y, others = refusals()
    fitted = classifier().fit(frame, y)
    before, known = fitted.predict_proba(frame), dict(vars(fitted))
    message, other, labels = others[place]
    if message.startswith("learning_rate"):
        fitted.set_params(learning_rate=-1)
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(other, labels)
    assert {**vars(fitted), "learning_rate": 0} == {**known, "learning_rate": 0}
    np.testing.assert_array_equal(fitted.predict_proba(frame), before)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict_proba(frame[["d", "c", "b", "a"]])


@pytest.mark.parametrize("cls", [KerasClassifier, KerasRegressor])
def test_after_a_first_fit_that_is_refused_nothing_is_fitted(cls: type) -> None:
    x = table()[0]
    estimator = cls(**SMALL, learning_rate=-1)
    known = dict(vars(estimator))
    with pytest.raises(ValueError, match="learning_rate: must be"):
        estimator.fit(x, np.arange(60) % 3)
    assert vars(estimator) == known
    for use in (check_is_fitted, lambda one: one.predict(x)):
        with pytest.raises(NotFittedError, match=f"This {cls.__name__} instance is not fitted yet"):
            use(estimator)
    check_is_fitted(estimator.set_params(learning_rate=0.1).initialize(x, np.arange(60) % 3))


def deeper(params: Any, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    layers = [keras.layers.Dense(3, activation="relu"), keras.layers.Dense(n_outputs, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), *layers])


HINT = r" \(set it back, or begin anew by fit without warm_start\)$"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_units": (8,)}, "hidden_units: must be as in the fit that is gone on with, got [8] instead of [4]"),
        ({"batch_norm": True, "optimizer": "SGD"}, "batch_norm: must be as"),
        ({"model": deeper}, f"model: must be as in the fit that is gone on with, got {__name__}:deeper instead of mlp"),
    ],
)
@pytest.mark.parametrize("method", ["partial_fit", "fit"])
def test_another_model_is_not_gone_on_with(changed: dict[str, Any], message: str, method: str) -> None:
    x, y = table()
    fitted, other = (classifier(warm_start=True).fit(x, y) for _ in range(2))
    before = fitted.get_params()
    with pytest.raises(ParameterError, match="^" + re.escape(message) + ".*" + HINT):
        getattr(fitted.set_params(**changed), method)(x, y)
    assert same_weights(fitted, other)
    fitted.set_params(**{name: before[name] for name in changed})
    assert same_weights(fitted.partial_fit(x, y), other.partial_fit(x, y))


def test_a_builder_that_makes_another_model_is_not_gone_on_with() -> None:
    x, y = table()
    fitted = KerasClassifier(people.create_model, neurons=5, epochs=1, random_state=0).fit(x, y)
    message = "^model: must be as in the fit that is gone on with, got 59 weights instead of 43" + HINT
    with pytest.raises(ParameterError, match=message):
        fitted.set_params(neurons=7, learning_rate=0.1).partial_fit(x, y)
    fitted.set_params(neurons=5).partial_fit(x, y)


def test_the_loss_that_makes_another_output_is_named() -> None:
    x, y = table()
    fitted = classifier().fit(x, y == "a")
    fitted.set_params(loss="binary_crossentropy")
    with pytest.raises(
        ParameterError, match=r'^loss: must be as in the fit .* got "binary_crossentropy" instead of .*' + HINT
    ):
        fitted.partial_fit(x, y == "a")


ROWS = np.eye(3, dtype=int)[np.arange(60) % 3]
SEVERAL = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 1]] * 20)


@pytest.mark.parametrize(
    ("first", "more", "got"),
    [
        (ROWS, ROWS[:, :2], "rows of 2 after rows of 3"),
        (ROWS, NAMES[np.arange(60) % 3], "labels after rows of 3"),
        (ROWS, SEVERAL, "rows with several after a single 1 in each"),
        (SEVERAL, SEVERAL[:, :2], "rows of 2 after rows of 3"),
        (SEVERAL, np.arange(60) % 3, "labels after rows of 3"),
        (NAMES[np.arange(60) % 3], ROWS, "rows of 3 after labels"),
    ],
)
def test_labels_go_on_in_their_form(first: np.ndarray, more: np.ndarray, got: str) -> None:
    x, fitted = table()[0], classifier()
    fitted.partial_fit(x, first)
    classes, before = fitted.classes_, fitted.predict(x)
    with pytest.raises(InputError, match=f"^y: must have the form of the fit that is gone on with, got {got}$"):
        fitted.partial_fit(x, more)
    np.testing.assert_array_equal(fitted.classes_, classes)
    np.testing.assert_array_equal(fitted.predict(x), before)
    fitted.partial_fit(x[:1], first[:1])
    assert fitted.current_epoch == 2


def test_rows_of_several_labels_may_have_one_each() -> None:
    x, fitted = table()[0], classifier()
    fitted.fit(x, SEVERAL).partial_fit(x, ROWS)
    assert (fitted._task, fitted.current_epoch) == ("multilabel", 3)


@pytest.mark.parametrize(("n", "more"), [(1, 2), (2, 1), (2, 3)])
def test_targets_go_on_in_their_number(n: int, more: int) -> None:
    x, y = numbers(n)
    fitted = KerasRegressor(**SMALL).fit(x, y)
    before = fitted.predict(x)
    message = f"^y: must have as many targets as the fit that is gone on with, got {more} after {n}$"
    with pytest.raises(InputError, match=message):
        fitted.partial_fit(*numbers(more))
    np.testing.assert_array_equal(fitted.predict(x), before)
    fitted.partial_fit(x, y)


LINEAR = {"name": "polynomial", "power": 1.0}
SCHEDULES = [LINEAR, {"name": "cosine", "warmup": 0.3}]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["adam", "nadam"])
def test_epochs_one_by_one_follow_the_schedule_of_one_fit(schedule: Any, optimizer: str) -> None:
    x, y = table()
    how = {"learning_rate_schedule": schedule, "optimizer": optimizer, "learning_rate": 0.05, "batch_size": 16}
    whole = classifier(**how, epochs=4, shuffle=False).fit(x, y)
    parts = classifier(**how, epochs=4, shuffle=False)
    for _ in range(4):
        parts.partial_fit(x, y)
    np.testing.assert_allclose(parts.history_["loss"], whole.history_["loss"], rtol=1e-5)
    np.testing.assert_allclose(parts.predict_proba(x), whole.predict_proba(x), atol=1e-6)


def moved(estimator: Any, epochs: Callable[[Any], Any]) -> float:
    before = [weight.copy() for weight in estimator._weights]
    epochs(estimator)
    return max(float(np.abs(one - other).max()) for one, other in zip(before, estimator._weights, strict=True))


def one_epoch(estimator: Any) -> None:
    x, y = numbers()
    # Of one step each, and of a gradient of ones: the weights move by the rate.
    estimator.partial_fit(x, y, batch_size=-1)


def slope(targets: Any, outputs: Any) -> Any:
    return keras.ops.sum(outputs - targets, axis=-1)


def build_bias(params: Any, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
    zero = keras.layers.Dense(n_outputs, kernel_initializer="zeros", trainable=True)
    return keras.Sequential([keras.Input(input_shape), keras.layers.Rescaling(0.0), zero])


def straight(**params: Any) -> KerasRegressor:
    """Return a regressor whose bias each step moves by the rate."""
    how = {"learning_rate": 1.0, "optimizer": "SGD", "loss": slope, "batch_size": -1, "epochs": 4, "random_state": 0}
    if "optimizer" in params:
        del how["learning_rate"]
    return KerasRegressor(build_bias, **{**how, **params})


def test_a_rate_that_moves_begins_anew_after_its_epochs() -> None:
    estimator = straight(learning_rate_schedule=LINEAR).initialize(*numbers())
    assert [moved(estimator, one_epoch) for _ in range(6)] == pytest.approx([1, 0.75, 0.5, 0.25, 1, 0.75])


def test_another_warm_fit_has_its_schedule_from_the_beginning() -> None:
    x, y = numbers()
    estimator = straight(learning_rate_schedule=LINEAR, warm_start=True).initialize(x, y)
    fits = [moved(estimator, lambda one: one.fit(x, y)) for _ in range(3)]
    assert fits == pytest.approx([2.5, 2.5, 2.5])
    # A fit and then single epochs: the next ones.
    assert [moved(estimator, one_epoch) for _ in range(2)] == pytest.approx([1, 0.75])


def test_a_first_epoch_by_itself_is_the_first_of_its_schedule() -> None:
    x, y = numbers()
    estimator = straight(learning_rate_schedule=LINEAR, epochs=2, batch_size=30).partial_fit(x, y)
    assert float(np.abs(estimator._weights[1]).max()) == pytest.approx(1 + 0.75)


def rate_of(estimator: Any) -> float:
    return moved(estimator, one_epoch)


def test_a_new_learning_rate_holds() -> None:
    x, y = numbers()
    estimator = straight(learning_rate=0.5).fit(x, y)
    assert rate_of(estimator) == pytest.approx(0.5)
    assert rate_of(estimator.set_params(learning_rate=0.25)) == pytest.approx(0.25)
    estimator.set_params(learning_rate=0.125, warm_start=True)
    assert moved(estimator, lambda one: one.fit(x, y)) == pytest.approx(4 * 0.125)
    assert rate_of(estimator) == pytest.approx(0.125)
    assert rate_of(pickle.loads(pickle.dumps(estimator))) == pytest.approx(0.125)


def test_a_new_rate_of_an_optimizer_of_keras_holds() -> None:
    estimator = straight(optimizer=keras.optimizers.SGD(0.5)).fit(*numbers())
    assert rate_of(estimator) == pytest.approx(0.5)
    assert rate_of(estimator.set_params(optimizer=keras.optimizers.SGD(0.25))) == pytest.approx(0.25)


class Halve(keras.callbacks.Callback):
    """Halves the rate after each epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) / 2


def test_a_rate_that_a_callback_lowered_stays_low_until_another_is_asked_for() -> None:
    estimator = straight().fit(*numbers(), callbacks=[Halve()])
    assert rate_of(estimator) == pytest.approx(1 / 16)
    assert rate_of(estimator.set_params(learning_rate=0.5)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"optimizer": "adam"}, {"optimizer": "sgd"}),
        ({"optimizer": "RMSprop"}, {"optimizer": "momentum", "momentum": 0.9}),
        ({"optimizer": "adam"}, {"optimizer": "nadam"}),
        ({"optimizer": "momentum"}, {"optimizer": keras.optimizers.Adagrad(0.01)}),
        ({"optimizer": "adam"}, {"ema_momentum": 0.5}),
    ],
)
def test_another_optimizer_begins_anew(first: dict[str, Any], then: dict[str, Any]) -> None:
    x, y = table()
    # With no state of an optimizer only the weights are gone on with.
    fitted, bare = (classifier(**first).fit(x, y) for _ in range(2))
    bare._optimizer = None
    for estimator in (fitted, bare):
        estimator.set_params(**then).partial_fit(x, y)
    assert same_weights(fitted, bare)
    assert fitted.current_epoch == 3


def test_a_schedule_comes_and_goes_beside_what_an_optimizer_remembers() -> None:
    x, y = numbers()
    for rate in (1.0, 0.5):  # of one program
        estimator = straight(learning_rate_schedule=LINEAR, learning_rate=rate).fit(x, y)
        assert rate_of(estimator.set_params(learning_rate_schedule="constant")) == pytest.approx(rate)
        assert rate_of(estimator.set_params(learning_rate_schedule=LINEAR)) == pytest.approx(rate * 0.75)
        assert int(estimator._optimizer.variables[0]) == 6
    moving = straight(optimizer=keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.5, 100)))
    assert rate_of(moving.fit(x, y).set_params(optimizer=keras.optimizers.SGD(0.25))) == pytest.approx(0.25)


def test_pickles_that_have_the_variables_of_an_optimizer_alone_are_gone_on_with() -> None:
    x, y = table()
    fitted, older = (classifier().fit(x, y) for _ in range(2))
    older._optimizer = [*fitted._optimizer.variables]
    again = pickle.loads(pickle.dumps(older))
    assert same_weights(fitted.partial_fit(x, y), again.partial_fit(x, y))
    older.set_params(optimizer="sgd").partial_fit(x, y)
    assert older.current_epoch == 3


def people_of(x: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    frame["town"] = np.array(["Rome", "Oslo", "Bern", "Kyiv"])[np.arange(len(x)) % 4]
    return frame


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
@pytest.mark.parametrize("way", ["partial_fit", "warm fit"])
def test_a_few_samples_more_change_no_scales(scaling: str, way: str) -> None:
    x, y = numbers()
    fitted = KerasRegressor(**SMALL, scaling=scaling, target_scaling="standard", learning_rate=1e-7).fit(x, y)
    before = fitted.predict(x)
    if way == "partial_fit":
        fitted.partial_fit(x[:2] + 1, y[:2] + 100)
    else:
        fitted.set_params(warm_start=True).fit(x[:2] + 1, y[:2] + 100)
    # All that changed is one small step of the weights.
    np.testing.assert_allclose(fitted.predict(x), before, atol=1e-3)
    np.testing.assert_allclose(fitted.model_.predict(x.astype(np.float32), verbose=0)[:, 0], before, atol=1e-2)
    assert fitted.partial_fit(x, y).history_["r2"][-1] == pytest.approx(fitted.score(x, y), abs=1e-4)


def test_a_few_rows_more_change_no_table() -> None:
    x, y = table()
    frame = people_of(x)
    frame.loc[3, "a"] = np.nan
    fitted = classifier(learning_rate=1e-7).fit(frame, y)
    before = fitted.predict_proba(frame)
    more = frame[:2].assign(town=["Paris", "Rome"], b=[np.nan, 1000.0])
    fitted.partial_fit(more, y[:2])
    np.testing.assert_allclose(fitted.predict_proba(frame), before, atol=1e-5)
    again = pickle.loads(pickle.dumps(fitted))
    assert same_weights(fitted.partial_fit(frame, y), again.partial_fit(frame, y))


def test_going_on_with_the_same_rows_is_one_fit_of_a_table() -> None:
    x, y = table()
    frame, how = people_of(x), {"shuffle": False, "validation_split": 0.2}
    whole, parts = classifier(**how).fit(frame, y), classifier(**how)
    parts.initialize(frame, y).partial_fit(frame, y).partial_fit(frame, y)
    np.testing.assert_allclose(parts.history_["val_loss"], whole.history_["val_loss"], rtol=1e-5)


@pytest.mark.parametrize(
    ("changed", "got"),
    [
        ({"scaling": "standard"}, '"standard" instead of "robust"'),
        ({"target_scaling": "none"}, '"none" instead of "standard"'),
        ({"one_hot_max": 2}, "2 instead of 12"),
    ],
)
def test_samples_of_another_scale_are_not_gone_on_with(changed: dict[str, Any], got: str) -> None:
    x, y = numbers()
    fitted = KerasRegressor(**SMALL).fit(people_of(x), y)
    before = fitted.predict(people_of(x))
    message = f"^{next(iter(changed))}: must be as in the fit that is gone on with, got {got}" + HINT
    with pytest.raises(ParameterError, match=message):
        fitted.set_params(**changed).partial_fit(people_of(x), y)
    np.testing.assert_array_equal(fitted.predict(people_of(x)), before)
    arrays = KerasRegressor(**SMALL).fit(x, y)
    with pytest.raises(ParameterError, match=r"^scaling: must be as in the fit .*, got \"robust\" instead of \"none\""):
        arrays.set_params(scaling="robust").partial_fit(x, y)
    arrays.set_params(scaling="none").partial_fit(x, y)  # what "auto" is of arrays


@pytest.mark.parametrize(
    ("classes", "got"),
    [
        (["x", "y", "q"], r"\['q', 'x', 'y'\] instead of \['a', 'b', 'c'\]"),
        (["a", "b"], r"\['a', 'b'\] instead of \['a', 'b', 'c'\]"),
        (["a", "b", "c", "d"], r"\['a', 'b', 'c', 'd'\] instead of \['a', 'b', 'c'\]"),
        ([0, 1, 2], r"\[0, 1, 2\] instead of \['a', 'b', 'c'\]"),
    ],
)
def test_classes_of_a_later_call_are_those_of_the_first(classes: list[Any], got: str) -> None:
    x, y = table()
    for fitted in (classifier().partial_fit(x[:2], y[:2], classes=["c", "a", "b"]), classifier().fit(x, y)):
        before = fitted.current_epoch
        with pytest.raises(InputError, match=f"^classes: must be those of the fit that is gone on with, got {got}$"):
            fitted.partial_fit(x[:2], y[:2], classes=classes)
        fitted.partial_fit(x, y, classes=["b", "c", "a", "a"])
        assert fitted.current_epoch == before + 1


def test_classes_of_rows_are_their_columns() -> None:
    x = table()[0]
    for rows in (ROWS, SEVERAL):
        fitted = classifier().partial_fit(x, rows, classes=["a", "b", "c"])
        fitted.partial_fit(x, rows, classes=["a", "b", "c"])
        with pytest.raises(
            InputError, match=r"^classes: must be those of the fit .*, got \[0, 1\] instead of \[0, 1, 2"
        ):
            fitted.partial_fit(x, rows, classes=[0, 1])


def test_every_argument_of_partial_fit_can_be_routed() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        routed = classifier().set_partial_fit_request(classes=True, sample_weight=True, validation_data=False)
        asked = routed.get_metadata_routing().partial_fit.requests
        regressor = KerasRegressor().set_partial_fit_request(sample_weight=True, batch_size=True)
        with pytest.raises(TypeError, match=r"Unexpected args: \{'classes'\}"):
            regressor.set_partial_fit_request(classes=True)
        with pytest.raises(TypeError, match=r"Unexpected args: \{'epochs'\}"):
            routed.set_partial_fit_request(epochs=True)
    assert {name: asked[name] for name in ("classes", "sample_weight", "validation_data", "callbacks")} == {
        "classes": True,
        "sample_weight": True,
        "validation_data": False,
        "callbacks": None,
    }
    assert set(inspect.signature(KerasClassifier.partial_fit).parameters) == {"self", "X", "y", "classes", *asked}
    assert "classes" not in inspect.signature(KerasRegressor.partial_fit).parameters


def test_scikit_learns_own_code_hands_classes_on() -> None:
    x, y = table()
    both = MultiOutputClassifier(classifier())
    targets = np.column_stack([y, y[::-1]])
    for _ in range(2):
        both.partial_fit(x, targets, classes=[NAMES, NAMES], sample_weight=np.ones(60))
    assert [one.current_epoch for one in both.estimators_] == [2, 2]


def test_arguments_that_partial_fit_does_not_take() -> None:
    x, y = numbers()
    with pytest.raises(TypeError, match=r"^KerasRegressor\.partial_fit takes no argument 'classes' \("):
        KerasRegressor(**SMALL).partial_fit(x, y, classes=[0, 1])
    with pytest.raises(TypeError, match=r"^KerasClassifier\.partial_fit takes no argument 'clases' \("):
        classifier().partial_fit(*table(), clases=NAMES)
    for name in ("epochs", "initial_epoch"):
        with pytest.raises(
            TypeError, match=f"^Invalid argument {name} to partial_fit: it always trains one epoch more$"
        ):
            classifier().partial_fit(*table(), **{name: 2})
