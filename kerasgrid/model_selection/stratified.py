"""Classifiers that scikit-learn does not take for such: their folds are stratified all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import sklearn.model_selection as theirs
from sklearn.base import ClassifierMixin, is_classifier


def classifies(estimator: Any) -> bool:
    """Return whether this is a classifier, if scikit-learn sees that of it or not, as of scikeras's since 1.7."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    if isinstance(estimator, ClassifierMixin) or getattr(estimator, "_estimator_type", None) == "classifier":
        return True
    return bool(is_classifier(estimator))


@contextmanager
def stratified(search: Any, y: Any) -> Iterator[None]:
    """Have a search whose ``cv`` is a number stratify classes where scikit-learn takes a classifier for none."""
    given = search.cv
    is_number = given is None or isinstance(given, Integral)
    if is_number and y is not None and classifies(search.estimator):
        search.cv = theirs.check_cv(given, y, classifier=True)
    try:
        yield
    finally:
        search.cv = given
