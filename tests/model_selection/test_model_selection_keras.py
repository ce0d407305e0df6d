"""The search classes over our estimators: where nothing is compiled, scikit-learn's own scores to the last bit."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import model_selection as theirs
from sklearn.datasets import load_diabetes, load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasgrid
from kerasgrid.model_selection.keys import Keys
from kerasgrid.model_selection.programs import program_of

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

DIGITS, LABELS = load_digits(return_X_y=True)
X, Y = (DIGITS[:300] / 16).astype(np.float32), LABELS[:300]
NUMERIC = {"learning_rate": [0.003, 0.01], "dropout": [0.2, 0.4]}
STRUCTURAL = {"hidden_units": [[16], [8, 8]], "optimizer": ["Adam", "SGD"]}
IMAGES = {"learning_rate": [0.003, 0.01], "pooling": ["max"]}


def same_scores(estimator: Any, grid: Any, x: Any, y: Any, **options: Any) -> Any:
    ours = kerasgrid.GridSearchCV(estimator, grid, n_jobs=2, **options).fit(x, y)
    other = theirs.GridSearchCV(estimator, grid, **options).fit(x, y)
    names = [name for name in ours.cv_results_ if name.startswith(("split", "mean_test", "rank"))]
    assert names
    for name in names:
        np.testing.assert_array_equal(ours.cv_results_[name], other.cv_results_[name], err_msg=name)
    assert ours.best_params_ == other.best_params_
    assert ours.n_splits_ == other.n_splits_
    return ours


@pytest.mark.parametrize("space", ["numeric", "structural", "images"])
def test_three_spaces_and_three_seeds(space: str) -> None:
    small: dict[str, Any] = {"hidden_units": [16], "epochs": 2, "batch_size": 64}
    # All seeds in one search: what a worker has built for one of them serves the others.
    seeds: dict[str, Any] = {"random_state": [0, 1, 2]}
    if space == "images":
        estimator = kerasgrid.KerasClassifier("cnn", **{**small, "conv_filters": [4], "kernel_size": 3})
        search = same_scores(estimator, IMAGES | seeds, X.reshape(-1, 8, 8), Y, cv=2, refit=False)
    else:
        estimator = kerasgrid.KerasClassifier(**small)
        grid = NUMERIC if space == "numeric" else STRUCTURAL
        search = same_scores(estimator, grid | seeds, X, Y, cv=2, refit=False)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    # Every seed has scores of its own.
    of_seeds = [scores[search.cv_results_["param_random_state"] == seed].tolist() for seed in range(3)]
    assert len({tuple(of_seed) for of_seed in of_seeds}) == 3


def test_probabilities_strings_and_a_pipeline() -> None:
    labels = np.array([f"digit {label}" for label in Y])
    estimator = make_pipeline(StandardScaler(), kerasgrid.KerasClassifier(hidden_units=[16], epochs=3, random_state=0))
    grid = {"kerasclassifier__learning_rate": [0.003, 0.01]}
    scoring = ["accuracy", "neg_log_loss", "roc_auc_ovr"]
    search = same_scores(estimator, grid, X, labels, cv=3, scoring=scoring, refit="neg_log_loss")
    assert search.predict(X[:3]).dtype.kind in "UOT"
    assert search.best_estimator_[-1].history_["accuracy"][-1] > 0.5


def test_targets() -> None:
    x, y = load_diabetes(return_X_y=True)
    estimator = kerasgrid.KerasRegressor(hidden_units=[8], epochs=2, random_state=0)
    same_scores(estimator, {"learning_rate": [0.01, 0.1]}, x, y / y.max(), cv=2, scoring="neg_mean_absolute_error")


def people() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "age": np.where(rng.random(90) < 0.1, np.nan, rng.normal(40, 10, 90)),
        "city": rng.choice(["Seoul", "Berlin", "Oslo", None], 90),
        "letter": pd.Categorical(rng.choice(list("abcdefghijklmnop"), 90)),
        "since": pd.date_range("2020-01-01", periods=90),
    })  # fmt: skip
    return frame, np.where(frame["city"] == "Oslo", "north", "south")


def test_frames_with_words_and_gaps() -> None:
    frame, y = people()
    estimator = kerasgrid.KerasClassifier(hidden_units=[8], epochs=10, learning_rate=0.03, random_state=0)
    search = same_scores(estimator, {"scaling": ["auto", "none"], "one_hot_max": [12, 20]}, frame, y, cv=2)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.feature_names_in_.tolist() == ["age", "city", "letter", "since"]
    with pytest.raises(ValueError, match="must be in the same order"):
        search.predict(frame[["city", "age", "letter", "since"]])


def test_sparse_matrices() -> None:
    estimator = kerasgrid.KerasClassifier(hidden_units=[16], epochs=2, random_state=0)
    sparse = same_scores(estimator, {"learning_rate": [0.003, 0.01]}, scipy.sparse.csr_matrix(X), Y, cv=2)
    grid = {"learning_rate": [0.003, 0.01]}
    dense = kerasgrid.GridSearchCV(estimator, grid, cv=2, n_jobs=1, refit=False).fit(X, Y)
    np.testing.assert_array_equal(sparse.cv_results_["mean_test_score"], dense.cv_results_["mean_test_score"])


@pytest.mark.slow
def test_a_folder_keeps_the_fits_of_a_frame(tmp_path: Path) -> None:
    frame, y = people()

    def fitted() -> Any:
        estimator = kerasgrid.KerasClassifier(hidden_units=[4], epochs=1, random_state=0)
        grid = {"learning_rate": [0.01, 0.02]}
        return kerasgrid.GridSearchCV(estimator, grid, cv=2, n_jobs=1, refit=False, run_dir=tmp_path).fit(frame, y)

    first, again = fitted(), fitted()
    for name in ("mean_fit_time", "mean_test_score"):
        np.testing.assert_array_equal(again.cv_results_[name], first.cv_results_[name])


@pytest.mark.skipif(sys.implementation.cache_tag != "cpython-311", reason="digests of code differ by versions")
def test_keys_of_before_there_were_tables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.model_selection.keys.installed_versions", lambda: {"keras": "3"})
    kwargs: dict[str, Any] = {
        "parameters": {"epochs": 2}, "train": np.arange(3), "test": np.arange(3, 5), "scorer": None
    }  # fmt: skip
    x, y = np.ones((5, 2)), np.arange(5)
    old = kerasgrid.KerasClassifier(hidden_units=[3])
    assert Keys().key((old, x, y), kwargs) == "d43f725c878bb3a12bddcad072da8f0b"
    assert Keys().key((kerasgrid.KerasRegressor(), x, y), kwargs) == "9bf3256eb930c93e4db8d7a751d4b21e"
    told = kerasgrid.KerasClassifier(hidden_units=[3], scaling="standard")
    assert Keys().key((told, x, y), kwargs) != Keys().key((old, x, y), kwargs)


def test_a_version_of_their_own_is_in_the_keys_of_users_models(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.ones((5, 2)), np.arange(5)
    own, bundled = kerasgrid.KerasClassifier(builder), kerasgrid.KerasClassifier()
    cases = [
        (own, {}), (make_pipeline(StandardScaler(), own), {}), (bundled, {"model": builder}), (bundled, {"epochs": 2})
    ]  # fmt: skip

    def keys() -> list[str]:
        return [Keys().key((one, x, y), {"parameters": given, "train": x[:3], "test": x[3:]}) for one, given in cases]

    before = keys()
    monkeypatch.setattr("kerasgrid.model_selection.keys.OWN_MODELS_VERSION", 99)
    assert [old == new for old, new in zip(before, keys(), strict=True)] == [False, False, False, True]


def test_sample_weights_are_those_of_each_fold() -> None:
    def scores(weights: np.ndarray | None) -> np.ndarray:
        estimator = kerasgrid.KerasClassifier(hidden_units=[16], epochs=2, random_state=0)
        given = {} if weights is None else {"sample_weight": weights}
        found = kerasgrid.GridSearchCV(estimator, {"learning_rate": [0.003, 0.01]}, cv=2, n_jobs=1, refit=False)
        return np.asarray(found.fit(X, Y, **given).cv_results_["mean_test_score"])

    without = scores(None)
    np.testing.assert_array_equal(scores(np.ones(len(X))), without)
    assert (scores(np.where(Y[0] == Y, 9.0, 0.1)) != without).all()


def builder(params: Any, input_shape: Any, n_outputs: int) -> Any:
    raise NotImplementedError


def test_tasks_of_one_program_are_known() -> None:
    estimator = kerasgrid.KerasClassifier(hidden_units=[16])
    plain = program_of(estimator, {"learning_rate": 0.1})
    assert plain == program_of(estimator, {"learning_rate": 0.2, "dropout": 0.0, "random_state": 7})
    assert plain == program_of(make_pipeline(StandardScaler(), estimator), {"kerasclassifier__learning_rate": 0.3})
    assert plain != program_of(estimator, {"hidden_units": [17]})
    assert program_of(StandardScaler(), {}) is None
    assert program_of(estimator, {"optimizer": "no such thing"}) is None
    own = kerasgrid.KerasClassifier(builder, model__units=3)
    assert program_of(own, {"learning_rate": 0.1}) == program_of(own, {"learning_rate": 0.2})
    assert program_of(own, {"model__units": 4}) != program_of(own, {"model__units": 3})
    assert program_of(own, {"activation": "tanh"}) != program_of(own, {"activation": "relu"})
    # What the builder does not see and the program reads as a number.
    for numbers in ({"batch_size": 8}, {"epochs": 3}, {"verbose": 0}, {"validation_split": 0.1}):
        assert program_of(own, numbers) == program_of(own, {})
    assert program_of(own, {"weight_decay": 0.1}) == program_of(own, {"weight_decay": 0.2})
    assert program_of(own, {"weight_decay": 0.1}) != program_of(own, {"weight_decay": 0.0}) == program_of(own, {})
    decaying = {"optimizer": "AdamW"}
    assert program_of(own, decaying) == program_of(own, {**decaying, "weight_decay": 0.1})


SCRIPT = """
import numpy as np
from sklearn.datasets import load_digits
import kerasgrid

x, y = load_digits(return_X_y=True)

def scorer(estimator, X, y):
    return -offset + float((estimator.predict(X) == y).mean())

def build(params, input_shape, n_outputs):
    import keras
    units = params.get("units", 8)
    return keras.Sequential([keras.layers.Dense(units, activation="relu"),
                             keras.layers.Dense(n_outputs, activation="softmax")])

offset = 10
estimator = kerasgrid.KerasClassifier(build, epochs=1, random_state=0)
search = kerasgrid.GridSearchCV(estimator, {"model__units": [4, 8]}, cv=2, scoring=scorer, refit=False, n_jobs=2)
search.fit(x[:200] / 16, y[:200])
print(len(search.cv_results_["params"]), search.best_score_ < -9)
"""


def test_a_script_on_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-"], input=SCRIPT, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("2 True\n", "", 0)


@pytest.mark.slow
def test_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    code = """
        import os, signal, threading, time
        import numpy as np, psutil
        from sklearn.base import BaseEstimator
        import kerasgrid
        class Slow(BaseEstimator):
            def __init__(self, n=0): self.n = n
            def fit(self, X, y=None): time.sleep(60)
            def score(self, X, y=None): return 0.0
        me = psutil.Process()
        def press():
            while sum(len(child.children()) for child in me.children()) < 2:
                time.sleep(0.05)
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=press, daemon=True).start()
        try:
            kerasgrid.GridSearchCV(Slow(), {"n": [1, 2]}, cv=2, n_jobs=2).fit(np.zeros((8, 1)))
        except KeyboardInterrupt:
            time.sleep(1)
            print("interrupted", sum(len(child.children()) for child in me.children()))
        class Quick(Slow):
            def fit(self, X, y=None): return self
        print(kerasgrid.GridSearchCV(Quick(), {"n": [1, 2]}, cv=2, n_jobs=2).fit(np.zeros((8, 1))).best_params_)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("interrupted 0\n{'n': 1}\n", "")
