"""Keras's callbacks and users' own under our estimators do what they do under ``keras.Model.fit``."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from support import people

from kerasgrid import KerasClassifier, KerasRegressor, ParameterError
from kerasgrid.engine.training import Seeds

# Keras's own, of numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(60) % 3
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def classifier(**params: Any) -> KerasClassifier:
    """Of a rate with which the loss goes up and down."""
    return KerasClassifier(
        people.create_model,
        **{
            "epochs": 12,
            "optimizer__learning_rate": 0.6,
            "random_state": 0,
            "shuffle": False,
            "batch_size": 20,
            **params,
        },
    )


def by_keras(callbacks: list[Any], epochs: int = 12) -> Any:
    from kerasgrid.models.own import seeded

    x, y = table()
    with seeded(Seeds.of(0, -1, 0).weights):
        model = people.create_model(keras.optimizers.Adam(0.6))
        model.build((None, 4))
    history = model.fit(
        x, y, batch_size=20, epochs=epochs, shuffle=False, verbose=0, validation_split=0.25, callbacks=callbacks
    )
    return history.history, model


MADE: dict[str, Any] = {
    "early": lambda: keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True),
    "accuracy": lambda: keras.callbacks.EarlyStopping("val_accuracy", patience=1, restore_best_weights=True),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1),
    "schedule": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7),
}


@pytest.mark.parametrize("name", MADE)
def test_they_do_what_they_do_under_keras(name: str) -> None:
    x, y = table()
    ours = classifier().fit(x, y, validation_split=0.25, callbacks=[MADE[name]()])
    history, model = by_keras([MADE[name]()])
    assert set(ours.history_) == set(history)
    for key, values in history.items():
        np.testing.assert_allclose(ours.history_[key], values, rtol=2e-3, atol=1e-4)
    for mine, theirs in zip(ours._weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=1e-3)


class Watcher(keras.callbacks.Callback):
    """A user's own."""

    evaluates = False

    def __init__(self, stop_at: int = 2) -> None:
        super().__init__()
        self.stop_at, self.seen = stop_at, []

    def on_train_begin(self, logs: Any = None) -> None:
        self.seen.append(("begin", self.params["epochs"], self.model.count_params()))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen.append(("epoch", epoch))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.evaluates:
            x, y = table()
            found = self.model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
            self.seen.append((epoch, round(logs["val_loss"] - found, 4)))
        self.model.stop_training = epoch == self.stop_at

    def on_train_end(self, logs: Any = None) -> None:
        self.seen.append("end")


class Evaluating(Watcher):
    """It traces a graph for that, in each of its fits."""

    evaluates = True


def test_ones_own_sees_a_model_with_the_weights_of_the_epoch() -> None:
    x, y = table()
    watcher = Evaluating()
    fitted = classifier().fit(x, y, validation_data=(x, y), callbacks=watcher)
    assert fitted.current_epoch == 3
    assert watcher.seen == [
        ("begin", 12, 51), ("epoch", 0), (0, 0.0), ("epoch", 1), (1, 0.0), ("epoch", 2), (2, 0.0), "end"
    ]  # fmt: skip
    # As parameters they are copied for each fit, and classes are made for it.
    own = classifier(callbacks={"one": [Watcher(1)]}, validation_split=0.25)
    for estimator in (own, own, clone(own)):
        assert estimator.fit(x, y).current_epoch == 2
    assert own.callbacks["one"][0].seen == []
    routed = classifier(callbacks=[Watcher], callbacks__0__stop_at=0, validation_split=0.25)
    assert routed.fit(x, y).current_epoch == 1
    later = Watcher(5)
    classifier(epochs=5).fit(x, y, validation_data=(x, y), initial_epoch=3, callbacks=[later])
    assert [one[1] for one in later.seen if one[0] == "epoch"] == [3, 4]


def test_files_are_written(tmp_path: Path) -> None:
    x, y = table()
    calls: list[int] = []
    callbacks = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: calls.append(epoch)),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.TensorBoard(tmp_path / "board", write_graph=False),
    ]
    classifier(epochs=2, optimizer__learning_rate=0.1).fit(x, y, callbacks=callbacks)
    assert (tmp_path / "log.csv").read_text().splitlines()[0] == "epoch,accuracy,loss,val_accuracy,val_loss"
    assert sorted(path.name for path in tmp_path.glob("*.h5")) == ["1.weights.h5", "2.weights.h5"]
    assert calls == [0, 1]
    assert list((tmp_path / "board" / "train").iterdir())


class PerBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...


class OldPerBatch(keras.callbacks.EarlyStopping):
    def on_batch_end(self, batch: int, logs: Any = None) -> None: ...


ONE_GO = "epochs are trained in one go, so that "


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (PerBatch(), f"callbacks: PerBatch: {ONE_GO}nothing can be called within them, got on_train_batch_end"),
        (OldPerBatch(), f"callbacks: OldPerBatch: {ONE_GO}nothing can be called within them, got on_batch_end"),
        (
            keras.callbacks.LambdaCallback(on_train_batch_end=print),
            f"callbacks: LambdaCallback: {ONE_GO}nothing can be called within them, got on_train_batch_end",
        ),
        (
            keras.callbacks.ModelCheckpoint("x.keras", save_freq=10),
            f"callbacks: ModelCheckpoint: {ONE_GO}it can work at their ends alone, got save_freq=10",
        ),
        (
            keras.callbacks.BackupAndRestore("x"),
            "callbacks: BackupAndRestore: it works within epochs, which are trained in one go (leave it out)",
        ),
        (["early"], "callbacks: must be callbacks of Keras, or classes of them, got a str"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_honoured_is_refused(callbacks: Any, message: str) -> None:
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        classifier().fit(*table(), callbacks=callbacks)


def test_nothing_is_called_while_predicting() -> None:
    with pytest.raises(ParameterError, match=r"^predict__callbacks: nothing is called while predicting"):
        classifier(predict__callbacks=[Watcher()]).fit(*table())


def frame(n: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = rng.normal(50, 20, n)
    return pd.DataFrame({"size": sizes, "kind": rng.choice(["a", "b"], n)}), 1000 + 30 * sizes


class Predicting(keras.callbacks.Callback):
    """A user's own, of samples as the user has them."""

    def __init__(self, x: Any) -> None:
        super().__init__()
        self.x, self.found = x, []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.found.append(self.model.predict(self.x, verbose=0)[:, 0])
        if epoch == 0:
            self.first = self.model.get_weights()
        if epoch == 2:
            self.model.set_weights(self.first)
            self.model.stop_training = True


@pytest.mark.parametrize("data", ["frame", "array", "images"])
def test_what_they_see_and_save_takes_samples_as_the_user_has_them(data: str, tmp_path: Path) -> None:
    table, y = frame()
    X: Any = {
        "frame": table,
        "array": table[["size"]].to_numpy(),
        "images": np.random.default_rng(1).integers(0, 255, (60, 8, 8, 1)).astype(np.float32),
    }[data]
    given = {name: table[name].to_numpy()[:, None] for name in table} if data == "frame" else np.float32(X)
    if data == "frame":
        given = {"size": np.float32(given["size"]), "kind": keras.ops.convert_to_tensor(given["kind"].astype(str))}
    params = {"scaling": "standard", "target_scaling": "standard", "epochs": 4, "random_state": 0}
    params["model"] = "cnn" if data == "images" else "mlp"
    path = tmp_path / "{epoch}.keras"

    def saved(epoch: int) -> Any:
        return keras.models.load_model(str(path).format(epoch=epoch)).predict(given, verbose=0)[:, 0]

    plain = KerasRegressor(**params).fit(X, y)
    fitted = KerasRegressor(**params, callbacks=[keras.callbacks.ModelCheckpoint(path)]).fit(X, y)
    assert fitted.history_ == plain.history_
    np.testing.assert_array_equal(fitted.predict(X), plain.predict(X))
    np.testing.assert_allclose(saved(4), fitted.predict(X), rtol=1e-4)
    watcher = Predicting(given)
    stopped = KerasRegressor(**params).fit(X, y, callbacks=[watcher])
    np.testing.assert_allclose(watcher.found[0], saved(1), rtol=1e-4)
    # What one sets is the fit's.
    assert stopped.current_epoch == 3
    np.testing.assert_allclose(stopped.predict(X), saved(1), rtol=1e-4)


def test_weights_that_are_saved_are_those_of_the_whole_model(tmp_path: Path) -> None:
    X, y = frame()
    best = keras.callbacks.ModelCheckpoint(tmp_path / "best.weights.h5", save_weights_only=True)
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=10)
    early = keras.callbacks.EarlyStopping("loss", patience=2, min_delta=10, restore_best_weights=True)
    fitted = KerasRegressor(target_scaling="standard", epochs=6, random_state=0)
    fitted.fit(X, y, callbacks=[best, plateau, early])
    assert fitted.current_epoch == 3
    assert fitted.history_["learning_rate"][-1] < fitted.history_["learning_rate"][0]
    first = KerasRegressor(target_scaling="standard", epochs=1, random_state=0).fit(X, y)
    np.testing.assert_allclose(fitted.predict(X), first.predict(X), rtol=1e-5)
    model = fitted.model_
    model.load_weights(tmp_path / "best.weights.h5")


def test_what_they_noted_is_there_after_the_fit() -> None:
    x, y = table()
    own, very = Watcher(1), Watcher(1)
    fitted = classifier(callbacks=own, validation_split=0.25).fit(x, y, callbacks=[very])
    used, given = fitted.callbacks_
    assert given is very
    assert used is not own
    assert used.seen == given.seen
    assert used.seen[-1] == "end"
    assert own.seen == []
    # The next fit has its own.
    assert fitted.fit(x, y).callbacks_[0] is not used
    assert len(fitted.callbacks_) == 1
    assert classifier(epochs=1).fit(x, y).callbacks_ == []
    watched = classifier(epochs=1).fit(x, y, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None)])
    read = pickle.loads(pickle.dumps(watched))
    np.testing.assert_array_equal(read.predict(x), watched.predict(x))
    assert not hasattr(read, "callbacks_")
