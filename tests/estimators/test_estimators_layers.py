"""What the layers of a user's own model may hold, under our estimators."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from kerasgrid import KerasClassifier, KerasRegressor

N = 300


def digits() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_digits(return_X_y=True)
    return (x[:N] / 16).astype(np.float32), y[:N]


def bound(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.layers.Dense(32, activation="relu", kernel_constraint=keras.constraints.MaxNorm(0.1)),
            keras.layers.Dense(n_outputs, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("optimizer", ["Adam", "SGD", "Nadam"])
def test_constraints_hold(optimizer: str) -> None:
    fitted = KerasClassifier(bound, optimizer=optimizer, epochs=3, random_state=0).fit(*digits())
    kernel = fitted.model_.get_weights()[0]
    assert np.linalg.norm(kernel, axis=0).max() <= 0.1001


class Idle(keras.layers.Layer):
    """A layer with a weight that gets no gradient."""

    def build(self, shape: Any) -> None:
        self.used = self.add_weight(shape=(shape[-1], 16), name="used")
        self.idle = self.add_weight(shape=(3,), name="idle", initializer="ones")

    def call(self, inputs: Any) -> Any:
        return keras.ops.matmul(inputs, self.used)


def with_idle(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    return keras.Sequential([Idle(), keras.layers.Dense(n_outputs, activation="softmax")])


def test_an_idle_weight_stays_as_it_is() -> None:
    with pytest.warns(UserWarning, match=r"^weights without a gradient are not trained: .*idle$"):
        fitted = KerasClassifier(with_idle, epochs=1, random_state=0).fit(*digits())
    np.testing.assert_array_equal(fitted.model_.get_weights()[1], 1)


def words() -> tuple[np.ndarray, np.ndarray]:
    """Sequences of places 1 … 9 of words: whether the first is above the last, and by how much."""
    x = np.random.default_rng(0).integers(1, 10, (200, 4))
    return x, x[:, 0] - x[:, -1]


def told(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    """Says that it takes integers, and has room for no place but those of the data."""
    inputs = keras.Input(input_shape, dtype="int32")
    x = keras.layers.Flatten()(keras.layers.Embedding(10, 4)(inputs))
    return keras.Model(inputs, keras.layers.Dense(n_outputs, activation=params["last"])(x))


def untold(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.layers.Embedding(10, 4),
            keras.layers.Flatten(),
            keras.layers.Dense(n_outputs, activation=params["last"]),
        ]
    )


@pytest.mark.parametrize("builder", [told, untold])
def test_words_reach_an_embedding(builder: Any) -> None:
    x, y = words()
    settings: dict[str, Any] = {"learning_rate": 0.02, "epochs": 20, "random_state": 0}
    classifier = KerasClassifier(builder, model__last="softmax", **settings).fit(x, y > 0)
    assert classifier.score(x, y > 0) > 0.9
    np.testing.assert_allclose(classifier.model_.predict(x, verbose=0), classifier.predict_proba(x), atol=1e-5)
    regressor = KerasRegressor(builder, model__last="linear", **settings).fit(x, y.astype(float))
    assert regressor.score(x, y) > 0.8


def test_a_model_is_tried_with_samples_of_the_data_alone() -> None:
    seen: list[np.ndarray] = []

    class Seeing(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            if hasattr(inputs, "numpy"):
                seen.append(inputs.numpy())
            return inputs

    def build(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
        return keras.Sequential(
            [keras.Input(input_shape), Seeing(), keras.layers.Dense(n_outputs, activation="softmax")]
        )

    x, y = words()
    KerasClassifier(build, epochs=1, random_state=0).fit(x, y > 0)
    np.testing.assert_array_equal(seen[0], x[:8])


class Counted(keras.layers.Layer):
    """Counts its calls."""

    def build(self, shape: Any) -> None:
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        self.count.assign_add(1.0)
        return inputs


@pytest.mark.parametrize("is_built", [True, False])
def test_to_try_a_model_leaves_no_trace(is_built: bool) -> None:
    def build(params: Any, input_shape: Any, n_outputs: int) -> keras.Model:
        first = [keras.Input(input_shape)] if is_built else []
        return keras.Sequential([*first, Counted(), keras.layers.Dense(n_outputs, activation="softmax")])

    x, y = words()
    fitted = KerasClassifier(build, epochs=3, batch_size=50, random_state=0).fit(x, y > 0)
    assert fitted._weights[0] == 12, "four batches in each of three epochs"
