"""Tables and reports of any fitted search: scikit-learn's own as well as ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from support.browser import chromium

import kerasgrid
from kerasgrid.errors import RunError
from kerasgrid.model_selection.shown import shown_value
from kerasgrid.model_selection.trials import chosen_trials, run_of
from kerasgrid.reports.tables.columns import columns
from kerasgrid.reports.text.sentences import best_line, made_line, title

# scikit-learn 1.5 makes masked arrays of whole numbers out of memory that is not initialised.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [1, 2, 3]}


def grid(estimator: Any = TREE, axes: Any = DEPTHS, x: Any = X, y: Any = Y, **options: Any) -> Any:
    return GridSearchCV(estimator, axes, **{"cv": 3, **options}).fit(x, y)


def content(path: Path) -> dict[str, Any]:
    text = path.read_text().split('<script type="application/json"', 1)[1].split(">", 1)[1].split("</script>")[0]
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_table_best_first() -> None:
    search = grid()
    table = kerasgrid.to_frame(search)
    assert table.columns[:4].tolist() == [
        "rank_test_score", "mean_test_score", "std_test_score", "standard_error_test_score",
    ]  # fmt: skip
    assert table["rank_test_score"].is_monotonic_increasing
    assert table["param_max_depth"].dtype == np.int64
    assert table["params"][0] == search.best_params_
    assert set(table) == {*search.cv_results_, "standard_error_test_score"}
    scores = [search.cv_results_[f"split{split}_test_score"][search.best_index_] for split in range(3)]
    assert table["standard_error_test_score"][0] == pytest.approx(np.std(scores, ddof=1) / np.sqrt(3))


@pytest.mark.filterwarnings("ignore")
def test_parameters_that_not_all_have() -> None:
    table = kerasgrid.to_frame(grid(axes=[DEPTHS, {"criterion": ["gini", None]}], error_score=0.0, refit=False))
    assert sorted(table["param_criterion"].dropna()) == ["gini"]
    assert table["param_max_depth"].isna().sum() == 2


@pytest.mark.parametrize(
    "function", [kerasgrid.to_frame, lambda s: kerasgrid.report(s, "x"), lambda s: kerasgrid.best_params(s, "x")]
)
def test_a_search_that_is_not_fitted(function: Any) -> None:
    with pytest.raises(NotFittedError, match="This GridSearchCV instance is not fitted yet"):
        function(GridSearchCV(TREE, DEPTHS))
    with pytest.raises(
        TypeError, match="a search of scikit-learn is needed, as GridSearchCV, got DecisionTreeClassifier"
    ):
        function(TREE)


def test_several_metrics() -> None:
    search = grid(scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss")
    assert kerasgrid.to_frame(search).columns[1] == "mean_test_neg_log_loss"
    assert kerasgrid.to_frame(search, metric="accuracy").columns[1] == "mean_test_accuracy"
    assert chosen_trials(search)[0][0] == search.best_index_
    undecided = grid(scoring=["accuracy", "neg_log_loss"], refit=False)
    message = (
        r"^GridSearchCV: which of several metrics is meant must be said, got refit=False \(pass metric=, one of acc"
    )
    with pytest.raises(RunError, match=message):
        kerasgrid.to_frame(undecided)
    with pytest.raises(
        RunError, match=r"^GridSearchCV: the search has no metric f1 \(it has accuracy, neg_log_loss\)$"
    ):
        kerasgrid.to_frame(search, metric="f1")
    assert kerasgrid.to_frame(grid(scoring="f1_macro"), metric="f1_macro").columns[1] == "mean_test_score"


def test_a_choice_by_other_rules_than_the_score(tmp_path: Path) -> None:
    search = grid(refit=lambda results: 0)
    assert kerasgrid.to_frame(search)["param_max_depth"][0] == 1
    assert kerasgrid.best_params(search, tmp_path / "best.json")["params"] == {"max_depth": 1}
    assert "chosen out of 3, so a little optimistic" in best_line(run_of(search))


def worst_accuracy(results: Any) -> int:
    return int(np.argmin(results["mean_test_accuracy"]))


def test_a_choice_by_a_function_of_several_metrics(tmp_path: Path) -> None:
    scoring = ["accuracy", "neg_log_loss"]
    search = kerasgrid.GridSearchCV(
        TREE, DEPTHS, cv=3, scoring=scoring, refit=worst_accuracy, run_dir=tmp_path, n_jobs=1
    ).fit(X, Y)
    assert search.best_index_ != np.argmax(search.cv_results_["mean_test_accuracy"])
    for metric in scoring:
        assert chosen_trials(search, metric)[0][0] == search.best_index_
        assert kerasgrid.to_frame(search, metric=metric)["param_max_depth"][0] == search.best_params_["max_depth"]
    assert json.loads((tmp_path / "best_params.json").read_text())["params"] == search.best_params_


def test_best_params(tmp_path: Path) -> None:
    search = grid(
        make_pipeline(StandardScaler(), TREE), {"decisiontreeclassifier__max_depth": [1, 3]}, scoring="accuracy"
    )
    returned = kerasgrid.best_params(search, tmp_path / "best.json")
    assert json.loads((tmp_path / "best.json").read_text()) == json.loads(json.dumps(returned))
    assert returned["name"] == "GridSearchCV of DecisionTreeClassifier"
    assert returned["params"] == {"decisiontreeclassifier__max_depth": 3}
    assert returned["mean"] == pytest.approx(search.best_score_)
    assert (returned["metric"], returned["folds"], returned["n_candidates"]) == ("accuracy", 3, 2)
    assert (returned["test"], returned["seed"], returned["dataset"]["name"]) == (None, None, None)
    assert run_of(grid()).seed == 0


@pytest.mark.filterwarnings("ignore")
def test_no_candidate_has_a_score(tmp_path: Path) -> None:
    search = grid(scoring=lambda estimator, x, y: np.nan, refit=False)
    with pytest.raises(RunError, match=r"^GridSearchCV: no candidate has a score, so none is the best$"):
        kerasgrid.best_params(search, tmp_path / "best.json")
    kerasgrid.report(search, tmp_path / "report.html")
    assert "No trial has a score." in (tmp_path / "report.html").read_text()


def test_the_page(tmp_path: Path) -> None:
    axes = {"C": loguniform(1e-2, 1e1), "tol": uniform(1e-5, 1e-4), "class_weight": [None, {0: 1, 1: 2, 2: 1}]}
    search = RandomizedSearchCV(
        LogisticRegression(solver="newton-cg", max_iter=2000),
        axes,
        n_iter=5,
        random_state=0,
        scoring="neg_log_loss",
        cv=3,
    )
    path = kerasgrid.report(search.fit(X, Y), str(tmp_path / "report.html"))
    run = run_of(search)
    assert title(run) == "RandomizedSearchCV of LogisticRegression"
    assert run.log_axes == {"C"}
    assert (run.space, run.folder) == (None, None)
    found = {column.name: column for column in columns(run)}
    assert found["C"].kind == "numericlog"
    assert set(found["class_weight"].cells) <= {"none", "{0: 1, 1: 2, 2: 1}"}
    assert best_line(run).startswith("Best neg_log_loss: -0.")
    assert best_line(run).endswith("(mean ± standard error of 3 folds; the highest of 5, so a little optimistic)")
    assert "seed" not in made_line(run)
    points = content(path)["experiment"]["datapoints"]
    assert [point["values"]["rank"] for point in points] == [1, 2, 3, 4, 5]


def test_a_halving_search(tmp_path: Path) -> None:
    search = HalvingGridSearchCV(TREE, {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 2]}, random_state=0, cv=3)
    search.fit(X, Y)
    trials = chosen_trials(search)
    assert trials[0][0] == search.best_index_
    iterations = [search.cv_results_["iter"][index] for index, _ in trials]
    assert iterations == sorted(iterations, reverse=True)
    assert kerasgrid.best_params(search, tmp_path / "best.json")["params"] == search.best_params_
    points = content(kerasgrid.report(search, tmp_path / "report.html"))["experiment"]["datapoints"]
    assert {"iter", "n_resources"} <= set(points[0]["values"])


def test_our_losses_names_as_names_of_scores() -> None:
    search = grid(Ridge(), {"alpha": [0.1, 100.0]}, X, X[:, 0], scoring={"mse": "neg_mean_squared_error"}, refit="mse")
    run = run_of(search)
    assert (run.metric, run.task) == ("mse score", "regression")
    assert "the highest of 2" in best_line(run)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        ([128, 64], (128, 64)),
        (np.array([3, 4]), (3, 4)),
        ([0.5, 1.0], "[0.5, 1.0]"),
        (np.log1p, "log1p"),
        (test_several_metrics, "test_several_metrics"),
        (object(), "<object object>"),
        (TREE, "DecisionTreeClassifier(random_state=0)"),
        ({"a": "x" * 80}, "{'a': '" + "x" * 52 + "…"),
        (None, None),
    ],
)
def test_values_of_any_kind_are_shown(value: Any, text: Any) -> None:
    assert shown_value(value) == text
    assert type(shown_value(value)) is type(text)


@pytest.mark.browser
def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    path = kerasgrid.report(grid(axes={"max_depth": [1, 2, 3], "criterion": ["gini", "entropy"]}), tmp_path / "r.html")
    with chromium() as page:
        page.open(path)
        assert page.axes()[-1] == "val_score"
        assert len(page.rows()) == 6
        assert page.console() == []
        assert page.requests == [path.as_uri()]
