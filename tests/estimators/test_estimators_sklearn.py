"""scikit-learn's own checks, searches and meta-estimators take our estimators as they take its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from scipy.stats import loguniform
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from kerasgrid import KerasClassifier, KerasRegressor

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
SMALL: dict[str, Any] = {"hidden_units": (8,), "epochs": 20, "learning_rate": 0.05, "batch_size": 16}


WHY = (
    "a step lowers the mean of weight × loss over a batch, as Keras's does: without a sample batches are others, and "
    "their mean is divided by another number"
)
EXPECTED: dict[str, Any] = (
    {}
    if VERSION < (1, 6)
    else {
        "expected_failed_checks": lambda estimator: {
            f"check_sample_weight_equivalence_on_{kind}_data": WHY for kind in ("dense", "sparse")
        }
    }
)


@parametrize_with_checks([KerasClassifier(**SMALL), KerasRegressor(**SMALL)], **EXPECTED)
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def sorted_classes() -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat(["ant", "bee", "cow"], 20)
    return np.random.default_rng(0).random((60, 4)) + np.repeat([0, 1.5, 3], 20)[:, None], y


def estimator(**params: Any) -> KerasClassifier:
    return KerasClassifier(**{**SMALL, "epochs": 15, "random_state": 0, **params})


def test_what_it_is() -> None:
    assert is_classifier(KerasClassifier())
    assert not is_regressor(KerasClassifier())
    assert is_regressor(KerasRegressor())
    for estimator in (KerasClassifier(), KerasRegressor()):
        old = estimator._more_tags()
        assert (old["allow_nan"], old["requires_y"]) == (True, True)
        assert old["X_types"] == ["2darray", "3darray", "string", "categorical", "sparse"]
    if VERSION >= (1, 6):
        for estimator in (KerasClassifier(), KerasRegressor()):
            given = sklearn.utils.get_tags(estimator).input_tags
            assert all([given.two_d_array, given.allow_nan, given.string, given.categorical, given.sparse])
        tags = sklearn.utils.get_tags(KerasClassifier())
        assert (tags.estimator_type, tags.target_tags.required) == ("classifier", True)
        assert tags.classifier_tags.multi_class
        assert tags.input_tags.three_d_array
        tags = sklearn.utils.get_tags(KerasRegressor())
        assert (tags.estimator_type, tags.target_tags.required) == ("regressor", True)
        assert tags.target_tags.multi_output


@pytest.mark.parametrize("scoring", [None, "accuracy", "neg_log_loss", "roc_auc_ovr"])
def test_sorted_classes_are_stratified(scoring: str | None) -> None:
    scores = cross_val_score(estimator(), *sorted_classes(), cv=3, scoring=scoring, error_score="raise")
    assert scores.min() > (-0.9 if scoring == "neg_log_loss" else 0.6)


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "neg_brier_score", "f1"])
def test_two_classes(scoring: str) -> None:
    x, y = sorted_classes()
    scores = cross_val_score(estimator(), x, y == "cow", cv=3, scoring=scoring, error_score="raise")
    assert scores.min() > (-0.2 if scoring == "neg_brier_score" else 0.6)


def searches() -> dict[str, Any]:
    grid = {"learning_rate": [0.001, 0.05], "dropout": [0.1, 0.3]}
    options = {"cv": 3, "error_score": "raise"}
    return {
        "grid": lambda n_jobs: GridSearchCV(estimator(), grid, n_jobs=n_jobs, **options),
        "random": lambda n_jobs: RandomizedSearchCV(
            estimator(), {"learning_rate": loguniform(1e-3, 1e-1)}, n_iter=3, random_state=0, n_jobs=n_jobs, **options
        ),
        "halving": lambda n_jobs: HalvingGridSearchCV(
            estimator(), grid, resource="epochs", min_resources=2, max_resources=20, random_state=0, n_jobs=n_jobs,
            **options,
        ),
        "pipeline": lambda n_jobs: GridSearchCV(
            make_pipeline(StandardScaler(), estimator()), {"kerasclassifier__activation": ["relu", "tanh"]},
            n_jobs=n_jobs, **options,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", searches())
def test_searches_give_the_same_for_any_number_of_processes(name: str) -> None:
    x, y = sorted_classes()
    one, two = (searches()[name](n_jobs).fit(x, y) for n_jobs in (1, 2))
    assert one.best_score_ > 0.6
    assert one.best_params_ == two.best_params_
    np.testing.assert_allclose(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])
    assert set(one.predict(x)) <= {"ant", "bee", "cow"}
    np.testing.assert_allclose(two.predict_proba(x), one.predict_proba(x), atol=1e-5)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_meta_estimators(n_jobs: int) -> None:
    x, y = sorted_classes()
    calibrated = CalibratedClassifierCV(estimator(), cv=3, n_jobs=n_jobs).fit(x, y)
    assert calibrated.score(x, y) > 0.8
    np.testing.assert_allclose(calibrated.predict_proba(x).sum(axis=1), 1.0)
    x[:, 3] = 0
    fitted = estimator(epochs=20).fit(x, y)
    importances = permutation_importance(fitted, x, y, n_repeats=3, random_state=0, n_jobs=n_jobs).importances_mean
    assert importances[3] == 0
    assert importances.max() > 0.05


def test_images_are_searched() -> None:
    y = np.repeat([0, 1, 2], 12)
    x = np.random.default_rng(0).random((36, 4, 4)) + y[:, None, None]
    cnn = estimator(model="cnn", conv_filters=[2], hidden_units=[])
    search = GridSearchCV(cnn, {"learning_rate": [0.01, 0.05]}, cv=3, scoring="neg_log_loss", error_score="raise")
    assert np.isfinite(search.fit(x, y).best_score_)


def test_a_regressor_is_searched() -> None:
    x = np.random.default_rng(0).random((60, 3))
    grid = {"learning_rate": [1e-5, 0.05]}
    search = GridSearchCV(KerasRegressor(**SMALL, random_state=0), grid, cv=3, error_score="raise")
    assert search.fit(x, x.sum(axis=1)).best_params_ == {"learning_rate": 0.05}
