"""The search classes give what scikit-learn's give, whatever is searched, scored and split."""

from __future__ import annotations

import os
import pickle
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
import scipy.sparse
from scipy.stats import loguniform
from sklearn import model_selection as theirs
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import kerasgrid
from kerasgrid.errors import ParameterError, RunError
from kerasgrid.model_selection import evaluation

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

X, Y = load_iris(return_X_y=True)
GRID = {"max_depth": [1, 2, 3]}
TREE = DecisionTreeClassifier(random_state=0)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluate in this process, as within a worker: for all that is not about workers."""
    monkeypatch.setattr(evaluation, "current_process", lambda: SimpleNamespace(daemon=True))


def assert_same(ours: Any, other: Any) -> None:
    """Check that two fitted searches agree in all but times, to the last bit."""
    mine, yours = ours.cv_results_, other.cv_results_
    assert list(mine) == list(yours)
    for name in mine:
        if name == "params" or name.startswith("param_"):
            # Texts, since clones of an estimator are not equal to each other.
            assert str(list(mine[name])) == str(list(yours[name]))
        elif not name.endswith("_time"):
            np.testing.assert_array_equal(mine[name], yours[name], err_msg=name)
    for name in ("best_index_", "best_params_", "best_score_", "n_splits_", "multimetric_"):
        assert str(getattr(ours, name, None)) == str(getattr(other, name, None)), name
    assert type(ours.scorer_) is type(other.scorer_)


def both(estimator: Any, grid: Any, x: Any = X, y: Any = Y, fit: dict[str, Any] | None = None, **options: Any) -> Any:
    """Fit ours and scikit-learn's, check that they agree, and return ours."""
    mine = kerasgrid.GridSearchCV(estimator, grid, n_jobs=2, **options).fit(x, y, **(fit or {}))
    assert_same(mine, theirs.GridSearchCV(estimator, grid, **options).fit(x, y, **(fit or {})))
    return mine


def count_right(estimator: Any, x: Any, y: Any) -> int:
    return int((estimator.predict(x) == y).sum())


def two_scores(estimator: Any, x: Any, y: Any) -> dict[str, float]:
    return {"right": count_right(estimator, x, y), "share": float(estimator.score(x, y))}


class Odd(ClassifierMixin, BaseEstimator):
    """Fails, dies or warns as it is told."""

    def __init__(self, does: str = "well") -> None:
        self.does = does

    def fit(self, x: Any, y: Any) -> Odd:
        if self.does == "fails":
            raise LookupError("there is nothing here")
        if self.does == "dies":
            os._exit(3)
        if self.does == "warns":
            warnings.warn("take care", ConvergenceWarning, stacklevel=1)
        if self.does == "prints":
            print("hello from a fit")
        self.classes_ = np.unique(y)
        return self

    def predict(self, x: Any) -> Any:
        return np.full(len(x), self.classes_[0])


@pytest.mark.slow
def test_a_pipeline_and_training_scores() -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cg", max_iter=1000))
    grid = [
        {"logisticregression__C": [0.1, 1.0]},
        {"standardscaler": [StandardScaler(), StandardScaler(with_std=False)]},
    ]
    search = both(pipeline, grid, cv=3, return_train_score=True)
    assert search.predict(X).shape == Y.shape
    assert search.refit_time_ > 0
    assert search.n_features_in_ == 4


@pytest.mark.parametrize(
    ("scoring", "refit"),
    [
        (["accuracy", "neg_log_loss", "roc_auc_ovr"], "neg_log_loss"),
        ({"first": "f1_macro", "own": make_scorer(accuracy_score)}, "own"),
        (two_scores, "right"),
        (count_right, True),
        (lambda estimator, x, y: -estimator.score(x, y), True),
        (["accuracy", "f1_macro"], False),
        ("accuracy", lambda results: 1),
    ],
    ids=["names", "dict", "several from a function", "function", "lambda", "no refit", "refit by a function"],
)
def test_scorers(scoring: Any, refit: Any) -> None:
    both(TREE, GRID, scoring=scoring, refit=refit, cv=theirs.KFold(3, shuffle=True, random_state=1))


def test_functions_made_in_functions() -> None:
    def scorer(estimator: Any, x: Any, y: Any) -> float:
        return float(np.mean(estimator.predict(x) == y)) + bonus

    bonus = 0.5
    both(TREE, GRID, scoring=scorer, cv=2)


def test_distributions() -> None:
    options: dict[str, Any] = {"n_iter": 4, "random_state": 3, "cv": 3}
    axes = {"C": loguniform(1e-2, 1e1), "class_weight": [None, "balanced"]}
    model = LogisticRegression(solver="newton-cg", max_iter=1000)
    mine = kerasgrid.RandomizedSearchCV(model, axes, n_jobs=2, **options).fit(X, Y)
    assert_same(mine, theirs.RandomizedSearchCV(model, axes, **options).fit(X, Y))
    assert kerasgrid.to_frame(mine)["rank_test_score"].iloc[0] == 1


def test_groups() -> None:
    groups = np.arange(len(X)) % 10
    both(TREE, GRID, cv=theirs.StratifiedGroupKFold(3), fit={"groups": groups})


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("cv", "name"),
    [
        (None, "StratifiedKFold"),
        (3, "StratifiedKFold"),
        (theirs.ShuffleSplit(2), "ShuffleSplit"),
        ("list", "a list of splits"),
    ],
)
def test_groups_that_nobody_looks_at_are_refused(cv: Any, name: str) -> None:
    splits = iter([(np.arange(100), np.arange(100, 150))]) if cv == "list" else cv
    with pytest.raises(
        ParameterError, match=rf"^groups: groups need a splitter that looks at them, got cv={name} \(use one of G"
    ):
        kerasgrid.GridSearchCV(TREE, GRID, cv=splits).fit(X, Y, groups=np.arange(len(X)))
    if cv == "list":
        assert kerasgrid.GridSearchCV(TREE, GRID, cv=splits).fit(X, Y).n_splits_ == 1


def test_a_splitter_of_ones_own_may_look_at_groups() -> None:
    class Own(theirs.GroupKFold):
        pass

    both(TREE, GRID, cv=Own(2), fit={"groups": np.arange(len(X)) % 4})


def test_sample_weights_reach_the_fits() -> None:
    weights = np.random.default_rng(0).random(len(X))
    both(TREE, GRID, cv=3, fit={"sample_weight": weights})
    with pytest.raises(ParameterError, match=r"^sample_weight: Odd does not take it in fit \(leave it out"):
        kerasgrid.GridSearchCV(Odd(), {"does": ["well"]}).fit(X, Y, sample_weight=weights)


@pytest.mark.parametrize(
    "x",
    [
        pd.DataFrame(X, columns=list("abcd")),
        X.tolist(),
        scipy.sparse.csr_matrix(X),
        np.asfortranarray(X),
        X.astype("f4"),
    ],
    ids=["frame", "lists", "sparse", "columns first", "float32"],
)
def test_data_of_any_kind(x: Any) -> None:
    both(TREE, GRID, x, Y, cv=2)


def test_labels_and_targets_of_any_kind() -> None:
    both(TREE, GRID, X, np.array(["red", "green", "blue"], dtype=object)[Y], cv=2)
    both(Ridge(), {"alpha": [0.1, 1.0]}, X, np.stack([Y, -Y], axis=1).astype(float), cv=2)
    both(Ridge(), {"alpha": [0.1, 1.0]}, X, pd.Series(X[:, 0]), cv=2)


def test_class_sorted_labels_are_stratified() -> None:
    search = both(TREE, GRID, cv=3)
    assert search.best_score_ > 0.9


def test_a_failing_fit_has_failed_and_the_others_go_on() -> None:
    grid = {"does": ["well", "fails", "dies"]}
    search = kerasgrid.GridSearchCV(Odd(), grid, cv=2, n_jobs=2)
    with pytest.warns((FitFailedWarning, UserWarning)) as warned:
        search.fit(X, Y)
    assert any("4 fits failed out of a total of 6" in str(warning.message) for warning in warned)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True, True]
    errors = kerasgrid.to_frame(search)["error"].tolist()
    assert errors[:2] == [None, "LookupError: there is nothing here"]
    assert "FitError: the worker process died (exit status 3)" in errors[2]


def test_failing_fits_warn_and_score_as_scikit_learns_do() -> None:
    grid = {"does": ["well", "fails"]}
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
        both(Odd(), grid, cv=2, error_score=-1.0)


@pytest.mark.parametrize(("does", "error"), [("fails", LookupError), ("dies", kerasgrid.FitError)])
def test_a_failing_fit_can_end_the_search(does: str, error: type[Exception]) -> None:
    search = kerasgrid.GridSearchCV(Odd(), {"does": ["well", does]}, cv=2, n_jobs=2, error_score="raise")
    with pytest.raises(error, match=r"there is nothing here|the worker process died"):
        search.fit(X, Y)
    assert not hasattr(search, "cv_results_")


def test_all_fits_failed() -> None:
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        kerasgrid.GridSearchCV(Odd(), {"does": ["fails"]}, cv=2).fit(X, Y)


def test_what_fits_say_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(ConvergenceWarning, match="^take care$"):
        kerasgrid.GridSearchCV(Odd(), {"does": ["warns", "prints"]}, cv=2, refit=False).fit(X, Y)
    assert capsys.readouterr().out == "hello from a fit\n" * 2


def test_a_warning_that_is_an_error_here_is_one_there() -> None:
    # pytest's filters make every warning an error, so this fit fails, as it would without us.
    search = kerasgrid.GridSearchCV(Odd(), {"does": ["warns"]}, cv=2, error_score="raise")
    with pytest.raises(ConvergenceWarning, match="take care"):
        search.fit(X, Y)


def test_what_cannot_be_sent_is_said() -> None:
    class Rooted:
        def __deepcopy__(self, memo: object) -> Rooted:
            return self

        def __reduce__(self) -> Any:
            raise TypeError("it stays here")

    message = "must be things that can be sent to a worker process, got TypeError: it stays here"
    with pytest.raises(RunError, match=message):
        kerasgrid.GridSearchCV(Odd(), {"does": [Rooted()]}, cv=2).fit(X, Y)


def test_an_interrupt_ends_the_workers_and_the_next_fit_works(monkeypatch: pytest.MonkeyPatch) -> None:
    search = kerasgrid.GridSearchCV(TREE, GRID, cv=5, n_jobs=2)
    with monkeypatch.context() as patch:

        def interrupt(self: Any, registry: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr("kerasgrid.model_selection.task.Outcome.show", interrupt)
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, Y)
    psutil.wait_procs(workers(), timeout=5)
    assert workers() == []
    assert not hasattr(search, "cv_results_")
    assert_same(search.fit(X, Y), theirs.GridSearchCV(TREE, GRID, cv=5).fit(X, Y))


def workers() -> list[psutil.Process]:
    """Return the processes that the fork server has made."""
    return [below for child in psutil.Process().children() for below in child.children()]


def test_no_worker_stays() -> None:
    both(TREE, GRID, cv=2)
    psutil.wait_procs(workers(), timeout=5)
    assert workers() == []


def test_a_search_within_a_search() -> None:
    inner = kerasgrid.GridSearchCV(TREE, GRID, cv=2)
    outer = kerasgrid.GridSearchCV(inner, {"estimator__min_samples_leaf": [1, 5]}, cv=2, n_jobs=2).fit(X, Y)
    plain = theirs.GridSearchCV(TREE, GRID, cv=2)
    other = theirs.GridSearchCV(plain, {"estimator__min_samples_leaf": [1, 5]}, cv=2).fit(X, Y)
    assert_same(outer, other)


@pytest.mark.usefixtures("here")
def test_it_is_an_estimator_like_others() -> None:
    search = kerasgrid.GridSearchCV(TREE, GRID, cv=2, run_dir=None)
    assert clone(search).get_params()["run_dir"] is None
    assert pickle.loads(pickle.dumps(search.fit(X, Y))).best_params_ == search.best_params_
    assert isinstance(search, theirs.GridSearchCV)
    assert isinstance(kerasgrid.RandomizedSearchCV(TREE, GRID), theirs.RandomizedSearchCV)
    scores = theirs.cross_val_score(search, X, Y, cv=2)
    assert scores.tolist() == theirs.cross_val_score(theirs.GridSearchCV(TREE, GRID, cv=2), X, Y, cv=2).tolist()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run_dir": 3}, "The 'run_dir' parameter of GridSearchCV must be"),
        ({"n_jobs": "two"}, "The 'n_jobs' parameter of GridSearchCV must be"),
        ({"n_jobs": 0}, "n_jobs == 0 has no meaning"),
        ({"cv": 1}, "The 'cv' parameter of GridSearchCV must be"),
    ],
)
def test_wrong_arguments(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kerasgrid.GridSearchCV(TREE, GRID, **change).fit(X, Y)


@pytest.mark.usefixtures("here")
def test_what_the_refit_runs_in_parallel_is_its_own_affair() -> None:
    from joblib import Parallel, delayed, parallel_config

    class Parallelist(Odd):
        def fit(self, x: Any, y: Any) -> Parallelist:
            self.backend_ = Parallel(n_jobs=None)
            self.sum_ = sum(self.backend_(delayed(abs)(-number) for number in range(4)))
            super().fit(x, y)
            return self

    with parallel_config(backend="threading", n_jobs=2, require="sharedmem"):
        search = kerasgrid.GridSearchCV(Parallelist(), {"does": ["well"]}, cv=2).fit(X, Y)
        assert search.best_estimator_.sum_ == 6
        assert search.best_estimator_.backend_.n_jobs == 2


def test_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a notebook's kernel
    kerasgrid.GridSearchCV(TREE, GRID, cv=2, verbose=1, scoring="accuracy").fit(X, Y)
    shown = capsys.readouterr()
    assert shown.out == "Fitting 2 folds for each of 3 candidates, totalling 6 fits\n"
    lines = shown.err.splitlines()
    assert lines[0] == "training 6 fits"
    assert lines[1].startswith("6/6 fits, best accuracy 0.9")
    kerasgrid.GridSearchCV(TREE, GRID, cv=2).fit(X, Y)
    assert capsys.readouterr() == ("", "")


def test_scikit_learns_own_lines(capsys: pytest.CaptureFixture[str]) -> None:
    kerasgrid.GridSearchCV(TREE, {"max_depth": [1]}, cv=2, verbose=2).fit(X, Y)
    assert capsys.readouterr().out.count("[CV] END") == 2
