"""What stands in front of a baseline: a table's matrix as numbers that it can work with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasgrid.baselines.model import DataFacts

_MOST_WORDS = 100
"""Columns that a category is spread over at most; its rarer words share one."""

_MOST_BINS = 255
"""Categories that scikit-learn's histogram trees can tell apart."""


def of_encoded(make: Callable[[DataFacts], Any]) -> Callable[[DataFacts], Any]:
    """Return a maker of the same estimator behind an encoder: categories one-hot, gaps filled, numbers of one size.

    Gaps in numbers become the median. Images are left as they are: their numbers are of one size.
    """

    def encoded(facts: DataFacts) -> Any:
        from sklearn.compose import make_column_transformer
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        if facts.is_image:
            return make(facts)
        if facts.columns is None:
            return make_pipeline(StandardScaler(), make(facts))
        numbers = facts.columns.of_kind("number", "yes/no", "date")
        words = facts.columns.of_kind("category")
        filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        spread = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MOST_WORDS)
        front = make_column_transformer((filled, list(numbers)), (spread, list(words)))
        return make_pipeline(front, make(facts))

    return encoded


def of_trees(make: Callable[..., Any]) -> Callable[[DataFacts], Any]:
    """Return a maker of histogram trees that know which columns are categories; they deal with gaps themselves.

    Args:
        make: Takes the facts, and which columns of the matrix are categories.
    """

    def encoded(facts: DataFacts) -> Any:
        from sklearn.compose import make_column_transformer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OrdinalEncoder

        words = () if facts.columns is None else facts.columns.of_kind("category")
        if not words:
            return make(facts, None)
        # Places of words as the trees want them, 0 to 254; what is rarer, or new, is a gap.
        codes = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=_MOST_BINS
        )
        front = make_column_transformer((codes, list(words)), remainder="passthrough")
        return make_pipeline(front, make(facts, list(range(len(words)))))

    return encoded
