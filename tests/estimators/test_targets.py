"""Targets and labels that cannot be learnt from, or are not like those of the fit, are told of in one message."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kerasgrid import InputError, KerasClassifier, KerasRegressor

RNG = np.random.default_rng(0)
X = RNG.random((30, 3))
INDICES = np.arange(30) % 3
ROWS = np.eye(3, dtype=int)[INDICES]
LABELS = (RNG.random((30, 3)) > 0.5).astype(int)
LABELS[0] = 1
NUMBERS = RNG.random((30, 2))
DATES = pd.Series(pd.date_range("2020-01-01", periods=30))
SMALL: dict[str, Any] = {"hidden_units": [4], "epochs": 1, "random_state": 0}
ONE_HOT = r"must be rows of 3 numbers, each 0 or 1 with one 1 for the class, as in the fit"


@pytest.mark.parametrize(
    ("kind", "y", "held_out", "message"),
    [
        (KerasClassifier, ROWS, INDICES, rf"{ONE_HOT}, got an array of shape \(30,\)$"),
        (KerasClassifier, ROWS, np.eye(4)[INDICES], rf"{ONE_HOT}, got an array of shape \(30, 4\)$"),
        (KerasClassifier, ROWS, LABELS, rf"{ONE_HOT}, got the row \[1.0, 1.0, 1.0\]$"),
        (KerasClassifier, ROWS, ROWS.astype("U5") + "?", rf"{ONE_HOT}, got values that are no numbers$"),
        (
            KerasClassifier,
            INDICES,
            ROWS,
            r"must be one label a sample, as in the fit, got an array of shape \(30, 3\)$",
        ),
        (
            KerasClassifier,
            LABELS,
            INDICES,
            r"must be rows of 3 numbers, each 0 or 1, as in the fit, got an array of sh",
        ),
        (KerasClassifier, LABELS, 2 * LABELS, r"must be rows of 3 numbers, .* got the row \[2.0, 2.0, 2.0\]$"),
        (KerasRegressor, NUMBERS[:, 0], NUMBERS, r"must have as many targets a sample as the fit, 1, got an array of "),
        (KerasRegressor, NUMBERS, NUMBERS[:, 0], r"must have as many targets a sample as the fit, 2, got an array of "),
        (KerasRegressor, NUMBERS[:, 0], DATES, r"targets must be numbers, got dates "),
    ],
)
def test_held_out_ones_that_are_not_like_those_of_the_fit(kind: Any, y: Any, held_out: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^validation_data: {message}"):
        kind(**SMALL).fit(X, y, validation_data=(X, held_out))


def test_held_out_ones_may_be_a_column() -> None:
    y = NUMBERS[:, 0]
    flat, column = (
        KerasRegressor(**SMALL).fit(X, y, validation_data=(X, given)).history_ for given in (y, y[:, np.newaxis])
    )
    assert flat == column
    rows, labels = (KerasClassifier(**SMALL).fit(X, y, validation_data=(X, y)).history_ for y in (ROWS, LABELS))
    assert len(rows["val_loss"]) == len(labels["val_loss"]) == 1


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (DATES, r"targets must be numbers, got dates \(\(y - y.min\(\)\) / np.timedelta64\(1, 's'\) are seconds\)$"),
        (pd.DataFrame({"a": DATES, "b": DATES}), r"targets must be numbers, got dates "),
        (DATES - DATES[0], r"targets must be numbers, got durations \(y / np.timedelta64\(1, 's'\) are seconds\)$"),
        (
            DATES.dt.tz_localize("UTC"),
            r"targets must be numbers, got Timestamp\('2020-.* \(pd.to_datetime\(y\) makes dat",
        ),
        (
            [datetime.date(2020, 1, 1)] * 30,
            r"targets must be numbers, got datetime.date\(2020, 1, 1\) \(pd.to_datetime",
        ),
        (["1.5", "few"] * 15, r"targets must be numbers, got 'few' \(labels of classes take a classifier\)$"),
        (pd.Series(["few", "many"] * 15).astype("category"), r"targets must be numbers, got 'few' "),
        (pd.DataFrame({"a": 1.5, "b": ["few"] * 30}), r"targets must be numbers, got 'few' "),
        (np.array([None] + [1.5] * 29), r"must have no gaps \(leave out samples without a target\)$"),
        (np.full(30, 1e39), r"must fit in float32, which ends at 3.4e38 \(scale the targets\)$"),
    ],
)
def test_targets_that_are_no_numbers(y: Any, message: str) -> None:
    with pytest.raises(InputError, match=f"^y: {message}"):
        KerasRegressor(**SMALL).fit(X, y)
