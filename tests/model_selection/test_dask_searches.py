"""Searches of scikit-learn's face on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from kerasgrid import GridSearchCV
from kerasgrid.model_selection.dask import active_client

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


def test_a_search_on_a_cluster_is_that_of_this_machine(client: Any) -> None:
    X, y = load_iris(return_X_y=True)
    order = np.argsort(y)  # folds that are not stratified would lack a class
    grid = {"C": [0.1, 1.0, 10.0]}
    assert active_client() is None
    here = GridSearchCV(LogisticRegression(max_iter=2000), grid, n_jobs=1, cv=3).fit(X[order], y[order])
    with joblib.parallel_config(backend="dask", client=client):
        assert active_client() is client
        there = GridSearchCV(LogisticRegression(max_iter=2000), grid, cv=3).fit(X[order], y[order])
    assert there.best_params_ == here.best_params_
    for name in (f"split{number}_test_score" for number in range(3)):
        assert there.cv_results_[name].tolist() == here.cv_results_[name].tolist()
    assert min(here.cv_results_["mean_test_score"]) > 0.8


def test_what_is_the_users_own_travels_with_its_code(client: Any) -> None:
    class Mine(LogisticRegression):  # type: ignore[misc]
        pass

    X, y = load_iris(return_X_y=True)
    with joblib.parallel_config(backend="dask", client=client):
        search = GridSearchCV(Mine(max_iter=2000), {"C": [1.0, 2.0]}, n_jobs=2, cv=2, scoring=lambda *given: 0.25).fit(
            X, y
        )
    assert search.cv_results_["mean_test_score"].tolist() == [0.25, 0.25]
