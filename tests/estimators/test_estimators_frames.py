"""X as people have it: frames with words, dates and gaps, mixed objects, sparse matrices; scaling when told."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from kerasgrid import InputError, KerasClassifier, KerasRegressor
from kerasgrid.data.dataset import Dataset
from kerasgrid.estimators import programs, samples
from kerasgrid.estimators.fit_arguments import FitArguments
from kerasgrid.estimators.held_out import split
from kerasgrid.estimators.programs import FittedShapes
from kerasgrid.models.whole import model_inputs

SMALL: dict[str, Any] = {"hidden_units": [6], "epochs": 3, "learning_rate": 0.02, "random_state": 0}
N = 120


def people() -> pd.DataFrame:
    """Every kind of column, and some that a search by the command line would leave out."""
    rng = np.random.default_rng(0)
    ages = np.where(rng.random(N) < 0.1, np.nan, rng.normal(40, 10, N))
    return pd.DataFrame({
        "age": ages, "income": rng.lognormal(10, 1, N), "city": rng.choice(["Seoul", "Berlin", "Oslo", None], N),
        "name": [f"name {row}" for row in range(N)], "smokes": rng.choice(["yes", "no"], N),
        "since": pd.date_range("2020-01-01", periods=N), "flag": rng.random(N) > 0.5, "id": np.arange(N), "one": 1.0,
        "letter": pd.Categorical(rng.choice(list("abcdefghijklmnopqr"), N)), "km/h": rng.random(N),
    })  # fmt: skip


def labels(frame: pd.DataFrame) -> np.ndarray:
    return np.where(frame["city"] == "Oslo", "north", np.where(frame["flag"], "yes", "no"))


def arrays() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(5, 3, (N, 4))
    return x, 1000 * x @ np.arange(4)


def given_to_model(fitted: Any, X: Any) -> Any:
    """Return X as a whole model of a table takes it."""
    (matrix,) = fitted._reading.matrices(samples.samples_of(fitted, X, fitting=False, as_table=True)[0])
    return model_inputs(matrix, fitted._reading.columns)


def test_every_kind_of_column_is_learnt_from() -> None:
    frame = people()
    fitted = KerasClassifier(**{**SMALL, "epochs": 60}).fit(frame, labels(frame))
    assert fitted.score(frame, labels(frame)) > 0.9
    assert fitted.feature_names_in_.tolist() == list(frame.columns)
    assert fitted.n_features_in_ == 11
    kinds = {column.name: (column.kind, len(column.levels)) for column in fitted._reading.columns.given}
    assert kinds == {
        "age": ("number", 0), "income": ("number", 0), "city": ("category", 4), "name": ("category", 0),
        "smokes": ("yes/no", 2), "since": ("date", 0), "flag": ("yes/no", 0), "id": ("number", 0), "one": ("number", 0),
        "letter": ("category", 18), "km/h": ("number", 0),
    }  # fmt: skip
    unknown = frame.assign(city="Paris", name="new", smokes="sometimes", age=np.nan, since=pd.NaT)
    assert np.isfinite(fitted.predict_proba(unknown)).all()


@pytest.mark.parametrize("params", [{}, {"scaling": "standard", "one_hot_max": 30}, {"scaling": "none"}])
def test_the_model_takes_named_columns_and_agrees(params: dict[str, Any]) -> None:
    frame = people()
    fitted = KerasClassifier(**SMALL, **params).fit(frame, labels(frame))
    expected = fitted.predict_proba(frame)
    given = given_to_model(fitted, frame)
    given["name"], given["city"] = frame["name"].to_numpy(object), frame["city"].fillna("").to_numpy(object)
    assert set(given) == {name.replace("/", "_") for name in frame.columns}
    np.testing.assert_allclose(fitted.model_.predict(given, verbose=0), expected, atol=1e-5)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(frame), expected)
    programs._programs.clear()
    np.testing.assert_allclose(fitted.predict_proba(frame), expected, atol=1e-6)
    fitted.model_.set_weights([np.zeros_like(weight) for weight in fitted.model_.get_weights()])
    np.testing.assert_allclose(fitted.predict_proba(frame), 1 / 3)
    assert clone(fitted).get_params() == fitted.get_params()


def test_a_regressor_of_a_table_standardises_its_targets() -> None:
    frame = people()
    y = frame["income"].to_numpy()
    fitted = KerasRegressor(**{**SMALL, "epochs": 60}).fit(frame, y)
    assert fitted.score(frame, y) > 0.5
    predicted = fitted.predict(frame)
    np.testing.assert_allclose(fitted.model_.predict(given_to_model(fitted, frame), verbose=0)[:, 0], predicted, 1e-4)
    as_given = clone(fitted).set_params(target_scaling="none").fit(frame, y)
    assert as_given.score(frame, y) < 0


def test_scikit_learns_rules_for_names_hold() -> None:
    frame = people()
    fitted = KerasClassifier(**SMALL).fit(frame, labels(frame))
    with pytest.raises(ValueError, match=r"feature names should match .*\n.*must be in the same order"):
        fitted.predict(frame[frame.columns[::-1]])
    with pytest.raises(ValueError, match=r"feature names should match .*\n.*now missing:\n- city"):
        fitted.predict(frame.drop(columns="city"))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        again = fitted.predict_proba(frame.to_numpy(object))
    np.testing.assert_allclose(again, fitted.predict_proba(frame), atol=1e-6)
    warned = pytest.warns(UserWarning, match="does not have valid feature names")
    with warned, pytest.raises(ValueError, match="X has 10 features, but KerasClassifier is expecting 11"):
        fitted.predict(frame.drop(columns="city").to_numpy(object))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(fitted).fit(frame, labels(frame)[:5])
    with pytest.raises(ValueError, match="requires y to be passed"):
        clone(fitted).fit(frame, None)


def few_words(n: int) -> np.ndarray:
    return np.array([[float(row)] for row in range(n)] + [["lots"]], dtype=object)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (few_words(40), "X: column 'x0': holds numbers such as 0.0 but for a few words, got 'lots' in row 41 (let gaps "
         "be NaN; if its values are words, give the column pandas's type category)"),
        (np.array([["a"], ["b"], ["c"]]), "X: must have a column to learn from, got words alone that stand in one row "
         "each"),
        (np.full((4, 2), np.nan), "X: must hold at least one number, got NaN alone"),
        (pd.DataFrame({"a": ["x"]})[:0], "X: must hold at least one sample, got shape (0, 1)"),
        (np.empty((4, 0), object), "X: must hold at least one feature per sample, got shape (4, 0)"),
        (pd.DataFrame({"a": [1j, 2j], "b": ["x", "x"]}), "X: column 'a': must hold numbers, words or dates, got dtype "
         "complex128"),
        (scipy.sparse.csr_matrix((10**6, 10**8)), "X: must fit in memory as a dense array, got 1,000,000 × 100,000,000 "
         "numbers, 400,000.0 GB of the 1.0 GB that are free (fewer columns may do, as of sklearn.decomposition."
         "TruncatedSVD)"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_clear_error(X: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "available_memory", lambda: 10**9)
    n = X.shape[0]
    with pytest.raises(InputError if n else ValueError, match="^" + re.escape(message) if n else "0 sample"):
        KerasClassifier(**SMALL).fit(X, np.arange(n) % 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"income": "lots"}, "X: column 'income': must hold numbers, as in the training, got 'lots' in row 1"),
        ({"since": "never"}, "X: column 'since': must hold dates, as in the training, got 'never' in row 1"),
        ({"income": np.inf}, "X: column 'income': must hold finite numbers only, got inf in row 1"),
        ({"income": "lots", "id": "A"}, "X: 2 problems\n  column 'income': must hold numbers, as in the training, got "
         "'lots' in row 1\n  column 'id': must hold numbers, as in the training, got 'A' in row 1"),
    ],
)  # fmt: skip
def test_what_is_no_number_at_predict_is_said(change: dict[str, Any], message: str) -> None:
    frame = people()
    fitted = KerasClassifier(**{**SMALL, "epochs": 1}).fit(frame, labels(frame))
    with pytest.raises(InputError, match="^" + re.escape(message) + "$"):
        fitted.predict(frame.assign(**change))


def test_mixed_objects_and_lists_are_tables() -> None:
    rows = [["a", 1.0, None], ["b", np.nan, "x"], ["a", 3.0, "x"], ["b", 4.0, None]] * 8
    X, y = np.array(rows, dtype=object), np.array([0, 1, 0, 1] * 8)
    fitted = KerasClassifier(**{**SMALL, "epochs": 30}).fit(X, y)
    assert fitted.score(X, y) == 1.0
    assert not hasattr(fitted, "feature_names_in_")
    assert fitted._reading.columns.names == ("x0", "x1", "x2")
    assert fitted.predict([["a", 2.0, "new"], ["b", None, None]]).tolist() == [0, 1]
    expected = fitted.predict_proba(X)
    np.testing.assert_allclose(fitted.model_.predict(given_to_model(fitted, X), verbose=0), expected, atol=1e-5)
    np.testing.assert_array_equal(KerasClassifier(**{**SMALL, "epochs": 30}).fit(rows, y).predict_proba(rows), expected)


def test_numbers_are_the_same_whatever_they_come_in() -> None:
    x, y = arrays()
    whole = np.round(x)
    expected = KerasRegressor(**SMALL).fit(whole, y).predict(whole)
    frame = pd.DataFrame(whole, columns=list("abcd")).astype({"a": "Int64", "b": object, "c": "float32"})
    for X in (whole.astype(object), whole.astype(str), frame, frame.astype(object), scipy.sparse.csc_array(whole)):
        fitted = KerasRegressor(**SMALL).fit(X, y)
        np.testing.assert_array_equal(fitted.predict(X), expected)
        assert fitted.model_.predict(whole, verbose=0)[:, 0] == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("container", [scipy.sparse.csr_matrix, scipy.sparse.coo_array])
def test_sparse_matrices_are_dense_rows(container: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = arrays()
    x = np.where(x > 5, x, 0)
    expected = KerasRegressor(**SMALL).fit(x, y).predict(x)
    fitted = KerasRegressor(**SMALL).fit(container(x), y)
    np.testing.assert_array_equal(fitted.predict(x), expected)
    monkeypatch.setattr(samples, "_CHUNK", 4 * 50)
    np.testing.assert_allclose(fitted.predict(container(x)), expected, 1e-4, 1e-4)


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
def test_arrays_are_scaled_when_told(scaling: str) -> None:
    x, y = arrays()
    big = KerasRegressor(**{**SMALL, "epochs": 40}, scaling=scaling, target_scaling="standard").fit(1e4 * x, y)
    assert big.score(1e4 * x, y) > 0.8
    np.testing.assert_allclose(big.model_.predict(1e4 * x, verbose=0)[:, 0], big.predict(1e4 * x), 1e-3, 1)
    frame = pd.DataFrame(1e4 * x, columns=list("abcd"))
    np.testing.assert_array_equal(clone(big).fit(frame, y).predict(frame), big.predict(1e4 * x))
    images = x.reshape(-1, 2, 2) * 1e4
    of_images = clone(big).fit(images, y)
    np.testing.assert_allclose(of_images.predict(images), big.predict(1e4 * x), 1e-4, 1e-2)
    np.testing.assert_allclose(of_images.model_.predict(images, verbose=0)[:, 0], of_images.predict(images), 1e-3, 1)


def test_targets_of_arrays_are_taken_as_they_are_unless_told() -> None:
    x, y = arrays()
    both = np.stack([y, 1e-4 * y], axis=1)
    plain = KerasRegressor(**SMALL).fit(x, both)
    assert not plain._shapes.has_scaled_targets
    told = KerasRegressor(**SMALL, target_scaling="standard").fit(x, both)
    assert told.predict(x).shape == both.shape
    assert told._front.targets is not None
    np.testing.assert_allclose(told._front.targets.mean, both.mean(axis=0), rtol=1e-5)


def test_gaps_of_arrays_are_filled_and_flagged() -> None:
    x, y = arrays()
    gaps = np.where(x > 9, np.nan, x)
    fitted = KerasRegressor(**SMALL).fit(gaps, y)
    assert fitted._shapes.input_shape == (8,)
    np.testing.assert_allclose(fitted.model_.predict(gaps, verbose=0)[:, 0], fitted.predict(gaps), rtol=1e-5)
    whole = KerasRegressor(**SMALL).fit(x, y)
    medians = np.where(np.isnan(gaps), np.median(x.astype(np.float32), axis=0), x)
    np.testing.assert_array_equal(whole.predict(gaps), whole.predict(medians))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        KerasRegressor(**SMALL).fit(gaps.reshape(-1, 2, 2), y)
    with pytest.raises(ValueError, match="infinity"):
        whole.predict(np.where(x > 9, np.inf, x))


def test_gaps_do_not_change_what_true_and_false_are() -> None:
    truths = [row % 3 == 0 for row in range(N)]
    some = [None, *truths[1:]]
    columns = [pd.Series(truths), pd.Series(some, dtype=object), pd.Series(some, dtype="boolean")]
    for words in ({}, {"city": people()["city"]}):
        for column in columns:
            frame = pd.DataFrame({"truth": column, "age": people()["age"], **words})
            fitted = KerasClassifier(**{**SMALL, "epochs": 1}).fit(frame, np.array(truths))
            assert fitted._reading.is_table == bool(words)
            assert not any(column.levels for column in fitted._reading.columns.given[:2])
            assert fitted._shapes.input_shape == (3 + 4 * bool(words) + (column is not columns[0]),)
            assert np.isfinite(fitted.predict_proba(frame)).all()


def held_out(labelled: Dataset) -> np.ndarray:
    return split(labelled, len(labelled.y_train), 0.25, FitArguments({}, 0), 0).held_out


def test_held_out_rows_change_no_number_of_the_training() -> None:
    frame, params = people(), {**SMALL, "validation_split": 0.25}
    y = labels(frame)
    first = KerasClassifier(**params).fit(frame, y)
    out = held_out(first._labelled(y))
    other = frame.astype({"letter": object})
    other.loc[out, ["city", "letter", "name"]] = "elsewhere"
    other.loc[out, ["age", "income"]] = [1e9, np.nan]
    other.loc[out, "smokes"] = None
    second = KerasClassifier(**params).fit(other.astype({"letter": "category"}), y)
    assert second._reading.columns == first._reading.columns
    assert second.history_["loss"] == first.history_["loss"]
    assert second.history_["val_loss"] != first.history_["val_loss"]
    for one, another in zip(second._weights, first._weights, strict=True):
        np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_held_out_gaps_change_no_number_of_an_array(scaling: str) -> None:
    x, y = arrays()
    estimator = KerasRegressor(**SMALL, validation_split=0.25, scaling=scaling)
    first = estimator.fit(x, y)._weights
    other = x.copy()
    other[held_out(estimator._labelled(y)), 1] = np.nan
    for one, another in zip(clone(estimator).fit(other, y)._weights, first, strict=True):
        np.testing.assert_array_equal(one, another)


def test_a_fit_on_something_else_forgets_the_table() -> None:
    frame, (x, y) = people(), arrays()
    estimator = KerasRegressor(**SMALL).fit(frame, y)
    before = estimator.fit(x, y).predict(x)
    assert before == pytest.approx(KerasRegressor(**SMALL).fit(x, y).predict(x))
    assert not hasattr(estimator, "feature_names_in_")
    with pytest.raises(InputError, match="must have a column"):
        estimator.fit(frame[["name"]], y)
    # What was refused is forgotten, and the model of before is there.
    np.testing.assert_array_equal(estimator.predict(x), before)


def test_pickles_that_are_older_than_tables_are_used() -> None:
    x, y = arrays()
    fitted = KerasRegressor(**SMALL).fit(x, y)
    expected = fitted.predict(x)
    old = pickle.loads(pickle.dumps(fitted))
    del old._reading, old._front
    old._shapes.__setstate__([(4,), 1, "regression"])
    assert old._shapes == FittedShapes((4,), 1, "regression")
    np.testing.assert_array_equal(old.predict(x), expected)
    np.testing.assert_allclose(old.model_.predict(x, verbose=0)[:, 0], expected, rtol=1e-5)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        old.predict(np.full((2, 4), np.nan))


def test_scikit_learn_searches_frames_and_sparse_matrices() -> None:
    frame = people()
    y, (x, numbers) = labels(frame), arrays()
    estimator = KerasClassifier(**SMALL)
    assert np.isfinite(cross_val_score(estimator, frame, y, cv=2, error_score="raise")).all()
    search = GridSearchCV(estimator, {"scaling": ["standard", "none"], "epochs": [1]}, cv=2, error_score="raise")
    assert search.fit(frame, y).predict(frame).shape == (N,)
    sparse = scipy.sparse.csr_matrix(np.where(x > 5, x, 0))
    assert np.isfinite(cross_val_score(KerasRegressor(**SMALL), sparse, numbers, cv=2, error_score="raise")).all()


def test_pipelines_prepare_columns_as_before() -> None:
    frame = people()[["city", "smokes", "income"]].fillna("?")
    encoder = make_column_transformer((OneHotEncoder(sparse_output=True), ["city", "smokes"]), sparse_threshold=1.0)
    pipeline = make_pipeline(encoder, KerasClassifier(**SMALL)).fit(frame, labels(people()))
    assert pipeline.predict(frame).shape == (N,)
    assert pipeline[-1]._shapes.input_shape == (6,)
    passed = make_column_transformer((OneHotEncoder(sparse_output=False), ["smokes"]), remainder="passthrough")
    passed.set_output(transform="pandas")
    assert make_pipeline(passed, KerasClassifier(**SMALL)).fit(frame, labels(people())).predict(frame).shape == (N,)
