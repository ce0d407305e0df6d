"""The baselines that there are."""

from __future__ import annotations

from typing import Any

from kerasgrid.baselines.encoding import of_encoded, of_trees
from kerasgrid.baselines.model import BaselineModel, DataFacts
from kerasgrid.registry import Registry

_MOST_PIXELS = 256
"""Of larger images trees take minutes a class, and are behind all others."""

_SEED = 0


def _constant(facts: DataFacts) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyRegressor() if facts.task == "regression" else DummyClassifier(strategy="prior")


def _constant_label(task: str) -> str:
    return {"classification": "the most frequent class", "regression": "the mean"}.get(task, "the most frequent labels")


def _linear(facts: DataFacts) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multioutput import MultiOutputClassifier

    if facts.task == "regression":
        return Ridge()
    # Images of 28×28 need more steps than scikit-learn's 100, and gain nothing after these.
    logistic = LogisticRegression(max_iter=300)
    return MultiOutputClassifier(logistic) if facts.task == "multilabel" else logistic


def _linear_label(task: str) -> str:
    return "ridge regression" if task == "regression" else "logistic regression"


def _boosting(facts: DataFacts, categories: list[int] | None) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor

    if facts.task == "regression":
        trees = HistGradientBoostingRegressor(categorical_features=categories, random_state=_SEED)
        return MultiOutputRegressor(trees) if facts.n_outputs > 1 else trees
    trees = HistGradientBoostingClassifier(categorical_features=categories, random_state=_SEED)
    return MultiOutputClassifier(trees) if facts.task == "multilabel" else trees


def _neighbours(facts: DataFacts) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    return KNeighborsRegressor() if facts.task == "regression" else KNeighborsClassifier()


BASELINES: Registry[BaselineModel] = Registry(
    "baseline",
    (
        BaselineModel("constant", _constant_label, _constant),
        BaselineModel("linear", _linear_label, of_encoded(_linear)),
        BaselineModel(
            "boosting",
            "gradient-boosted trees",
            of_trees(_boosting),
            lambda facts: not facts.is_image or facts.n_features <= _MOST_PIXELS,
        ),
        BaselineModel("neighbours", "5 nearest neighbours", of_encoded(_neighbours), lambda facts: facts.is_image),
    ),
)
"""In the order in which they are trained and told: scikit-learn's defaults."""
