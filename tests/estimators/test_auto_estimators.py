"""``AutoClassifier`` and ``AutoRegressor``: scikit-learn's checks, all kinds of data, runs that go on, pickles."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import kerasgrid
from kerasgrid import AutoClassifier, AutoRegressor, KerasClassifier, KerasRegressor
from kerasgrid.data.dataset import Dataset
from kerasgrid.errors import FitError, InputError, ParameterError
from kerasgrid.estimators import automatic
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.space import files
from kerasgrid.space.spec import Space

LIMITS: dict[str, Any] = {"minutes": None, "max_trials": 1, "n_jobs": 1}
SMALL_START = {"scaling": "standard", "hidden_units": [16], "dropout": 0.0, "learning_rate": 0.01}
EPOCHS = 40
load_space = files.load_space


def small_space(name: str) -> Space:
    """Return a bundled space with small networks that learn fast, and without baselines."""
    space = load_space(name)
    if name == "auto_images":
        return space
    return space.changed(params={**space.params, "epochs": EPOCHS}, start=[SMALL_START] * 2, baselines=None)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "load_space", small_space)


IMPORTANT = (
    "no_attributes_set_in_init",
    "parameters_default_constructible",
    "estimators_unfitted",
    "do_not_raise_errors_in_init_or_set_params",
    "get_params_invariance",
    "set_params",
    "estimators_nan_inf",
    "estimators_pickle",
    "dict_unchanged",
    "fit2d_1sample",
    "fit2d_1feature",
    "classifiers_one_label",
    "methods_sample_order_invariance",
    "methods_subset_invariance",
    "n_features_in",
    "dataframe_column_names_consistency",
)


def checks() -> list[Any]:
    """Return scikit-learn's checks of both, with those that matter less marked as slow: they fit, some often."""
    found = []
    for estimator, check in parametrize_with_checks([AutoClassifier(**LIMITS), AutoRegressor(**LIMITS)]).args[1]:
        name = getattr(check, "func", check).__name__.removeprefix("check_")
        marks = () if name in IMPORTANT else pytest.mark.slow
        found.append(pytest.param(estimator, check, marks=marks, id=f"{type(estimator).__name__}-{name}"))
    return found


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("estimator", "check"), checks())
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def flowers() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return x[order], np.array(["setosa", "versicolor", "virginica"])[y[order]]


def numbers(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).random((n, 3))
    return x, 1e5 * (x[:, 0] - x[:, 1])


def classifier(**params: Any) -> AutoClassifier:
    return AutoClassifier(**{**LIMITS, "random_state": 0, **params})


def regressor(**params: Any) -> AutoRegressor:
    return AutoRegressor(**{**LIMITS, "random_state": 0, **params})


@pytest.fixture(scope="module")
def fitted() -> AutoClassifier:
    x, y = flowers()
    return classifier(max_trials=2).fit(x, y)


def test_what_it_learns(fitted: AutoClassifier) -> None:
    x, y = flowers()
    assert is_classifier(fitted)
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert (fitted.n_features_in_, fitted.n_classes_) == (4, 3)
    assert fitted.score(x, y) > 0.9
    probabilities = fitted.predict_proba(x[:7])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert probabilities.dtype == np.float64
    assert fitted.predict(x[:1])[0] == y[0]
    assert set(fitted.predict(x)) <= set(y)


def test_its_run(fitted: AutoClassifier) -> None:
    run = fitted.run_
    assert len(run.trials) == 2
    assert run.best is not None
    assert run.folder is None
    assert run.dataset["n_train"] == 150  # nothing is put aside
    assert fitted.best_score_ == run.best.mean
    again = KerasClassifier(**fitted.best_params_, random_state=0).fit(*flowers())
    # It is trained as the winner was, on the same data by the same seed.
    np.testing.assert_allclose(again.predict_proba(flowers()[0]), fitted.predict_proba(flowers()[0]), atol=1e-4)


def test_its_leaderboard(fitted: AutoClassifier) -> None:
    table = fitted.leaderboard_
    assert table.columns.tolist() == ["model", "kind", "score", "standard_error", "seconds", "verdict"]
    assert table.index.tolist() == list(range(1, len(table) + 1))
    assert table["score"].is_monotonic_decreasing
    assert table["kind"].value_counts()["network"] == 2
    assert set(table[table["kind"] == "simple model"]["model"]) >= {"logistic regression", "the most frequent class"}
    best = table[table["verdict"] == "best"]
    assert best["kind"].tolist() == ["network"]
    assert best["score"].tolist() == [fitted.best_score_]
    # They are told by what they differ in.
    networks = table[table["kind"] == "network"]["model"]
    assert len(set(networks)) == 2
    assert all(name.startswith("mlp (") and "scaling='" in name for name in networks)
    assert all("epochs" not in name for name in networks)
    assert table[table["model"] == "the most frequent class"]["verdict"].tolist() == ["behind"]


def test_its_model_is_plain_keras(fitted: AutoClassifier) -> None:
    x, _ = flowers()
    np.testing.assert_allclose(fitted.model_.predict(x, verbose=0), fitted.predict_proba(x), atol=1e-5)


_READ = """
import json, sys
import joblib, numpy
estimator = joblib.load(sys.argv[1])
x = numpy.load(sys.argv[2])
print(json.dumps([estimator.predict_proba(x).tolist(), estimator.predict(x[:1]).tolist(), repr(estimator.run_)]))
"""


def test_a_pickle_predicts_the_same_in_another_process(fitted: AutoClassifier, tmp_path: Path) -> None:
    x, _ = flowers()
    expected = fitted.predict_proba(x)
    joblib.dump(fitted, tmp_path / "auto.joblib")
    np.save(tmp_path / "x.npy", x)
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path / "auto.joblib"), str(tmp_path / "x.npy")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    probabilities, first, run = json.loads(done.stdout)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    assert first == [fitted.predict(x[:1])[0]]
    assert run == repr(fitted.run_)


@pytest.mark.usefixtures("small")
def test_equal_seeds_have_equal_predictions_and_others_do_not() -> None:
    x, y = flowers()
    one, same, other = (classifier(random_state=seed).fit(x, y).predict_proba(x) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.usefixtures("small")
def test_worker_processes_train_the_same() -> None:
    x, y = flowers()
    here, there = (classifier(n_jobs=n_jobs).fit(x, y) for n_jobs in (1, 2))
    np.testing.assert_allclose(there.predict_proba(x), here.predict_proba(x), atol=1e-3)
    assert there.best_params_ == here.best_params_


@pytest.mark.usefixtures("small")
def test_it_is_cloned_and_changed(fitted: AutoClassifier) -> None:
    made = clone(fitted).set_params(max_trials=3, metric="f1_macro")
    assert made.get_params() == {
        "minutes": None,
        "max_trials": 3,
        "metric": "f1_macro",
        "ensemble": True,
        "n_jobs": 1,
        "random_state": 0,
        "run_dir": None,
        "verbose": 0,
    }
    with pytest.raises(NotFittedError):
        made.predict(flowers()[0])
    made.set_params(max_trials=1).fit(*flowers())
    assert made.run_.metric == "f1_macro"
    assert AutoClassifier().minutes == 5.0
    assert AutoClassifier(2).minutes == 2


@pytest.mark.usefixtures("small")
def test_numbers_of_any_size_are_predicted_in_their_own_unit() -> None:
    x, y = numbers()
    found = regressor().fit(x, y)
    assert is_regressor(found)
    assert found.score(x, y) > 0.8
    assert found.predict(x[:1]).shape == (1,)
    both = regressor().fit(x, np.stack([y, x[:, 2]], axis=1))
    assert both.predict(x[:5]).shape == (5, 2)
    loss = regressor(metric="mae").fit(x, y)
    assert loss.best_score_ < 0  # negated, so that greater is better
    again = KerasRegressor(**found.best_params_, random_state=0).fit(x, y)
    np.testing.assert_allclose(again.predict(x), found.predict(x), rtol=0, atol=100)


def mixed(n: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    size = rng.random(n)
    frame = pd.DataFrame(
        {
            "size": np.where(np.arange(n) % 9 == 0, np.nan, size),
            "colour": [["red", "blue", None][i % 3] for i in range(n)],
            "kind": pd.Categorical([["a", "b"][i % 2] for i in range(n)]),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
            "is_new": [i % 4 == 0 for i in range(n)],
        }
    )
    return frame, np.arange(n) % 2 == 0


@pytest.mark.usefixtures("small")
def test_frames_of_words_numbers_gaps_and_dates() -> None:
    frame, y = mixed()
    found = classifier().fit(frame, y)
    assert found.classes_.tolist() == [False, True]
    assert found.predict(frame).dtype == bool
    assert found.score(frame, y) > 0.9
    assert found.feature_names_in_.tolist() == [*frame.columns]
    strange = frame.head(1).assign(colour="green", size=np.nan)
    assert found.predict_proba(strange).shape == (1, 2)
    with pytest.raises(ValueError, match="feature names"):
        found.predict(frame.rename(columns={"size": "weight"}))


@pytest.mark.usefixtures("small")
def test_numbers_with_gaps_and_sparse_matrices() -> None:
    x, y = flowers()
    whole = classifier().fit(x, y)
    gaps = x[:3].copy()
    gaps[0, 0] = np.nan
    assert whole.predict(gaps).shape == (3,)  # though there were none in the fit
    holes = x.copy()
    holes[::7, 2] = np.nan
    assert classifier().fit(holes, y).score(holes, y) > 0.8
    sparse = classifier().fit(scipy.sparse.csr_matrix(x), y)
    np.testing.assert_allclose(sparse.predict_proba(scipy.sparse.csr_matrix(x)), whole.predict_proba(x), atol=1e-5)


@pytest.mark.usefixtures("small")
def test_several_labels() -> None:
    x, _ = numbers(60)
    y = (x[:, :2] > 0.5).astype(int)
    found = classifier().fit(x, y)
    assert found.predict(x).shape == (60, 2)
    assert set(np.unique(found.predict(x))) <= {0, 1}
    assert found.predict_proba(x).shape == (60, 2)
    one_hot = np.eye(3, dtype=int)[np.arange(60) % 3]
    assert classifier().fit(x, one_hot).predict(x).sum(axis=1).tolist() == [1] * 60


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("highest", [1, 2])
def test_images_of_zeros_and_ones_are_no_bytes(highest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in data sets of files: 0 … 1 divided by 255 would leave nothing to learn from.
    learnt: list[tuple[float, bool]] = []

    def searched(_: Any, dataset: Dataset) -> Any:
        learnt.append((float(dataset.x_train.max()), dataset.is_bytes))
        raise FitError("enough is known")

    monkeypatch.setattr(automatic, "searched", searched)
    x = np.random.default_rng(0).integers(0, highest + 1, (12, 8, 8, 1)).astype(np.uint8)
    with pytest.raises(FitError, match=r"^enough is known$"):
        classifier().fit(x, np.arange(12) % 2)
    assert learnt == [(1.0, False) if highest == 1 else (np.float32(2 / 255), True)]


def test_images_of_bytes() -> None:
    y = np.arange(40) % 2
    x = np.random.default_rng(0).integers(0, 100, (40, 8, 8)).astype(np.uint8)
    x[y == 1] += 120
    found = classifier().fit(x, y)
    assert found.run_.space is not None
    assert found.run_.space.name == "auto_images"
    assert found.run_.dataset["is_bytes"]
    assert found.score(x, y) > 0.9
    np.testing.assert_allclose(found.model_.predict(x.astype(np.float32), verbose=0), found.predict_proba(x), atol=1e-5)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.arange(10.0)[:, None], np.repeat(["a", "b"], 5)),
        (np.arange(10.0)[:, None], np.repeat([False, True], [9, 1])),
        (np.ones((10, 2)), np.arange(10) % 2),
        (np.arange(4.0)[:, None], np.repeat([0, 1], 2)),
        (np.arange(3.0)[:, None], np.array(["a", "a", "b"])),
    ],
    ids=["one feature", "a class of one", "constant columns", "four samples", "three samples"],
)
def test_few_samples_are_enough(x: np.ndarray, y: np.ndarray) -> None:
    found = classifier().fit(x, y)
    assert found.predict(x).dtype == y.dtype
    assert found.predict_proba(x[:1]).shape == (1, 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n", [4, 10])
def test_few_numbers_are_enough(n: int) -> None:
    x, y = numbers(n)
    assert regressor().fit(x, y).predict(x).shape == (n,)


def test_a_run_is_kept_and_goes_on(small: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    x, y = flowers()
    params: dict[str, Any] = {"run_dir": tmp_path / "run", "random_state": None}
    first = classifier(**params).fit(x, y)
    assert first.run_.folder == tmp_path / "run"
    assert (tmp_path / "run" / "report.html").exists()
    again = classifier(**params, verbose=1).fit(x, y)
    assert again.run_.results == first.run_.results  # their seconds, too: nothing was trained
    assert "going on with" in capfd.readouterr().err
    more = classifier(**params, max_trials=3).fit(x, y)
    assert len(more.run_.trials) == 3
    assert {result.fit for result in first.run_.results} < {result.fit for result in more.run_.results}
    other = classifier(**params).fit(x[:60], y[:60])
    assert other.run_.dataset["n_train"] == 60


@pytest.mark.usefixtures("small")
def test_within_worker_processes_of_a_search() -> None:
    x, y = flowers()
    search = kerasgrid.GridSearchCV(classifier(n_jobs=None), {"random_state": [0]}, cv=2, n_jobs=2, error_score="raise")
    assert search.fit(x, y).best_score_ > 0.8
    assert cross_val_score(classifier(), x, y, cv=2, error_score="raise").mean() > 0.8


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"minutes": 0}, "minutes: must be above 0, got 0"),
        ({"minutes": None, "max_trials": None}, "minutes: must be there, or max_trials, or both, got None"),
        ({"max_trials": 0}, "max_trials: must be a whole number of at least 1, got 0"),
        ({"n_jobs": 0}, "n_jobs: must be a whole number other than 0, or None, got 0"),
        ({"random_state": -1}, "random_state: must be a whole number from 0 to 4294967295"),
        ({"metric": "acuracy"}, "metric: must be a metric"),
        ({"metric": "r2"}, "metric: must suit the task classification"),
    ],
)
def test_wrong_parameters(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        classifier(**params).fit(*flowers())


def test_wrong_data() -> None:
    with pytest.raises(InputError, match="X: must hold at least 2 samples, got 1 sample"):
        regressor().fit([[1.0]], [1.0])
    with pytest.raises(InputError, match="labels must hold at least two classes, got only 1 class"):
        classifier().fit([[1.0], [2.0]], [1, 1])
    with pytest.raises(InputError, match="2 classes have fewer samples than the 2 folds"):
        classifier().fit([[1.0], [2.0]], [0, 1])
    with pytest.raises(TypeError, match="sample_weight"):
        classifier().fit(*flowers(), sample_weight=np.ones(150))


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (float("nan"), "no network learnt anything: the loss became infinite, or no score could be computed"),
        (None, "fit: no network could be trained, got out of memory"),
    ],
)
def test_what_comes_of_no_network(monkeypatch: pytest.MonkeyPatch, score: float | None, message: str) -> None:
    fitter = FakeFitter(lambda fit: 0.5)
    made = fitter.train

    def train(fits: Any, deadline: Any = None) -> Iterator[Any]:
        from dataclasses import replace

        for result in made(fits, deadline):
            failed = {"status": "failed", "error": "out of memory"} if score is None else {"status": "diverged"}
            yield replace(result, **failed)

    monkeypatch.setattr(fitter, "train", train)
    monkeypatch.setattr("kerasgrid.estimators.searched._trainers", lambda n_jobs: (fitter, {"baselines": _none}))
    with pytest.raises(FitError, match=message):
        classifier().fit(*flowers())


def test_no_time() -> None:
    with pytest.raises(FitError, match="minutes: there was no time to train a network"):
        classifier(minutes=1e-6).fit(*flowers())


def _none(work: Any, n_workers: int) -> None:
    return None
