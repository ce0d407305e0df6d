import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.subset import shares, subset
from kerasgrid.errors import DataError


def toy(*counts: int, regression: bool = False) -> Dataset:
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    x = np.arange(len(y), dtype=np.float32)[:, None]
    if regression:
        return Dataset("toy", x, y.astype(np.float32), None, None, "regression", None, "a test")
    names = tuple(str(i) for i in range(len(counts)))
    return Dataset("toy", x, y, x[:3], y[:3], "classification", names, "a test")


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.data())
def test_shares_are_proportional_and_nobody_goes_without(counts, data):
    counts = np.array(counts)
    size = data.draw(st.integers(len(counts), int(counts.sum())))
    taken = shares(counts, size)
    assert taken.sum() == size
    assert (taken >= 1).all()
    assert (taken <= counts).all()
    exact = counts * size / counts.sum()
    if exact.min() >= 1:
        assert (np.abs(taken - exact) < 1).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.data(), st.integers(0, 2**32 - 1))
def test_subset_is_stratified_sorted_and_reproducible(counts, data, seed):
    dataset = toy(*counts)
    size = data.draw(st.integers(len(counts), sum(counts)))
    small = subset(dataset, size, seed)
    chosen = small.x_train[:, 0].astype(int)
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(dataset.y_train[chosen], small.y_train)
    assert np.bincount(small.y_train, minlength=len(counts)).tolist() == shares(np.array(counts), size).tolist()
    assert small.x_test is dataset.x_test
    assert subset(dataset, size, seed).fingerprint == small.fingerprint


def test_another_seed_draws_others():
    assert subset(toy(50, 50), 20, 0).fingerprint != subset(toy(50, 50), 20, 1).fingerprint


def test_regression_draws_without_replacement():
    small = subset(toy(20, 20, regression=True), 15, 0)
    assert (np.diff(small.x_train[:, 0]) > 0).all()
    assert small.x_train.shape == (15, 1)
    assert small.y_train.shape == (15,)


def test_all_is_all():
    dataset = toy(5, 5)
    assert subset(dataset, 10, 0) is dataset


@pytest.mark.parametrize(
    ("size", "seed", "message"),
    [
        (0, 0, "train_size: must be a whole number of samples, at least 1, got 0"),
        (True, 0, "at least 1, got True"),
        (2.5, 0, r"at least 1, got 2\.5"),
        (13, 0, "train_size: must not exceed the 12 training samples of toy, got 13"),
        (2, 0, "train_size: must leave at least one sample for each of the 3 classes, got 2"),
        (5, -3, "seed: must be a whole number .*, got -3"),
    ],
)
def test_impossible_sizes_say_why(size, seed, message):
    with pytest.raises(DataError, match=message):
        subset(toy(4, 4, 4), size, seed)
