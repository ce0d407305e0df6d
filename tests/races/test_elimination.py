"""Who cannot win any more: the critical values, and the promise, by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.insight.comparison import dunnett, sidak
from kerasgrid.races.elimination import looks, spent, standing

TABLE = np.array([[0.9, 0.8, 0.85], [0.91, 0.79, 0.86], [0.5, 0.42, 0.44], [0.89, 0.8, 0.84]])


@pytest.mark.parametrize(
    ("n_rivals", "freedom", "value"),
    [
        # Dunnett (1955, table 1a; in Hochberg and Tamhane, 1987, table 4): one-sided, correlation 1/2, 95%.
        (1, 10, 1.812), (2, 5, 2.44), (3, 10, 2.34), (5, 20, 2.39), (9, 10, 2.81), (9, 60, 2.48), (4, 120, 2.18),
    ],
)  # fmt: skip
def test_critical_values_are_those_of_dunnett(n_rivals: int, freedom: int, value: float) -> None:
    assert dunnett(n_rivals, freedom) == pytest.approx(value, abs=0.015)


@pytest.mark.parametrize("confidence", [0.9, 0.99])
@pytest.mark.parametrize(("n_rivals", "freedom"), [(3, 4), (20, 19), (99, 99)])
def test_critical_values_are_those_of_a_simulation(n_rivals: int, freedom: int, confidence: float) -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    greatest = rng.standard_normal((n, n_rivals)).max(axis=1) + rng.standard_normal(n)
    greatest /= np.sqrt(2 * rng.chisquare(freedom, n) / freedom)
    assert np.mean(greatest <= dunnett(n_rivals, freedom, confidence)) == pytest.approx(confidence, abs=0.01)
    alone = rng.standard_t(freedom, (n, n_rivals)).max(axis=1)
    assert np.mean(alone <= sidak(n_rivals, freedom, confidence)) == pytest.approx(confidence, abs=0.01)


def test_looks_grow_rarer_and_share_the_error() -> None:
    assert [looks(n) for n in (1, 2, 3, 4, 5, 10, 15)] == [
        (), (), (2,), (2, 3), (2, 3), (2, 3, 5, 8), (2, 3, 5, 8, 12),
    ]  # fmt: skip
    errors = spent(15, 0.05)
    assert tuple(errors) == looks(15)
    assert list(errors.values()) == sorted(errors.values(), reverse=True)
    assert sum(errors.values()) == pytest.approx(0.1)


def test_the_error_of_a_difference_is_that_of_a_sample_of_the_splits() -> None:
    # Two candidates, two of four splits: differences 0.2 and 0.4, their variance 0.02.
    table = np.array([[1.0, 2.0], [0.8, 1.6]])
    now = standing(table, 4, 0.05)
    assert now.behind == pytest.approx([0.0, 0.3])
    assert now.error[1] == pytest.approx(np.sqrt(0.02 * (1 / 2 - 1 / 4)))
    assert not now.is_out.any()  # 2.998 errors behind; with one degree of freedom 6.314 are needed
    assert standing(table, 4, 0.11).is_out.tolist() == [False, 3.0 > 2.783]


def test_the_last_split_leaves_nothing_to_chance() -> None:
    table = np.tile(TABLE, (1, 3)) + 0.001 * np.random.default_rng(0).standard_normal((4, 9))
    early, late = standing(table[:, :3], 10, 0.05), standing(table, 10, 0.05)
    assert early.error[2] > 2 * late.error[2]
    assert late.is_out[2]


def test_who_is_far_behind_is_out() -> None:
    now = standing(TABLE, 5, 0.05)
    assert now.is_out.tolist() == [False, False, True, False]
    assert now.behind == pytest.approx([0.0033333, 0.0, 0.4, 0.01], abs=1e-6)


@pytest.mark.parametrize(
    "table",
    [
        np.array([[0.5, 0.5], [0.4, 0.4], [0.3, 0.3]]),  # splits that tell nothing of chance
        np.array([[0.5, 0.5], [0.5, 0.5]]),
        np.zeros((3, 4)),
    ],
)
def test_scores_that_do_not_vary_put_nobody_out(table: np.ndarray) -> None:  # type: ignore[type-arg]
    now = standing(table, 5, 0.05)
    assert not now.is_out.any()
    assert np.isnan(now.error).all()


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(2, 8), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=60, deadline=None)
def test_the_best_so_far_stays_and_units_do_not_matter(seed: int, n: int, t: int, scale: float, shift: float) -> None:
    table = np.random.default_rng(seed).standard_t(3, (n, t))
    now, other = standing(table, t + 2, 0.05), standing(scale * table + shift, t + 2, 0.05)
    assert not now.is_out[table.mean(axis=1).argmax()]
    # Rounding may decide at the very edge alone.
    assert (now.is_out != other.is_out).sum() <= 1
    assert other.behind == pytest.approx(scale * now.behind, rel=1e-6, abs=1e-6 * scale)


@pytest.mark.parametrize(("n", "spread"), [(2, 0.0), (2, 0.5), (30, 0.0), (30, 1.0)])
@pytest.mark.parametrize("n_splits", [3, 5])
def test_the_winner_of_the_full_search_stays_in_95_of_100(n: int, spread: float, n_splits: int) -> None:
    rng = np.random.default_rng(n_splits)
    errors, lost, n_searches = spent(n_splits, 0.05), 0, 400
    for _ in range(n_searches):
        full = spread * rng.standard_normal((n, 1)) + rng.standard_normal(n_splits) + rng.standard_normal((n, n_splits))
        there, best = np.arange(n), int(full.mean(axis=1).argmax())
        for t in looks(n_splits):
            if len(there) > 1:
                there = there[~standing(full[there, :t], n_splits, errors[t]).is_out]
        lost += best not in there
    assert lost <= 0.05 * n_searches
