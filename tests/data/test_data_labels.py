import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasgrid.data import labels
from kerasgrid.errors import DataError


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (np.array(["a", "b"]), "classification"),
        (np.array([True, False]), "classification"),
        (np.array([0, 1]), "classification"),
        (np.array([0.0, 1.0]), "classification"),
        (np.array([0.5, 1.0]), "regression"),
        (np.array([0.0, np.nan]), "regression"),
        (np.array([3, 4, 5, 3, 4, 5]), "classification"),
        (np.arange(12), "classification"),
        (np.array([3, 8, 5, 12, 7]), "regression"),
        (np.arange(3, 33).repeat(2), "regression"),
        (np.arange(1, 31).repeat(20), "classification"),
        (np.array([[1, 1], [0, 1]]), "multilabel"),
        (np.array([[0.5, 1.0], [1.0, 2.0]]), "regression"),
        (np.eye(3), "classification"),
    ],
)
def test_the_type_suggests_the_task(y, task):
    assert labels.guess_task(y) == task


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("abAé 1", max_size=4), min_size=2, max_size=12))
def test_strings_are_numbered_in_sorted_order(words):
    y = np.array([f"_{word}" for word in words])
    if len(set(y)) < 2:
        return
    indices, classes = labels.class_indices(y, "y")
    assert list(classes) == sorted(set(y))
    assert [classes[index] for index in indices] == list(y)
    np.testing.assert_array_equal(labels.indices_among(y, classes, "y"), indices)


def test_booleans_bytes_and_whole_floats_are_classes_too():
    indices, classes = labels.class_indices(np.array([True, False, True]), "y")
    assert (indices.tolist(), classes) == ([1, 0, 1], ("False", "True"))
    indices, classes = labels.class_indices(labels.check_labels(np.array([b"b", b"a"]), "y"), "y")
    assert (indices.tolist(), classes) == ([1, 0], ("a", "b"))
    indices, classes = labels.class_indices(np.array([2.0, 0.0, 1.0]), "y")
    assert (indices.tolist(), classes) == ([2, 0, 1], ("0.0", "1.0", "2.0"))
    assert indices.dtype == np.int64
    assert labels.indices_among(np.array([1.0, 2.0]), classes, "y").tolist() == [1, 2]


@pytest.mark.parametrize("y", [np.array([1, 2, 3]), np.array([-1, 1]), np.array([0, 2]), np.arange(5, 25)])
def test_whole_numbers_keep_their_names(y):
    indices, classes = labels.class_indices(y, "y")
    assert indices.tolist() == list(range(len(y)))
    assert classes == tuple(map(str, y.tolist()))
    assert labels.indices_among(y[::-1].astype(float), classes, "y").tolist() == indices[::-1].tolist()


def test_one_hot_rows_are_classes():
    indices, classes = labels.class_indices(np.eye(3, dtype=int), "y")
    assert (indices.tolist(), classes) == ([0, 1, 2], ("0", "1", "2"))
    assert labels.indices_among(np.eye(2), ("0", "1"), "y").tolist() == [0, 1]


def test_places_among_words_are_classes():
    words = ("dog", "cat", "nobody")
    assert labels.indices_of_words(np.array([1, 0, 1]), words, ("cat", "dog"), "y").tolist() == [0, 1, 0]
    with pytest.raises(DataError, match=r"^y: test labels must be among the training set's, got label nobody \(tr"):
        labels.indices_of_words(np.array([1, 2]), words, ("cat", "dog"), "y")


def test_more_than_ten_classes_keep_their_order():
    y = np.arange(12, dtype=np.uint8)
    indices, classes = labels.class_indices(y, "y")
    assert indices.tolist() == list(range(12))
    assert classes == tuple(str(i) for i in range(12))
    assert labels.indices_among(y, classes, "y").tolist() == list(range(12))


def test_a_needless_axis_is_dropped():
    assert labels.check_labels(np.zeros((5, 1), np.uint8), "y").shape == (5,)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([1 + 1j]), "y: must hold numbers, booleans or strings, got dtype complex128"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "must hold numbers, booleans or strings, got dtype datetime64"),
        (np.zeros((2, 2, 2)), r"must have one label per sample, .*, got shape \(2, 2, 2\)"),
        (np.array([0.5, np.nan, np.nan]), r"every sample must have a label, got 2 missing labels, the first at \[1\]"),
        (np.array(["a", " "]), r"got 1 missing label, the first at \[1\] \(fill them in or drop those samples\)"),
        (np.array(["a", "b", np.nan]), r"got 1 missing label, the first at \[2\]"),
    ],
)
def test_unusable_labels_say_why(y, message):
    with pytest.raises(DataError, match=message):
        labels.check_labels(y, "y")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.array([[3, 1], [2, 2]]),
            r"one value per sample, got shape \(2, 2\) \(.*several numbers set \"task\": \"reg",
        ),
        (np.array([0.5, 1.0]), r"must be whole numbers, got 0\.5 \(to predict a number set \"task\": \"regression\"\)"),
        (np.array([0, 0]), "labels must hold at least two classes, got only 0"),
        (np.array(["a", "a"]), "labels must hold at least two classes, got only a"),
    ],
)
def test_unusable_classes_say_why(y, message):
    with pytest.raises(DataError, match=message):
        labels.class_indices(y, "y")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.array([0, 2]),
            r"y: test labels must be among the training set's, got label 2 \(training has labels 0, 1\)",
        ),
        (np.array([0.5]), "class labels must be whole numbers, got 0.5"),
        (np.full((2, 2), 3), r"class labels must have one value per sample, got shape \(2, 2\)"),
        (np.array([0.0, np.inf]), r"y: must hold finite numbers only, got 1 NaN or infinite value, the first \(inf\)"),
    ],
)
def test_unusable_test_labels_say_why(y, message):
    with pytest.raises(DataError, match=message):
        labels.indices_among(y, ("0", "1"), "y")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array(["low"]), r"targets must be numbers, got strings such as 'low' \(.*\"task\": \"classification\""),
        (np.array([1.0, np.inf]), r"y: must hold finite numbers only, got 1 NaN or infinite value, the first \(inf\)"),
        (np.array([1e300]), r"must fit in float32, .* \(scale the targets\)"),
    ],
)
def test_unusable_targets_say_why(y, message):
    with pytest.raises(DataError, match=message):
        labels.targets(y, "y")


def test_whole_numbers_can_be_targets():
    y = labels.targets(np.array([3, 5]), "y")
    assert y.dtype == np.float32
    assert y.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((60, 0)), r"^y: every sample must have a target, got shape \(60, 0\)$"),
        (np.array(["a", "\ud800", "b"]), r"^y: string labels must be text, got '\\ud800'$"),
    ],
)
def test_labels_that_are_none_say_why(y, message):
    with pytest.raises(DataError, match=message):
        labels.check_labels(y, "y")
