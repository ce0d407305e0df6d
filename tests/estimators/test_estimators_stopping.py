"""Early stopping, schedules and averages in the estimators."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from kerasgrid import KerasClassifier, KerasRegressor
from kerasgrid.errors import InputError, ParameterError


def samples(n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    y = np.arange(n) % 3
    return generator.normal(size=(n, 6)) + 0.6 * (y[:, None] == np.arange(6) % 3), y


def classifier(**params: Any) -> KerasClassifier:
    common = {"hidden_units": (16,), "epochs": 60, "learning_rate": 0.01, "random_state": 0}
    return KerasClassifier(**{**common, **params})


def test_it_stops_early_and_keeps_every_epoch() -> None:
    x, y = samples()
    model = classifier(early_stopping={"patience": 3}).fit(x, y)
    n = len(model.history_["loss"])
    assert 4 <= n < 60
    # The weights are those of three epochs ago, so that a fit of so many on the same samples ends with them.
    waited = classifier(early_stopping={"patience": 60, "restore_best_weights": False}, epochs=n - 3).fit(x, y)
    np.testing.assert_allclose(model.predict_proba(x), waited.predict_proba(x), atol=1e-6)
    again = clone(model).fit(x, y)
    assert again.history_ == model.history_
    assert (pickle.loads(pickle.dumps(model)).predict_proba(x) == model.predict_proba(x)).all()


def test_a_search_of_scikit_learn_goes_over_it() -> None:
    x, y = samples()
    grid = {"early_stopping": [None, {"patience": 2}], "learning_rate_schedule": ["constant", "cosine"]}
    search = GridSearchCV(classifier(epochs=4), grid, cv=2).fit(x, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_its_model_is_that_of_the_average() -> None:
    x, y = samples()
    model = classifier(epochs=3, ema_momentum=0.9, clipnorm=0.5, learning_rate_schedule="one_cycle").fit(x, y)
    saved = np.asarray(model.model_(x.astype(np.float32)))
    np.testing.assert_allclose(saved, model.predict_proba(x), atol=1e-5)
    assert model.model_.optimizer.clipnorm == 0.5


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"early_stopping": {"monitor": "val_loss"}},
         r"^early_stopping.monitor: must be one of loss, mse, mae, r2, which "
         r'are measured of regression, got "val_loss"$'),
        ({"early_stopping": {"patient": 5}}, r"^early_stopping.patient: unknown key \(did you mean patience\?\)$"),
        ({"clipnorm": 0}, r"^clipnorm: must be a number above 0, got 0 \(or null for none\)$"),
        ({"learning_rate_schedule": "cosin"}, r"^learning_rate_schedule: must be one of constant, "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(params: dict[str, Any], message: str) -> None:
    x, _ = samples(12)
    with pytest.raises(ParameterError, match=message):
        KerasRegressor(**params).fit(x, x[:, 0])


def test_too_few_samples_are_told() -> None:
    with pytest.raises(InputError, match="early stopping must have samples to watch beside those that are trained on"):
        KerasRegressor(early_stopping={}, epochs=1).fit([[0.0]], [1.0])
