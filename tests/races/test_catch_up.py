"""How far behind is too far: what trials with known ends made up for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasgrid.races.catch_up import caught_up, n_needed


@pytest.mark.parametrize(("error", "n"), [(0.05, 19), (0.04, 24), (0.025, 39), (0.5, 1)])
def test_how_many_ends_must_be_known(error: float, n: int) -> None:
    assert n_needed(error) == n
    rng = np.random.default_rng(0)
    for m in (n - 1, n):
        if m > 2:
            early, ends = rng.standard_normal((m, 1)), rng.standard_normal(m)
            assert math.isinf(caught_up(early, ends, ends, error).most) == (m < n)


def test_the_bound_is_that_of_the_one_that_made_up_most_by_those_beside_it() -> None:
    rng = np.random.default_rng(1)
    early, ends = rng.standard_normal((24, 2)), rng.standard_normal(24)
    found = caught_up(early, ends, ends, 0.04)
    made_up = ends[:, None] - early
    alone = [
        (made_up[j] - np.delete(made_up, j, 0).mean(0)) / np.delete(made_up, j, 0).std(0, ddof=1) for j in range(24)
    ]
    assert found.most == pytest.approx(max(float(one.max()) for one in alone))
    assert found.centre == pytest.approx(made_up.mean(0))
    assert found.scale == pytest.approx(made_up.std(0, ddof=1))
    assert (found.best, found.worst) == (ends.max(), ends.min())


def test_a_new_trial_goes_beyond_it_as_rarely_as_it_is_to() -> None:
    """Whatever the distribution: the promise of conformal prediction, over both looks together."""
    rng = np.random.default_rng(2)
    n, beyond = 4000, 0
    for _ in range(n):
        made_up = rng.lognormal(size=(25, 1)) + 0.3 * rng.standard_normal((25, 2))
        found = caught_up(-made_up[:24], np.zeros(24), np.zeros(24), 0.04)
        beyond += bool((((made_up[24] - found.centre) / found.scale) > found.most).any())
    # Rather less: each of those is measured by one fewer than the last.
    assert 0.015 < beyond / n < 0.045


def test_whoever_is_further_behind_than_any_made_up_for_is_out() -> None:
    ends = np.linspace(0.5, 0.9, 24)
    early = (ends - 0.1 - 0.02 * np.sin(np.arange(24)))[:, None]
    found = caught_up(early, ends, ends, 0.04)
    assert found.best == 0.9
    assert not found.is_too_far(0.9 - 0.1, 0)
    assert not found.is_too_far(0.9 - 0.119, 0)
    assert found.is_too_far(0.7, 0)
    # Of more than is known nothing is told.
    assert not caught_up(early[:10], ends[:10], ends[:10], 0.04).is_too_far(-10.0, 0)


def test_what_is_expected_follows_those_that_stood_as_well() -> None:
    """Those at chance stay there, the others double."""
    early = np.array([[0.1], [0.1], [0.1], [0.2], [0.3], [0.4]])
    ends = np.array([0.1, 0.1, 0.1, 0.4, 0.6, 0.8])
    found = caught_up(early, ends, ends, 0.04)
    (low, error), (high, _) = found.expected(0.1, 0), found.expected(0.3, 0)
    assert low == pytest.approx(0.1, abs=0.03)
    assert high == pytest.approx(0.6, abs=0.06)
    assert 0 < error < 0.08
    # Nothing beyond what was seen.
    assert found.expected(5.0, 0)[0] == 0.8
    assert found.expected(-5.0, 0)[0] == 0.1


def test_where_all_are_alike_nothing_is_told_of_others() -> None:
    """As where no trial that is known has learnt anything, and one yet may."""
    early, ends = np.full((24, 1), 0.1), np.full(24, 0.1)
    found = caught_up(early, ends, ends, 0.04)
    assert found.expected(0.4, 0) == pytest.approx((0.1, 0.0))
    assert not found.is_too_far(0.09, 0)
