"""Losses, weights and several labels in the estimators."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, balanced_accuracy_score, mean_absolute_error, roc_auc_score
from sklearn.model_selection import GridSearchCV

from kerasgrid import KerasClassifier, KerasRegressor
from kerasgrid.errors import InputError, ParameterError

SMALL: dict[str, Any] = {"hidden_units": (8,), "epochs": 15, "learning_rate": 0.02, "random_state": 0}


def samples(n: int = 200) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)


def test_one_sigmoid_output_for_two_classes():
    x = samples()
    fitted = KerasClassifier(loss="binary_crossentropy", **SMALL).fit(x, x[:, 0] > 0.3)
    assert fitted.model_.output_shape == (None, 1)
    assert list(fitted.classes_) == [False, True]
    proba = fitted.predict_proba(x)
    assert proba.shape == (200, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    np.testing.assert_allclose(proba[:, 1], np.asarray(fitted.model_(x))[:, 0], atol=1e-6)
    assert fitted.score(x, x[:, 0] > 0.3) > 0.9
    assert roc_auc_score(x[:, 0] > 0.3, proba[:, 1]) > 0.95
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(x), fitted.predict(x))


def test_losses_that_do_not_suit_the_data_are_refused():
    x = samples()
    message = (
        'loss: is for two classes, or for labels each of which holds or not, got "binary_crossentropy" with 3 classes '
        "(sparse_categorical_crossentropy)"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        KerasClassifier(loss="bce", **SMALL).fit(x, np.arange(200) % 3)
    with pytest.raises(ParameterError, match=r"^loss: poisson takes targets of at least 0, got a target of -"):
        KerasRegressor(loss="poisson", **SMALL).fit(x, x[:, 0])


def test_margins_become_probabilities_by_a_softmax():
    x = samples()
    fitted = KerasClassifier(loss="hinge", **SMALL).fit(x, x[:, 0] > 0)
    margins = np.asarray(fitted.model_(x), np.float64)
    assert (margins < 0).any()
    expected = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(x), expected, atol=1e-6)
    assert fitted.score(x, x[:, 0] > 0) > 0.9


def test_losses_of_numbers():
    x = samples()
    y = 3 * x[:, 0] + np.random.default_rng(1).exponential(size=200)
    shares = {}
    for params in ({"loss": "mae"}, {"quantile": 0.1}, {"quantile": 0.9}, {"loss": "huber", "huber_delta": 0.5}):
        fitted = KerasRegressor(**{**SMALL, "epochs": 60}, **params).fit(x, y)
        assert mean_absolute_error(y, fitted.predict(x)) < 2
        shares[str(params)] = float((y < fitted.predict(x)).mean())
    assert shares["{'quantile': 0.1}"] < 0.3 < 0.7 < shares["{'quantile': 0.9}"]


def test_rows_of_zeros_and_ones_are_labels():
    x = samples()
    y = (x[:, :3] > 0.2).astype(int)
    fitted = KerasClassifier(**SMALL).fit(x, y)
    assert (list(fitted.classes_), fitted.n_classes_, fitted.n_outputs_) == ([0, 1, 2], 3, 3)
    assert fitted.target_type_ == "multilabel-indicator"
    assert set(np.unique(fitted.predict(x))) == {0, 1}
    np.testing.assert_array_equal(fitted.predict(x), (fitted.predict_proba(x) > 0.5).astype(int))
    assert fitted.score(x, y) == accuracy_score(y, fitted.predict(x)) > 0.5
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(x), fitted.predict(x))
    found = GridSearchCV(clone(fitted), {"epochs": [1, 15]}, cv=3).fit(x, y)
    assert found.best_params_ == {"epochs": 15}
    # A fit on classes after it has no trace of it.
    assert fitted.fit(x, y[:, 0]).predict(x).shape == (200,)


def test_one_hot_rows_are_classes():
    x = samples()
    place = np.digitize(x[:, 0], [-0.5, 0.5])
    one_hot = np.eye(3, dtype=int)[place]
    fitted = KerasClassifier(loss="categorical_crossentropy", **SMALL).fit(x, one_hot)
    assert fitted.predict(x).sum(axis=1).tolist() == [1] * 200
    np.testing.assert_allclose(fitted.predict_proba(x).sum(axis=1), 1.0)
    assert fitted.score(x, one_hot) > 0.7
    assert KerasClassifier(**SMALL).fit(x, one_hot)._shapes.task == "classification"
    # But for a loss that more than two classes do not have.
    assert KerasClassifier(loss="bce", **SMALL).fit(x, one_hot)._shapes.task == "multilabel"


def test_weights_of_fit_are_those_of_keras():
    x = samples()
    y = (x[:, 0] + np.random.default_rng(1).normal(size=200) > 0).astype(int)
    by_parameter = KerasClassifier(class_weight={0: 1.0, 1: 4.0}, **SMALL).fit(x, y)
    by_argument = KerasClassifier(**SMALL).fit(x, y, class_weight={0: 1.0, 1: 4.0})
    np.testing.assert_array_equal(by_parameter.predict_proba(x), by_argument.predict_proba(x))
    weights = np.where(y == 1, 4.0, 1.0)
    held_out = KerasClassifier(**SMALL).fit(x, y, sample_weight=weights, validation_data=(x[:20], y[:20]))
    plain = KerasClassifier(**SMALL).fit(x, y, sample_weight=weights)
    np.testing.assert_allclose(held_out.predict_proba(x), plain.predict_proba(x), atol=1e-6)
    assert "val_loss" in held_out.history_


def test_balanced_classes():
    x = samples(600)
    y = (x[:, 0] + 0.8 * x[:, 1] > 2.2).astype(int)
    noisy = x + 0.5 * np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    scores = [
        balanced_accuracy_score(y, KerasClassifier(class_weight=weights, **SMALL).fit(noisy, y).predict(noisy))
        for weights in (None, "balanced", {0: 1, 1: 8}, {"1": 8.0})
    ]
    assert min(scores[1:]) > scores[0] + 0.05
    assert scores[2] == scores[3]
    message = "class_weight: must name classes of the data, got 2 (the classes are 0, 1)"
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        KerasClassifier(class_weight={2: 1.0}, **SMALL).fit(x, y)


def test_sample_weights():
    x = samples()
    y = (x[:, 0] + np.random.default_rng(1).normal(size=200) > 0).astype(int)
    plain = KerasClassifier(**SMALL).fit(x, y)
    weighted = KerasClassifier(**SMALL).fit(x, y, sample_weight=np.where(y == 1, 5.0, 1.0))
    assert weighted.predict(x).mean() > plain.predict(x).mean()
    # As class weights of the same size.
    by_class = KerasClassifier(class_weight={1: 5.0}, **SMALL).fit(x, y)
    np.testing.assert_allclose(weighted.predict_proba(x), by_class.predict_proba(x), atol=1e-4)
    same = KerasClassifier(**SMALL).fit(x, y, sample_weight=np.ones(200))
    np.testing.assert_array_equal(same.predict_proba(x), plain.predict_proba(x))
    with pytest.raises(InputError, match=r"^sample_weight: must be at least 0, got -1$"):
        KerasClassifier(**SMALL).fit(x, y, sample_weight=-np.ones(200))
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\), expected \(200,\)"):
        KerasClassifier(**SMALL).fit(x, y, sample_weight=np.ones(3))
