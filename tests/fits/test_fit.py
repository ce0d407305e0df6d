"""What came of a fit."""

from __future__ import annotations

import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import Value
from kerasgrid.fits.fit import Fit, FitResult

FIT = Fit(Candidate({"model": "mlp"}), 0)


def test_the_score_is_the_last_value_on_held_out_samples() -> None:
    result = FitResult(FIT, "ok", {"accuracy": [0.7, 0.8], "val_accuracy": [0.5, 0.6]})
    assert result.score("accuracy") == 0.6


def test_a_metric_that_was_added_later_has_no_score() -> None:
    assert FitResult(FIT, "ok", {"val_accuracy": [0.5]}).score("top_2") is None


def test_a_fit_that_did_not_end_well_has_no_score() -> None:
    assert FitResult(FIT, "diverged", {"val_accuracy": [0.5]}).score("accuracy") is None
    assert FitResult(FIT, "failed", error="no memory").score("accuracy") is None


def test_a_version_of_their_own_is_in_the_keys_of_users_models(monkeypatch: pytest.MonkeyPatch) -> None:
    fits = [FIT, Fit(Candidate({"model": "module:build"}), 0)]
    before = [fit.key("classification", "data", "folds") for fit in fits]
    monkeypatch.setattr("kerasgrid.fits.fit.OWN_MODELS_VERSION", 99)
    after = [fit.key("classification", "data", "folds") for fit in fits]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False]


@pytest.mark.parametrize(
    ("params", "has_version"),
    [
        ({"model": "mlp"}, False),
        ({"model": "lenet5"}, True),
        ({"model": "cnn"}, False),
        ({"model": "cnn", "conv_filters": (6, 16)}, False),
        ({"model": "cnn", "conv_filters": (7, 16), "kernel_size": 5}, False),
        ({"model": "cnn", "conv_filters": (6, 16), "kernel_size": 5}, True),
    ],
)
def test_convolutions_of_few_filters_have_a_version_of_their_own(
    params: dict[str, Value], has_version: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Fit(Candidate(params), 0)
    before = fit.key("classification", "data", "folds")
    monkeypatch.setattr("kerasgrid.fits.fit.CONVOLUTIONS_VERSION", 99)
    assert (fit.key("classification", "data", "folds") != before) == has_version


def test_groups_and_times_are_in_the_keys_of_fits_that_watch_samples() -> None:
    watches = Fit(Candidate({"model": "mlp", "early_stopping": {"patience": 2}}), 0)
    keys = [[fit.key("classification", "data", "folds", more) for more in ("", "a", "b")] for fit in (FIT, watches)]
    assert [len(set(of_fit)) for of_fit in keys] == [1, 3]
    assert keys[1][0] == watches.key("classification", "data", "folds")
