"""The watched samples: from inside the training samples, by classes, whole groups or time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.data.watched import watched_part
from kerasgrid.errors import DataError


def classes(labels: Any, **splits: Any) -> Dataset:
    y = np.asarray(labels, np.int64)
    names = tuple(map(str, range(int(y.max()) + 1)))
    x = np.zeros((len(y), 1), np.float32)
    return Dataset("made", x, y, None, None, "classification", names, "made", splits=Splits(**splits))


def indices(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.int32)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.floats(0.01, 0.99), st.integers(0, 2**31))
def test_it_parts_the_training_samples(labels: list[int], share: float, seed: int) -> None:
    dataset, train = classes(labels), indices(len(labels))[len(labels) % 3 :]
    if len(train) < 2:
        return
    left, watched = watched_part(dataset, train, share, seed)
    assert sorted([*left, *watched]) == list(train)
    assert len(left)
    assert len(watched)
    assert left.dtype == watched.dtype == np.int32
    assert (np.diff(left) > 0).all()
    assert (np.diff(watched) > 0).all()
    again = watched_part(dataset, train, share, seed)
    assert all((one == other).all() for one, other in zip(again, (left, watched), strict=True))


def test_classes_keep_their_shares_and_single_samples_are_trained_on() -> None:
    labels = [0] * 60 + [1] * 30 + [2] * 10 + [3]
    for seed in range(20):
        left, watched = watched_part(classes(labels), indices(101), 0.1, seed)
        counts = np.bincount(np.asarray(labels)[watched], minlength=4)
        assert list(counts) == [6, 3, 1, 0]
        assert 100 in left
    seeds = {tuple(watched_part(classes(labels), indices(101), 0.1, seed)[1]) for seed in range(5)}
    assert len(seeds) == 5


def test_nothing_outside_the_training_samples_bears_on_it() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 60)
    train = np.sort(generator.permutation(60)[:40]).astype(np.int32)
    other = labels.copy()
    other[np.setdiff1d(indices(60), train)] = 2
    first, second = (watched_part(classes(one), train, 0.2, 7)[1] for one in (labels, other))
    assert (first == second).all()


def test_groups_stay_whole() -> None:
    generator = np.random.default_rng(0)
    groups, labels = generator.integers(0, 12, 120), generator.integers(0, 2, 120)
    train = np.flatnonzero(groups < 9).astype(np.int32)
    for seed in range(10):
        left, watched = watched_part(classes(labels, groups=groups), train, 0.2, seed)
        assert not set(groups[left]) & set(groups[watched])
        assert sorted([*left, *watched]) == list(train)
        assert 0.1 < len(watched) / len(train) < 0.35


def test_the_last_are_watched_where_there_are_times() -> None:
    times = np.repeat(np.arange(20.0), 3)[::-1].copy()
    left, watched = watched_part(classes([0, 1, 2] * 20, times=times), indices(60), 0.1, 3)
    assert set(times[watched]) == {18, 19}
    assert times[left].max() < 18
    groups = np.arange(60) % 10
    left, watched = watched_part(classes([0, 1] * 30, times=times, groups=groups), indices(60), 0.1, 3)
    assert set(times[watched]) == {18, 19}
    assert not set(groups[left]) & set(groups[watched])


@pytest.mark.parametrize(
    ("dataset", "n", "got"),
    [
        (classes([0, 1]), 1, "1 sample"),
        (classes([0, 1, 0], groups=np.zeros(3, np.int64)), 3, "samples of 1 group"),
        (classes([0, 1, 0], times=np.zeros(3)), 3, "samples of 1 time"),
        (classes([0, 1, 0], times=np.arange(3.0), groups=np.zeros(3, np.int64)), 3,
         "earlier samples that are all of watched groups"),
    ],
)  # fmt: skip
def test_what_leaves_nothing_is_said(dataset: Dataset, n: int, got: str) -> None:
    message = (
        f"^made: early stopping must have samples to watch beside those that are trained on, got {got} \\(use more "
        r"samples, or leave validation_split of early_stopping or reduce_on_plateau out\)$"
    )
    with pytest.raises(DataError, match=message):
        watched_part(dataset, indices(n), 0.5, 0)


def test_those_who_train_know_groups_and_times(tmp_path: Path) -> None:
    dataset = classes([0, 1, 0], groups=np.array([3, 4, 3]), times=np.arange(3.0), fold_of=np.zeros(3, np.int32))
    dataset.save(tmp_path)
    found = Dataset.load(tmp_path).splits
    assert list(found.groups) == [3, 4, 3]
    assert list(found.times) == [0, 1, 2]
    assert found.fold_of is None
    replace(dataset, splits=Splits()).save(tmp_path)
    found = Dataset.load(tmp_path).splits
    assert (found.groups, found.times) == (None, None)
