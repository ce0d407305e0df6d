"""Choosing an ensemble, and what it gains on samples that did not choose it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasgrid.insight.ensembles import MOST_MEMBERS, Ensemble, Votes, chosen

TRUTH = [np.arange(6.0), np.arange(6.0, 12.0), np.arange(12.0, 18.0)]


def votes(*errors: float, noise: float = 0.0) -> Votes:
    """Return votes for numbers that each trial misses by a constant, scored by the negative mean squared error."""
    generator = np.random.default_rng(0)
    outputs = [
        [(true + error + noise * generator.normal(size=len(true)))[:, None] for true in TRUTH] for error in errors
    ]
    return Votes(outputs, lambda part, given: -float(np.mean((given[:, 0] - TRUTH[part]) ** 2)))


def test_errors_that_cancel_are_joined() -> None:
    found = chosen(votes(1.0, -1.0, 5.0), 1 / 3)
    assert found.counts == (1, 1, 0)
    # Each part is scored by what the others chose: 1.0 without, 0 with.
    assert (found.gain, found.standard_error) == (pytest.approx(1.0), pytest.approx(0.0))


@pytest.mark.parametrize(
    ("gain", "error", "pays"),
    [
        (0.02, 0.01, True),
        (0.01, 0.01, False),
        (0.0001, 0.0005, False),
        (1.0, 0.0, True),
        (0.0, 0.0, False),
        (-0.1, 0.01, False),
        (0.1, None, False),
        (math.nan, 0.01, False),
        (0.1, math.nan, False),
    ],
)
def test_a_gain_that_may_be_chance_does_not_pay(gain: float, error: float | None, pays: bool) -> None:
    assert Ensemble((1, 1), gain, error).pays == pays


def test_a_trial_may_be_chosen_more_than_once() -> None:
    found = chosen(votes(1.0, -2.0), None)
    assert found.counts == (2, 1)
    assert sum(found.counts) <= MOST_MEMBERS


def test_the_best_alone_gains_nothing() -> None:
    found = chosen(votes(0.0, 1.0, 2.0), 1 / 3)
    assert (found.counts, found.gain) == ((1, 0, 0), 0.0)


def test_of_equal_trials_the_better_rank_counts() -> None:
    assert chosen(votes(1.0, 1.0), 1 / 3).counts == (1, 0)


def test_the_gain_is_of_samples_that_did_not_choose() -> None:
    """Where nothing but noise is to be had, what is chosen looks better than it is."""
    generator = np.random.default_rng(1)
    gains, looks = [], []
    for _ in range(60):
        outputs = [[generator.integers(0, 2, 12).astype(float)[:, None] for _ in range(4)] for _ in range(6)]
        of_noise = Votes(outputs, lambda part, given: float(np.mean((given[:, 0] > 0.5) == (np.arange(12) % 2))))
        alone = (1, 0, 0, 0, 0, 0)
        found = chosen(of_noise, 1 / 4)
        gains.append(found.gain)
        looks.append(of_noise.mean(found.counts, range(4)) - of_noise.mean(alone, range(4)))
    assert abs(np.mean(gains)) < 3 * np.std(gains) / math.sqrt(60)
    assert np.mean(looks) > 0.1


def test_folds_share_samples_and_parts_do_not() -> None:
    apart, folds = (chosen(votes(1.0, -0.9, noise=0.5), share).standard_error for share in (None, 1 / 3))
    assert apart is not None
    assert folds == pytest.approx(apart * math.sqrt((1 / 3 + 1 / 2) / (1 / 3)))


def test_what_has_no_score_is_never_better() -> None:
    of_nothing = Votes([[np.zeros((2, 1))] * 2] * 2, lambda part, given: math.nan)
    assert chosen(of_nothing, 1 / 2) == chosen(votes(0.0, 1.0), 1 / 2).__class__((1, 0), 0.0, 0.0)
