"""Keys of what an estimator keeps besides its parameters: what a frozen one learnt, and requests of metadata."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kerasgrid import GridSearchCV, KerasClassifier
from kerasgrid.errors import RunError
from kerasgrid.model_selection.keys import described

X, Y = load_iris(return_X_y=True)


class Frozen(TransformerMixin, BaseEstimator):
    """As scikit-learn's FrozenEstimator, which not every version has."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __sklearn_clone__(self) -> Frozen:
        return self

    def fit(self, x: Any, y: Any = None) -> Frozen:
        return self

    def transform(self, x: Any) -> Any:
        return self.estimator.transform(x)


class Copied(Frozen):
    """One whose clones are new, and fitted."""

    def __sklearn_clone__(self) -> Frozen:
        made = Copied(self.estimator)
        made.scaler_ = self.estimator
        return made


def kinds() -> list[Any]:
    try:
        from sklearn.frozen import FrozenEstimator
    except ImportError:
        return [Frozen, Copied]
    return [Frozen, Copied, FrozenEstimator]


@pytest.mark.parametrize("kind", kinds())
def test_what_a_frozen_one_learnt_counts(kind: Any) -> None:
    def key(x: Any) -> Any:
        return described(make_pipeline(kind(StandardScaler().fit(x)), LogisticRegression()), "estimator")

    assert key(X) == key(X.copy()) != key(X + 1)


def test_a_search_goes_on_with_the_same_frozen_one_alone(tmp_path: Path) -> None:
    def scores(scale: float) -> list[float]:
        scaler = StandardScaler().fit(X)
        scaler.scale_ = scaler.scale_ * scale
        estimator = make_pipeline(Frozen(scaler), LogisticRegression())
        grid = {"logisticregression__C": [0.1, 1.0]}
        search = GridSearchCV(estimator, grid, cv=3, n_jobs=1, refit=False, run_dir=tmp_path)
        return search.fit(X, Y).cv_results_["mean_test_score"].tolist()

    first = scores(1.0)
    assert scores(50.0) != first
    assert scores(1.0) == first


def test_what_was_learnt_has_the_same_key_in_another_process() -> None:
    code = textwrap.dedent("""
        import json, sys
        from sklearn.datasets import load_iris
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.base import BaseEstimator
        from kerasgrid.model_selection.keys import described
        class Frozen(BaseEstimator):
            def __init__(self, estimator=None):
                self.estimator = estimator
            def __sklearn_clone__(self):
                return self
        forest = RandomForestClassifier(3, random_state=0).fit(*load_iris(return_X_y=True))
        print(json.dumps(described(Frozen(forest), "estimator")))
    """)
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(found) == 1
    assert "fitted" in found.pop()


def test_what_cannot_be_hashed_is_refused() -> None:
    learnt = StandardScaler().fit(X)
    learnt.function = lambda: 1
    message = r"^estimator: with run_dir, .* to be the same, got a Frozen \(name a function at"
    with pytest.raises(RunError, match=message):
        described(Frozen(learnt), "estimator")


def test_requests_count_where_they_are_not_those_of_the_class() -> None:
    def keys(estimator: Any) -> list[Any]:
        return [described(estimator().set_fit_request(sample_weight=asked), "e") for asked in (None, True, False, "w")]

    for kind in (LogisticRegression, KerasClassifier):
        plain = described(kind(), "e")
        with sklearn.config_context(enable_metadata_routing=True):
            first, *others = keys(kind)
            assert first == plain == described(kind(), "e")
            assert len({str(key) for key in (plain, *others)}) == 4
            some = kind().set_fit_request(sample_weight=True)
        # Nobody looks at them then.
        assert described(some, "e") == plain


def test_scorers_with_requests_have_keys() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        keys = [
            described(make_scorer(accuracy_score).set_score_request(sample_weight=asked), "scoring")
            for asked in (True, True, False)
        ]
    assert keys[0] == keys[1] != keys[2]
