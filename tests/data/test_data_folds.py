import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.errors import DataError


def classes_of(*counts: int) -> Dataset:
    y = np.repeat(np.arange(len(counts)), counts)
    names = tuple(str(i) for i in range(len(counts)))
    return Dataset("toy", np.zeros((len(y), 1), np.float32), y, None, None, "classification", names, "a test")


def numbers_of(n: int) -> Dataset:
    y = np.linspace(0, 1, n, dtype=np.float32)
    return Dataset("toy", np.zeros((n, 1), np.float32), y, None, None, "regression", None, "a test")


def check_partition(folds, n):
    for fold in folds:
        assert fold.train.dtype == fold.held_out.dtype == np.int32
        assert not fold.train.flags.writeable
        assert sorted([*fold.train, *fold.held_out]) == list(range(n))
        assert (np.diff(fold.train) > 0).all()
        assert (np.diff(fold.held_out) > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(4, 15), min_size=2, max_size=4), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_stratified_folds_partition_the_data_and_keep_the_shares(counts, cv, seed):
    dataset = classes_of(*counts)
    folds = make_folds(dataset, cv=cv, validation_split=None, seed=seed)
    assert len(folds) == cv
    check_partition(folds, sum(counts))
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(sum(counts)))
    for fold in folds:
        held_out = np.bincount(dataset.y_train[fold.held_out], minlength=len(counts))
        assert (np.abs(held_out - np.array(counts) / cv) <= 1).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(5, 40), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_regression_folds_partition_the_data(n, cv, seed):
    folds = make_folds(numbers_of(n), cv=cv, validation_split=None, seed=seed)
    check_partition(folds, n)
    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(n))


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 40), st.floats(0.25, 0.75), st.integers(0, 100))
def test_hold_out_partitions_the_data(n, share, seed):
    for dataset in (classes_of(n, n), numbers_of(2 * n)):
        folds = make_folds(dataset, cv=None, validation_split=share, seed=seed)
        assert len(folds) == 1
        check_partition(folds, 2 * n)
        assert len(folds[0].held_out) == np.ceil(share * 2 * n)


def test_hold_out_is_stratified():
    dataset = classes_of(80, 20)
    (fold,) = make_folds(dataset, cv=None, validation_split=0.25, seed=1)
    assert np.bincount(dataset.y_train[fold.held_out]).tolist() == [20, 5]


def test_the_seed_alone_decides():
    def prints(seed):
        folds = make_folds(classes_of(20, 20), cv=3, validation_split=None, seed=seed)
        return [fold.fingerprint for fold in folds]

    assert prints(0) == prints(0)
    assert prints(0) != prints(1)
    assert len(set(prints(0))) == 3
    assert all(len(fingerprint) == 32 for fingerprint in prints(0))


@pytest.mark.parametrize(
    ("dataset", "arguments", "message"),
    [
        (classes_of(9, 9), {}, "give exactly one of cv and validation_split, got neither"),
        (classes_of(9, 9), {"cv": 3, "validation_split": 0.2}, "give exactly one of .*, got both"),
        (classes_of(9, 9), {"cv": 1}, "cv: must be a whole number of folds, at least 2, got 1"),
        (classes_of(9, 9), {"cv": True}, "at least 2, got True"),
        (classes_of(9, 9), {"cv": 2.0}, r"at least 2, got 2\.0"),
        (numbers_of(4), {"cv": 5}, r"cv: must not exceed the number of training samples, got 5 folds for 4 samples \("),
        (classes_of(9, 9, 9, 2), {"cv": 3}, r"toy: class 3 has 2 samples, fewer than the 3 folds \(use fewer folds"),
        (classes_of(9, 1), {"cv": 2}, "class 1 has 1 sample, fewer than the 2 folds"),
        (classes_of(9, 1), {"validation_split": 0.5}, "class 1 has 1 sample, fewer than the 2 that a stratified split"),
        (classes_of(9, 9), {"validation_split": 0.0}, r"validation_split: must be a share between 0 and 1.*got 0\.0"),
        (classes_of(9, 9), {"validation_split": 1.0}, r"between 0 and 1, both excluded, got 1\.0"),
        (classes_of(9, 9), {"validation_split": float("nan")}, "between 0 and 1, both excluded, got nan"),
        (numbers_of(3), {"validation_split": 0.9}, r"must leave samples to train on, got 0\.9 of 3 samples"),
        (classes_of(4, 4, 4), {"validation_split": 0.1}, "got 0.1 of 12 samples, a held-out part of 2 for 3 classes"),
        (classes_of(4, 4, 4), {"validation_split": 0.9}, "got 0.9 of 12 samples, a training part of 1 for 3 classes"),
        (classes_of(9, 9), {"cv": 3, "seed": -1}, r"seed: must be a whole number from 0 to 2\*\*32 - 1, got -1"),
    ],
)
def test_impossible_folds_say_why(dataset, arguments, message):
    with pytest.raises(DataError, match=message):
        make_folds(dataset, **{"cv": None, "validation_split": None, "seed": 0, **arguments})
