"""Folds, test sets and smaller sets of data that says how it is to be split."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.data.folds import make_folds, notes_on_folds
from kerasgrid.data.given import given_by, is_fixed
from kerasgrid.data.raw import Raw
from kerasgrid.data.subset import subset, with_test_set
from kerasgrid.errors import DataError

SEEDS = st.integers(0, 2**32 - 1)


def made(y, *, groups=None, times=None, fold_of=None, task="classification") -> Dataset:
    y = np.asarray(y, np.int64 if task == "classification" else np.float32)
    names = tuple(f"c{i}" for i in range(int(y.max()) + 1)) if task == "classification" else None
    if task == "multilabel":
        names = tuple(f"l{i}" for i in range(y.shape[1]))
    x = np.arange(len(y), dtype=np.float32)[:, None]
    kinds = {"groups": (groups, np.int64), "times": (times, np.float64), "fold_of": (fold_of, np.int32)}
    splits = {name: None if values is None else np.asarray(values, kind) for name, (values, kind) in kinds.items()}
    return Dataset("toy", x, y, None, None, task, names, "a test", splits=Splits(**splits))


def labels(n: int, task: str):
    rng = np.random.default_rng(n)
    if task == "classification":
        return np.arange(n) % 2
    return rng.random(n) if task == "regression" else rng.integers(0, 2, (n, 3))


def prints(folds) -> list[str]:
    return [fold.fingerprint for fold in folds]


@st.composite
def grouped(draw):
    """A data set whose classes are in all groups, of sizes as they come."""
    task = draw(st.sampled_from(["classification", "regression", "multilabel"]))
    sizes = draw(st.lists(st.integers(2, 7), min_size=4, max_size=12))
    groups = np.random.default_rng(draw(st.integers(0, 9))).permutation(np.repeat(np.arange(len(sizes)) * 7 - 3, sizes))
    y = labels(len(groups), task)
    if task == "classification":
        order = np.argsort(groups, kind="stable")
        y = np.empty(len(groups), np.int64)
        y[order] = np.arange(len(groups)) % 2
    return made(y, groups=groups, task=task)


@settings(max_examples=40, deadline=None)
@given(grouped(), st.integers(2, 4), SEEDS)
def test_group_folds_partition_the_data_and_keep_groups_apart(dataset, cv, seed):
    folds = make_folds(dataset, cv=cv, validation_split=None, seed=seed, repeats=2)
    assert len(folds) == 2 * cv
    groups = dataset.splits.groups
    for fold in folds:
        assert sorted([*fold.train, *fold.held_out]) == list(range(len(groups)))
        assert len(fold.train) > 0
        assert len(fold.held_out) > 0
        assert not set(groups[fold.train]) & set(groups[fold.held_out])
    for repeat in (folds[:cv], folds[cv:]):
        assert sorted(np.concatenate([fold.held_out for fold in repeat])) == list(range(len(groups)))
    assert prints(make_folds(dataset, cv=cv, validation_split=None, seed=seed)) == prints(folds[:cv])


@settings(max_examples=30, deadline=None)
@given(grouped(), st.floats(0.1, 0.7), SEEDS)
def test_a_group_hold_out_keeps_groups_apart(dataset, share, seed):
    first, second = make_folds(dataset, cv=None, validation_split=share, seed=seed, repeats=2)
    groups = dataset.splits.groups
    for fold in (first, second):
        assert sorted([*fold.train, *fold.held_out]) == list(range(len(groups)))
        assert len(fold.train) > 0
        assert len(fold.held_out) > 0
        assert not set(groups[fold.train]) & set(groups[fold.held_out])
    assert prints(make_folds(dataset, cv=None, validation_split=share, seed=seed)) == prints([first])


def test_group_folds_keep_the_shares_of_the_classes_whatever_the_version_of_the_splitter():
    # 40 groups of one class each, one in four of the rarer class.
    y = np.repeat(np.arange(40) % 4 == 0, 5)
    dataset = made(y, groups=np.repeat(np.arange(40), 5))
    for seed in range(5):
        folds = make_folds(dataset, cv=5, validation_split=None, seed=seed)
        assert [int(dataset.y_train[fold.held_out].sum()) for fold in folds] == [10] * 5
        (fold,) = make_folds(dataset, cv=None, validation_split=0.2, seed=seed)
        assert np.bincount(dataset.y_train[fold.held_out]).tolist() == [30, 10]


def test_group_folds_are_pinned():
    """They are part of the keys of fits, and the same by every version of scikit-learn."""
    dataset = made(np.arange(24) % 3, groups=np.repeat(np.arange(8), 3))
    folds = make_folds(dataset, cv=3, validation_split=None, seed=7)
    assert [np.unique(dataset.splits.groups[fold.held_out]).tolist() for fold in folds] == [
        [0, 1, 2],
        [3, 4, 6],
        [5, 7],
    ]
    assert prints(folds) != prints(make_folds(dataset, cv=3, validation_split=None, seed=8))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=12, max_size=40), st.integers(2, 4), SEEDS, st.booleans())
def test_time_folds_hold_out_what_is_later(times, cv, seed, is_classes):
    times = [*times, *range(cv + 1)]
    dataset = made(labels(len(times), "classification" if is_classes else "regression"), times=times,
                   task="classification" if is_classes else "regression")  # fmt: skip
    folds = make_folds(dataset, cv=cv, validation_split=None, seed=seed, repeats=2)
    assert len(folds) == 2 * cv
    assert prints(folds[:cv]) == prints(folds[cv:])
    when, end = dataset.splits.times, -np.inf
    for fold in folds[:cv]:
        assert when[fold.train].max() < when[fold.held_out].min()
        assert end < when[fold.held_out].min()
        end = when[fold.held_out].max()
        # All earlier samples are trained on, and all of the same times are held out.
        assert len(fold.train) == (when < when[fold.held_out].min()).sum()
        assert len(fold.held_out) == np.isin(when, when[fold.held_out]).sum()
    assert end == when.max()
    assert prints(make_folds(dataset, cv=cv, validation_split=None, seed=0)) == prints(folds[:cv])


def test_time_folds_of_different_times_are_those_of_scikit_learn():
    from sklearn.model_selection import TimeSeriesSplit

    order = np.random.default_rng(0).permutation(23)
    folds = make_folds(
        made(labels(23, "regression"), times=order, task="regression"), cv=4, validation_split=None, seed=0
    )
    for fold, (train, held_out) in zip(folds, TimeSeriesSplit(4).split(np.zeros(23)), strict=True):
        assert sorted(order[fold.train]) == train.tolist()
        assert sorted(order[fold.held_out]) == held_out.tolist()


@pytest.mark.parametrize(("share", "n_held_out"), [(0.2, 2), (0.25, 2), (0.4, 4), (0.05, 2), (0.9, 8)])
def test_the_last_share_by_time_is_held_out(share, n_held_out):
    dataset = made(labels(10, "regression"), times=[5, 5, 4, 4, 3, 3, 2, 2, 1, 1], task="regression")
    (fold,) = make_folds(dataset, cv=None, validation_split=share, seed=0)
    assert fold.held_out.tolist() == list(range(n_held_out))
    assert fold.train.tolist() == list(range(n_held_out, 10))


def test_time_with_groups_drops_earlier_rows_of_groups_that_are_held_out():
    dataset = made([0, 1] * 4, times=range(8), groups=[0, 0, 1, 1, 1, 2, 2, 2])
    folds = make_folds(dataset, cv=2, validation_split=None, seed=0)
    assert [(fold.train.tolist(), fold.held_out.tolist()) for fold in folds] == [
        ([0, 1], [4, 5]),
        ([0, 1, 2, 3, 4], [6, 7]),
    ]
    (fold,) = make_folds(dataset, cv=None, validation_split=0.25, seed=0)
    assert fold.train.tolist() == [0, 1, 2, 3, 4]


def test_given_folds_are_the_folds():
    dataset = made([0, 1] * 4, fold_of=[4, 4, 2, 2, -1, -1, 9, 9])
    folds = make_folds(dataset, cv=5, validation_split=None, seed=0, repeats=2)
    assert [fold.held_out.tolist() for fold in folds[:3]] == [[2, 3], [0, 1], [6, 7]]
    assert folds[0].train.tolist() == [0, 1, 4, 5, 6, 7]
    assert prints(folds[3:]) == prints(folds[:3])
    assert prints(make_folds(dataset, cv=None, validation_split=0.3, seed=1)) == prints(folds[:3])


def test_a_validation_set_is_the_one_fold():
    (fold,) = make_folds(made([0, 1] * 4, fold_of=[-1] * 6 + [0] * 2), cv=3, validation_split=None, seed=0)
    assert (fold.train.tolist(), fold.held_out.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7])


def test_given_folds_win_over_times_and_times_over_groups():
    n = np.arange(6)
    assert given_by(Splits(n, n, n)) == "fold"
    assert given_by(Splits(n, n, None)) == "time"
    assert given_by(Splits(n, None, None)) == "group"
    assert given_by(Splits()) is None
    assert [is_fixed(splits) for splits in (Splits(n, n, n), Splits(n, n), Splits(n), Splits())] == [
        True,
        True,
        False,
        False,
    ]


TWO = [0, 1] * 4


@pytest.mark.parametrize(
    ("dataset", "arguments", "message"),
    [
        (made(TWO, groups=[0, 0, 0, 0, 1, 1, 1, 1]), {"cv": 3},
         r"^cv: must not exceed the number of groups, got 3 folds for 2 groups of toy \(a group stands on one side of "
         r"every split: use fewer folds or more groups\)$"),
        (made(TWO, groups=[0] * 8), {"cv": 2},
         r"^cv: must not exceed .*, got 2 folds for 1 group of toy \(.*: add groups, or leave group out\)$"),
        (made(TWO, groups=[0] * 8), {"validation_split": 0.2},
         r"^validation_split: must have at least 2 groups to hold one out, got 0\.2 for 1 group of toy \(a group "),
        (made([0, 0, 1, 1, 2, 2, 0, 0], groups=[0, 0, 1, 1, 2, 2, 3, 3]), {"cv": 2},
         r"^toy: 2 classes have fewer groups than the 2 that a class needs to be both trained on and "
         r"scored on: c1 \(1\), c2 \(1\) \(add groups, leave those classes out, or leave group out\)$"),
        (made([0, 0, 1, 1, 0, 0, 0, 0], groups=[0, 0, 1, 1, 2, 2, 3, 3]), {"validation_split": 0.5},
         r"^toy: class c1 has 1 group, fewer than the 2 that .* \(add groups, leave that class out, or"),
        (made([0, 1] * 3, groups=range(6)), {"cv": 4}, r"^toy: 2 classes have fewer samples than the 4 folds: c0"),
        (made(TWO, times=[1, 1, 1, 1, 2, 2, 3, 3]), {"cv": 3},
         r"^cv: must be below the number of different times, got 3 folds for 3 times of toy \(use fewer folds, or"),
        (made(TWO, times=[1] * 8), {"validation_split": 0.2},
         r"^validation_split: must have at least 2 different times to hold the last out, got 1 in toy$"),
        (made(TWO, times=[1, 2, 3, np.nan, 5, 6, np.nan, 8]), {"cv": 2},
         r"^toy: every row must have a time to be split by time, got 2 of 8 without \(fill them in, leave those rows"),
        (made(TWO, times=range(8), groups=[0, 1] * 4), {"cv": 2},
         r"^toy: with time and group, what is held out must be later and of other groups than what is trained on, got "
         r"a split whose earlier rows are all of groups that are held out \(leave group or time out\)$"),
        (made(TWO, fold_of=[-1] * 8), {"cv": 2}, r"^toy: some sample must be held out, got folds of none$"),
        (made(TWO, fold_of=[1] * 8), {"cv": 2}, r"^toy: must leave samples to train on, got a fold of all 8 samples$"),
        (made(TWO, fold_of=[0, 1] * 4, groups=[0] * 8), {"cv": 2},
         r"^toy: rows of one group must have one fold, got groups in several folds \(leave fold or group out\)$"),
        (made(TWO, fold_of=[0, 1] * 4), {}, "give exactly one of cv and validation_split, got neither"),
        (made(TWO, times=range(8)), {"cv": 1}, "cv: must be a whole number of folds, at least 2, got 1"),
        (made(TWO, groups=range(8)), {"validation_split": 1.5}, r"validation_split: must be a share between 0 and 1"),
    ],
)  # fmt: skip
def test_impossible_splits_say_why(dataset, arguments, message):
    with pytest.raises(DataError, match=message):
        make_folds(dataset, **{"cv": None, "validation_split": None, "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("counts", "names", "arguments", "message"),
    [
        ([9, 2, 1, 9], "abcd", {"cv": 3},
         r"^toy: 2 classes have fewer samples than the 3 folds: c \(1\), b \(2\) \(add samples or leave those classes "
         r"out\)$"),
        ([9, 4, 3, 9], "abcd", {"cv": 5},
         r"than the 5 folds: c \(3\), b \(4\) \(use fewer folds, more samples, or leave those classes out\)$"),
        ([9, 4, 9], "345", {"cv": 5},
         r"^toy: class 4 has 4 samples, fewer than the 5 folds \(use fewer folds, more samples, or leave that class "
         r"out, or predict numbers: task regression\)$"),
        ([9, 1], "01", {"cv": 3}, r"than the 3 folds \(add samples or leave that class out\)$"),
        ([9, *[1] * 12], [f"n{i}" for i in range(13)], {"validation_split": 0.5},
         r"^toy: 12 classes have fewer samples than the 2 that a stratified split needs: n1 \(1\), .*, "
         r"n10 \(1\) and 2 more \(add samples or leave those classes out\)$"),
    ],
)  # fmt: skip
def test_all_rare_classes_are_named_at_once(counts, names, arguments, message):
    dataset = replace(made(np.repeat(np.arange(len(counts)), counts)), classes=tuple(names))
    with pytest.raises(DataError, match=message):
        make_folds(dataset, **{"cv": None, "validation_split": None, "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("dataset", "cv", "repeats", "notes"),
    [
        (made(TWO), 2, 2, ()),
        (made(TWO, fold_of=[-1] * 6 + [0] * 2), 3, 1,
         ("held out is what the data says, a validation set of 2 of 8 samples; cv 3 has no say",)),
        (made(TWO, fold_of=[-1] * 6 + [0] * 2), None, 2,
         ("held out is what the data says, a validation set of 2 of 8 samples; validation_split 0.25 has no say",
          "repeats change seeds only: these splits cannot be shuffled")),
        (made(TWO, fold_of=[0, 0, 1, 1] * 2), 2, 1, ("held out is what the data says, 2 folds",)),
        (made(TWO, times=range(8)), 3, 1, ("split by time: trained on 2 to 6 samples, scored on 2 later ones",)),
        (made([0, 0, 0, 1, 1, 2, 2, 2], times=range(8), groups=[0, 0, 1, 1, 2, 2, 3, 3]), 2, 1,
         ("split by time: trained on 4 to 6 samples, scored on 2 later ones",
          "trained on are earlier rows, without those of groups that are held out",
          "in some split no training sample is of the class c2")),
        (made(TWO, groups=[0, 0, 1, 1, 2, 2, 3, 3]), 2, 2, ("split by 4 groups: each is on one side of every split",)),
    ],
)  # fmt: skip
def test_what_is_said_of_splits(dataset, cv, repeats, notes):
    arguments = {"cv": cv, "validation_split": 0.25 if cv is None else None, "repeats": repeats}
    folds = make_folds(dataset, seed=0, **arguments)
    assert notes_on_folds(dataset, folds, **arguments) == notes


@settings(max_examples=30, deadline=None)
@given(grouped(), st.floats(0.15, 0.6), SEEDS)
def test_a_test_set_of_whole_groups(dataset, share, seed):
    whole = with_test_set(dataset, share, seed)
    assert whole.x_test is not None
    test, train = whole.x_test[:, 0].astype(int), whole.x_train[:, 0].astype(int)
    assert sorted([*test, *train]) == list(range(len(dataset.x_train)))
    np.testing.assert_array_equal(whole.y_test, dataset.y_train[test])
    np.testing.assert_array_equal(whole.splits.groups, dataset.splits.groups[train])
    assert not set(dataset.splits.groups[test]) & set(whole.splits.groups)
    assert with_test_set(dataset, share, seed).fingerprint == whole.fingerprint
    assert whole.notes == (f"test set: {len(test)} of {len(dataset.x_train)} samples, whole groups",)


def test_a_test_set_is_stratified_drawn_or_last():
    classes = with_test_set(made([0] * 80 + [1] * 20), 0.25, 1)
    assert np.bincount(classes.y_test).tolist() == [20, 5]
    assert classes.notes == ("test set: 25 of 100 samples",)
    numbers = with_test_set(made(np.arange(20) / 20, task="regression"), 0.25, 1)
    assert (len(numbers.x_train), len(numbers.x_test)) == (15, 5)
    times = with_test_set(made(np.arange(20) / 20, times=range(20, 0, -1), task="regression"), 0.25, 1)
    assert times.x_test[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert times.splits.times.tolist() == list(range(15, 0, -1))
    assert times.notes == ("test set: 5 of 20 samples, the last by time",)


def test_a_validation_set_stays_whole():
    dataset = made([0, 1] * 10, fold_of=[-1] * 14 + [0] * 6)
    for smaller, n in ((with_test_set(dataset, 0.5, 0), 7), (subset(dataset, 5, 0), 5)):
        assert (smaller.splits.fold_of < 0).sum() == n
        assert smaller.x_train[smaller.splits.fold_of == 0][:, 0].tolist() == [14, 15, 16, 17, 18, 19]
        (fold,) = make_folds(smaller, cv=3, validation_split=None, seed=0)
        assert fold.held_out.tolist() == list(range(n, n + 6))
    assert subset(dataset, 14, 0) is dataset
    with pytest.raises(DataError, match="train_size: must not exceed the 14 training samples of toy, got 15"):
        subset(dataset, 15, 0)


def test_a_smaller_set_keeps_what_it_says_of_its_splits():
    dataset = made([0, 1] * 10, groups=np.arange(20) // 2, times=np.arange(20), fold_of=np.arange(20) % 4)
    small = subset(dataset, 8, 3)
    chosen = small.x_train[:, 0].astype(int)
    assert small.splits.groups.tolist() == (chosen // 2).tolist()
    assert small.splits.times.tolist() == chosen.tolist()
    assert small.splits.fold_of.tolist() == (chosen % 4).tolist()


def test_a_smaller_set_of_several_labels_is_drawn():
    assert subset(made(labels(20, "multilabel"), task="multilabel"), 5, 0).y_train.shape == (5, 3)


@pytest.mark.parametrize(
    ("dataset", "share", "message"),
    [
        (replace(made(TWO), x_test=np.zeros((3, 1), np.float32), y_test=np.zeros(3)), 0.2,
         r"^test_split: toy has a test set already, got 0\.2 beside 3 test samples \(leave test_split out\)$"),
        (made(TWO), 0.99, r"^test_split: must leave samples to train on, got 0\.99 of 8 samples \("),
        (made(TWO), 1.0, r"^test_split: must be a share between 0 and 1, both excluded, got 1\.0$"),
        (made([0, 1, 2] * 4), 0.1, r"^test_split: each part must have at least one sample for every class, got 0\.1"),
        (made(TWO, groups=[0] * 8), 0.2, r"^test_split: must have at least 2 groups to hold one out, got 0\.2 for 1"),
    ],
)  # fmt: skip
def test_impossible_test_sets_say_why(dataset, share, message):
    with pytest.raises(DataError, match=message):
        with_test_set(dataset, share, 0)


@pytest.mark.parametrize("seed", range(5))
def test_group_folds_are_as_even_as_those_of_scikit_learn(seed):
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(seed)
    y, groups = rng.choice(3, 400, p=[0.6, 0.3, 0.1]), rng.integers(0, 60, 400)
    ours = [fold.held_out for fold in make_folds(made(y, groups=groups), cv=4, validation_split=None, seed=seed)]
    theirs = [held_out for _, held_out in StratifiedGroupKFold(4).split(y, y, groups)]

    def unevenness(parts):
        return np.std([np.bincount(y[part], minlength=3) / np.bincount(y) for part in parts], axis=0).mean()

    assert unevenness(ours) <= unevenness(theirs) + 0.01


def test_a_test_set_is_taken_by_groups_or_time_beside_a_validation_set():
    x, y = np.zeros((12, 1), np.float32), np.arange(12) % 2
    groups, times = np.arange(12) // 2, np.arange(12, 0, -1.0)
    for splits in (Splits(groups=groups), Splits(times=times), Splits(groups, times)):
        raw = Raw(x, y, source="a test", x_val=x[:4], y_val=y[:4], splits=splits)
        dataset = with_test_set(raw.to_dataset(name="toy", task="classification"), 0.25, 0)
        assert dataset.splits.fold_of.tolist() == [-1] * (len(dataset.x_train) - 4) + [0] * 4
        (fold,) = make_folds(dataset, cv=3, validation_split=None, seed=0)
        assert len(fold.held_out) == 4
        assert len(dataset.x_test) in (2, 3, 4)
        if splits.times is None:
            assert len(set(dataset.splits.groups[fold.train])) == (len(dataset.x_train) - 4) / 2
        else:
            assert dataset.splits.times[fold.train].max() < 10
