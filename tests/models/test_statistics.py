"""What a model is told of the data is what the training samples of its fold say, and what scikit-learn finds, too."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler
from support.mixed import MIXED, mixed_matrix

from kerasgrid.axes.parameters import resolve
from kerasgrid.models.layout import Layout, column_numbers, layout_of
from kerasgrid.models.statistics import Statistics, TargetStatistics, statistics_of
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.models.front import encoded

SCALINGS = ("none", "standard", "robust", "quantile")
PARAMS = resolve({}, "classification")


def statistics(x: np.ndarray, scaling: str, rows: np.ndarray | None = None) -> Statistics:
    return statistics_of(x, np.arange(len(x)) if rows is None else rows, numbers_of(x), scaling)


def numbers_of(x: np.ndarray) -> Layout:
    return layout_of(column_numbers(x.shape[1]), PARAMS)


def scaled(x: np.ndarray, scaling: str, rows: np.ndarray | None = None) -> np.ndarray:
    """Return numbers as a model sees them."""
    return np.asarray(encoded(x, numbers_of(x), statistics(x, scaling, rows)))


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    generator = np.random.default_rng(0)
    columns = [generator.normal(50, 3, 700), generator.lognormal(0, 1, 700), generator.uniform(-1, 1, 700)]
    return np.stack(columns, axis=1).astype(np.float32)


def test_standard_is_scikit_learns(numbers: np.ndarray) -> None:
    theirs = StandardScaler().fit_transform(numbers.astype(np.float64))
    np.testing.assert_allclose(scaled(numbers, "standard"), theirs, atol=1e-5)


def test_robust_is_scikit_learns_smoothly_clipped(numbers: np.ndarray) -> None:
    theirs = RobustScaler().fit_transform(numbers.astype(np.float64))
    ours = scaled(numbers, "robust")
    np.testing.assert_allclose(ours, theirs / np.sqrt(1 + (theirs / 3) ** 2), atol=1e-5)
    assert np.abs(ours).max() < 3


def test_quantile_is_scikit_learns_up_to_its_ends(numbers: np.ndarray) -> None:
    transformer = QuantileTransformer(n_quantiles=101, output_distribution="normal", subsample=None)
    theirs = transformer.fit_transform(numbers.astype(np.float64))
    # Half of a hundredth is the least share that we tell from another.
    np.testing.assert_allclose(scaled(numbers, "quantile"), np.clip(theirs, -2.5758, 2.5758), atol=2e-3)


def test_without_scaling_numbers_are_as_they_are(numbers: np.ndarray) -> None:
    np.testing.assert_array_equal(scaled(numbers, "none"), numbers)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e-30, 12345.678, -3e38])
@pytest.mark.parametrize("scaling", ["standard", "robust"])
def test_a_constant_becomes_zero(scaling: str, value: float) -> None:
    # The mean of a thousand float32 of 0.1 is not quite that.
    x = np.full((1000, 1), value, np.float32)
    np.testing.assert_array_equal(scaled(x, scaling), 0)
    assert np.isfinite(scaled(x, "quantile")).all()


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_column_of_gaps_alone_is_finite(scaling: str) -> None:
    x = np.float32([[np.nan, 1], [np.nan, 2], [np.nan, 4]])
    seen = scaled(x, scaling)
    assert np.isfinite(seen).all()
    assert len(set(seen[:, 0])) == 1
    # Held-out samples may have values where training samples have none.
    assert np.isfinite(scaled(np.float32([[np.nan], [np.nan], [7]]), scaling, np.arange(2))).all()


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
def test_differences_too_small_to_divide_by_are_none(scaling: str) -> None:
    assert np.isfinite(scaled(np.float32([[0], [1e-40], [2e-40], [1e-42]]), scaling)).all()


def test_mostly_one_value_is_scaled_by_its_range() -> None:
    x = np.zeros((100, 1), np.float32)
    x[:5] = 8
    assert statistics(x, "robust").factor == pytest.approx([1 / 4])
    assert scaled(x, "robust")[0, 0] == pytest.approx(2 / np.sqrt(1 + 4 / 9))


@pytest.mark.parametrize("far", [1e6, 1e18, 1e25, 1e37])
def test_the_farthest_outliers_level_off(far: float) -> None:
    x = np.float32([*range(100), far, -far])[:, None]
    assert scaled(x, "robust")[-2:, 0] == pytest.approx([3, -3], abs=1e-4)


def test_values_that_many_share_stand_in_the_middle_of_their_shares() -> None:
    x = np.float32([0] * 600 + list(range(1, 401)))[:, None]
    seen = scaled(x, "quantile")[:, 0]
    assert seen[0] == pytest.approx(-0.524, abs=0.02)  # the normal quantile of 0.3
    assert np.all(np.diff(seen) >= 0)
    middle = np.float32([-1] * 200 + [0] * 600 + [1] * 200)[:, None]
    np.testing.assert_allclose(np.unique(scaled(middle, "quantile")), [-1.28, 0, 1.28], atol=0.05)


def test_gaps_are_filled_with_medians_and_with_what_is_more_frequent() -> None:
    x = mixed_matrix(400)
    layout = layout_of(MIXED, PARAMS)
    x[:, 3] = [np.nan, *[1] * 250, *[0] * 149]
    fill = statistics_of(x, np.arange(400), layout, "robust").fill
    for place in (0, 2, 4):
        assert fill[place] == np.nanmedian(x[:, place])
    assert (fill[3], fill[5]) == (1, np.nanmean(x[:, 5]) > 0.5)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_only_training_rows_are_looked_at(scaling: str) -> None:
    x, layout = mixed_matrix(300), layout_of(MIXED, PARAMS)
    rows, held_out = np.arange(0, 300, 2, dtype=np.int32), np.arange(1, 300, 2)
    x[np.isin(x[:, 6], (3, 4)) & (np.arange(300) % 2 == 0), 6] = 5
    before = statistics_of(x, rows, layout, scaling)
    x[held_out] = mixed_matrix(150, seed=9)
    x[held_out[:50], 0] = 1e30
    x[held_out, 2] = np.nan
    after = statistics_of(x, rows, layout, scaling)
    for name in ("fill", "center", "factor", "quantiles", "known", "places"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), err_msg=name)
    assert before.places[:7].tolist() == [0, 1, 2, 0, 0, 5, 6]


def test_of_many_rows_some_evenly_spaced_ones_are_looked_at() -> None:
    x = np.arange(250_001, dtype=np.float32)[:, None]
    found = statistics(x, "robust")
    assert found.fill[0] == pytest.approx(125_000, rel=1e-3)
    assert 1 / found.factor[0] == pytest.approx(125_000, rel=1e-3)
    # Words are all looked at: one that occurs once is known.
    words = mixed_matrix(2).repeat(75_000, axis=0)
    words[:, 1], words[:, 6] = 0, 0
    words[1, 1], words[1, 6] = 3, 9
    of_words = statistics_of(words, np.arange(150_000), layout_of(MIXED, PARAMS), "none")
    assert of_words.known.tolist() == [0, 0, 1, 0]
    assert of_words.places[:21].tolist() == [0] * 9 + [9] + [0] * 11


def test_of_targets_mean_and_deviation() -> None:
    y = np.float32([[1, 0.1, 1e6], [2, 0.1, 3e6], [6, 0.1, 2e6]]).repeat(333, axis=0)
    found = TargetStatistics.of(y)
    np.testing.assert_allclose(found.mean, [3, 0.1, 2e6], rtol=1e-6)
    np.testing.assert_allclose(found.std, [np.std([1, 2, 6]), 1, np.std([1e6, 3e6, 2e6])], rtol=1e-6)
    assert TargetStatistics.of(y[:, 0]).mean.shape == (1,)
