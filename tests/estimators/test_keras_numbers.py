"""From the same initial weights and batches our training and Keras's end alike, whatever was compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from support.keras_batches import trained_epoch

from kerasgrid import KerasClassifier, KerasRegressor
from kerasgrid.engine.training import Seeds

EPOCHS, BATCH = 2, 16


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def net(n_outputs: int, activation: str | None) -> keras.Sequential:
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(n_outputs, activation)]
    )


def scaled_error(y_true: Any, y_pred: Any) -> Any:
    return 3.0 * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


def one_number(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y_true - y_pred))


def decay() -> Any:
    return keras.optimizers.schedules.ExponentialDecay(0.05, 3, 0.5)


def ends_alike(kind: type, n: int, activation: str | None, y: np.ndarray, targets: np.ndarray, **compiled: Any) -> None:
    x, _ = table()

    def build() -> keras.Model:
        model = net(n, activation)
        options = {name: value() if isinstance(value, type(decay)) else value for name, value in compiled.items()}
        model.compile(**options)
        return model

    ours = kind(build, epochs=EPOCHS, batch_size=BATCH, random_state=0).fit(x, y)
    seeds = Seeds.of(0, -1, 0)
    from kerasgrid.models.own import seeded

    with seeded(seeds.weights):
        model = build()
    model.run_eagerly = True
    order, losses = np.random.default_rng(seeds.order), []
    for _ in range(EPOCHS):
        index = order.permutation(len(x))
        losses.append(trained_epoch(model, x[index], targets[index], BATCH)["loss"])
    for mine, theirs in zip(ours._weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5, rtol=1e-4)
    np.testing.assert_allclose(ours.history_["loss"], losses, rtol=1e-4)


def of_optimizer(make: Callable[[], Any]) -> dict[str, Any]:
    return {"optimizer": lambda: make(), "loss": "sparse_categorical_crossentropy"}


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "a name": lambda: "sgd",
    "a rate": lambda: keras.optimizers.SGD(0.05, momentum=0.8, nesterov=True),
    "betas": lambda: keras.optimizers.Adam(0.02, beta_1=0.7, epsilon=1e-4),
    "a schedule": lambda: keras.optimizers.Adam(decay()),
    "clipping": lambda: keras.optimizers.RMSprop(0.01, clipnorm=0.1),
    "amsgrad": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, amsgrad=True),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_of_a_compiled_model(name: str) -> None:
    _, y = table()
    ends_alike(KerasClassifier, 3, "softmax", y, y, **of_optimizer(OPTIMIZERS[name]))


def one_hot(y: np.ndarray) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[y]


LOSSES: dict[str, tuple[Any, str | None, int, bool]] = {
    "one sigmoid": ("binary_crossentropy", "sigmoid", 1, False),
    "one logit": (keras.losses.BinaryCrossentropy(from_logits=True), None, 1, False),
    "one-hot": ("categorical_crossentropy", "softmax", 3, True),
    "smoothed": (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "softmax", 3, True),
    "logits": (keras.losses.SparseCategoricalCrossentropy(from_logits=True), None, 3, False),
    "divergence": ("kl_divergence", "softmax", 3, True),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_a_compiled_classifier(name: str) -> None:
    _, y = table()
    loss, activation, n, is_one_hot = LOSSES[name]
    y = y if n == 3 else (y == 2).astype(int)
    ends_alike(KerasClassifier, n, activation, y, one_hot(y) if is_one_hot else y, optimizer="adam", loss=loss)
    if is_one_hot and isinstance(loss, str):
        rows = one_hot(y)
        ends_alike(KerasClassifier, n, activation, rows, rows, optimizer="adam", loss=loss)


@pytest.mark.parametrize(
    "loss",
    ["mae", keras.losses.Huber(0.3), keras.losses.MeanSquaredError(reduction="sum"), scaled_error, one_number],
    ids=["name", "object", "sum", "function", "scalar"],
)
def test_losses_of_a_compiled_regressor(loss: Any) -> None:
    x, _ = table()
    y = (x @ np.arange(4.0)).astype(np.float32)
    optimizer = keras.optimizers.SGD(0.001)
    options = {"optimizer": lambda: type(optimizer).from_config(optimizer.get_config()), "loss": lambda: loss}
    ends_alike(KerasRegressor, 1, None, y, y[:, None], **options)


def squared(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


def of_indices(y_true: Any, y_pred: Any) -> Any:
    import tensorflow as tf

    return -tf.math.log(tf.reduce_sum(tf.one_hot(y_true[:, 0], 3) * y_pred, axis=-1))


def of_casts(y_true: Any, y_pred: Any) -> Any:
    return keras.losses.sparse_categorical_crossentropy(keras.ops.cast(y_true, "int32"), y_pred)


def test_functions_get_labels_as_floats_where_they_need_them() -> None:
    _, y = table()
    for loss in (squared, of_casts):
        ends_alike(KerasClassifier, 3, "softmax", y, y[:, None], optimizer="adam", loss=lambda loss=loss: loss)
    # Under Keras this one must cast.
    indices, casts = (
        KerasClassifier(loss=loss, epochs=2, random_state=0).fit(*table()).history_ for loss in (of_indices, of_casts)
    )
    np.testing.assert_allclose(indices["loss"], casts["loss"], rtol=1e-5)


def test_what_a_function_raises_comes_through() -> None:
    def wrong(y_true: Any, y_pred: Any) -> Any:
        raise TypeError(f"no loss of {y_true.dtype.name}")

    with pytest.raises(TypeError, match="no loss of float32"):
        KerasClassifier(loss=wrong, epochs=1, random_state=0).fit(*table())
