"""Going on with a fitted estimator, by ``partial_fit`` and ``warm_start``, and fits that are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from kerasgrid import FitError, KerasClassifier, KerasRegressor

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
