"""scikeras and Keras's own wrappers beside us: in our searches, and turned into ours."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest
import sklearn
from keras.wrappers import SKLearnClassifier
from sklearn.linear_model import LogisticRegression
from support import people

import kerasgrid
from kerasgrid import GridSearchCV, ParameterError, from_scikeras

scikeras = pytest.importorskip("scikeras.wrappers")
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def table() -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat([0, 1, 2], 20)
    return (np.random.default_rng(0).random((60, 4)) + y[:, None]).astype(np.float32), y


def for_keras(X: Any, y: Any, neurons: int = 4) -> keras.Model:
    model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Dense(neurons), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model


def test_keras_wrapper_is_searched_in_worker_processes() -> None:
    estimator = SKLearnClassifier(for_keras, model_kwargs={"neurons": 4}, fit_kwargs={"epochs": 1, "verbose": 0})
    grid = {"model_kwargs": [{"neurons": 4}, {"neurons": 5}]}
    search = GridSearchCV(estimator, grid, cv=2, n_jobs=2, error_score="raise", refit=False).fit(*table())
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.skipif(VERSION == (1, 6), reason="scikeras does not work there")
def test_scikeras_is_searched_stratified() -> None:
    # Unless they are stratified, a class is missing in each training part, and nothing is right.
    estimator = scikeras.KerasClassifier(people.by_meta, hidden=8, epochs=40, batch_size=5, verbose=0)
    grid = {"optimizer__learning_rate": [0.05]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(estimator, grid, cv=3, n_jobs=2, error_score="raise", refit=False).fit(*table())
    assert search.cv_results_["mean_test_score"].max() > 0.5


def test_scikeras_becomes_ours() -> None:
    x, y = table()
    theirs = scikeras.KerasClassifier(
        people.by_meta, hidden=6, optimizer="sgd", optimizer__momentum=0.5, epochs=2, validation_split=0.25, verbose=0
    )
    ours = from_scikeras(theirs)
    assert isinstance(ours, kerasgrid.KerasClassifier)
    ours.fit(x, y)
    optimizer = ours.model_.optimizer
    assert (float(optimizer.learning_rate), optimizer.momentum) == (pytest.approx(0.01), 0.5)
    assert (len(ours.history_["val_loss"]), ours.model_.layers[1].units) == (2, 6)
    regressor = from_scikeras(scikeras.KerasRegressor(people.baseline, verbose=0))
    assert isinstance(regressor, kerasgrid.KerasRegressor)
    assert (regressor.epochs, regressor.optimizer) == (1, keras.optimizers.RMSprop)
    with pytest.raises(ParameterError, match=r"^estimator: must be an estimator of scikeras, got sklearn\."):
        from_scikeras(LogisticRegression())


class Encoding(scikeras.KerasClassifier):
    @property
    def target_encoder(self) -> Any: ...


class OurEncoding(kerasgrid.KerasClassifier):
    @property
    def target_encoder(self) -> Any: ...


def test_transformers_of_ones_own_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"^target_encoder: transformers of an estimator's own are not called"):
        from_scikeras(Encoding(people.create_model))
    with pytest.raises(
        ParameterError, match=r"^OurEncoding\.target_encoder: transformers of an estimator's own are not"
    ):
        OurEncoding().fit(*table())
