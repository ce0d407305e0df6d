"""A model for which there is no memory is refused before it is built, alone and in a search."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

import kerasgrid
from kerasgrid import FitError, KerasClassifier
from kerasgrid.workers import shares

X, Y = np.random.default_rng(0).random((60, 5), dtype=np.float32), np.arange(60) % 3
MESSAGE = r"a fit's weights and activations must fit in memory, got about {}, where .* may be taken \(fewer units or"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "available_memory", lambda: 10**9)


@pytest.mark.usefixtures("small")
def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(FitError, match=MESSAGE.format(r"1\.2 GB")):
        KerasClassifier(hidden_units=[10**4, 10**4], epochs=1).fit(X, Y)


@pytest.mark.usefixtures("small")
def test_so_are_the_activations_of_large_batches() -> None:
    many, labels = np.tile(X, (4000, 1)), np.tile(Y, 4000)
    with pytest.raises(FitError, match=MESSAGE.format(r"\d\.\d GB")):
        KerasClassifier(hidden_units=[997], epochs=1, batch_size=240_000).fit(many, labels)
    assert KerasClassifier(hidden_units=[997], epochs=1, batch_size=20).fit(X, Y).score(X, Y) > 0


def test_in_a_search_that_fit_alone_fails() -> None:
    grid = {"hidden_units": [[4], [10**6, 10**6]]}
    search = kerasgrid.GridSearchCV(KerasClassifier(epochs=1, random_state=0), grid, cv=2, n_jobs=2)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search.fit(X, Y)
    (failed,) = [str(one.message) for one in told if issubclass(one.category, FitFailedWarning)]
    assert re.search(MESSAGE.format(r"12,000\.\d GB"), failed)
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [True, False]
