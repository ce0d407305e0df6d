import numpy as np
import pytest

from kerasgrid.data import checks
from kerasgrid.data.raw import Raw
from kerasgrid.errors import DataError

X = np.arange(12, dtype=np.float64).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 0, 1])


def with_value(value, *places):
    x = X.copy()
    for place in places:
        x[place] = value
    return x


def test_bytes_images_are_scaled_and_contiguous():
    image = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4).transpose(0, 2, 3, 1)
    x = checks.samples(image, "x")
    assert x.dtype == np.float32
    assert x.flags.c_contiguous
    np.testing.assert_array_equal(x, (image / np.float32(255)).astype(np.float32))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", ">f8"])
def test_tables_are_cast_and_not_scaled(dtype):
    table = np.array([[0, 1], [1, 0]], dtype=dtype)
    x = checks.samples(table, "x")
    assert x.dtype == np.float32
    assert x.dtype.isnative
    np.testing.assert_array_equal(x, [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(3), r"x: must have rank 2 \(a table\), 3 .* or 4 .*, got shape \(3,\) \(.*x.reshape\(-1, 1\)\)"),
        (np.zeros((2, 2, 2, 2, 2)), r"must have rank 2 .*, got shape \(2, 2, 2, 2, 2\)$"),
        (np.zeros((0, 2)), r"must hold at least one sample, got shape \(0, 2\)"),
        (np.zeros((2, 0)), r"must hold at least one feature per sample, got shape \(2, 0\)"),
        (np.array([["a"]]), "x: must hold numbers, got dtype <U1"),
        (np.array([[1j]]), "must hold numbers, got dtype complex128"),
        (
            with_value(np.nan, (3, 1)),
            r"finite numbers only, got 1 NaN or infinite value, the first \(nan\) at \[3, 1\]",
        ),
        (with_value(-np.inf, (2, 0), (4, 1)), r"got 2 NaN or infinite values, the first \(-inf\) at \[2, 0\]"),
        (with_value(1e39, (1, 1)), r"must fit in float32, which ends at 3\.4e38, got 1e\+39 at \[1, 1\] \(scale"),
    ],
)
def test_bad_samples_say_why(x, message):
    with pytest.raises(DataError, match=message):
        checks.samples(x, "x")


def dataset(x_train=X, y_train=Y, x_test=None, y_test=None, **known):
    return Raw(x_train, y_train, x_test, y_test, source="mine.npz", **known).to_dataset(name="mine")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y_train": Y[:5]}, "mine.npz: x_train and y_train must have the same length, got 6 samples and 5 labels"),
        ({"x_test": X, "y_test": Y[:5]}, "x_test and y_test must have the same length, got 6 samples and 5 labels"),
        (
            {"x_test": X[:, :1], "y_test": Y},
            r"x_train and x_test must hold samples of one shape, got \(2,\) and \(1,\)",
        ),
        ({"x_test": with_value(np.nan, (0, 0)), "y_test": Y}, r"mine.npz: x_test: must hold finite numbers only"),
        (
            {"x_train": np.full((6, 2, 2), 9, np.uint8), "x_test": np.zeros((6, 2, 2)), "y_test": Y},
            "must both be uint8 images or neither, .* got uint8 and float64",
        ),
        ({"x_test": X, "y_test": Y + 1}, "mine.npz: y_test: test labels must be among the training set's, got label 2"),
        ({"classes": ("a", "b", "c")}, "mine.npz: y_train: mine must have 3 classes, got 2"),
        (
            {"y_train": Y / 2, "x_test": X, "y_test": np.zeros((6, 2))},
            r"must hold as many targets per sample, got shapes \(6,\) and \(6, 2\)",
        ),
    ],
)
def test_arrays_that_do_not_fit_together_say_why(arrays, message):
    with pytest.raises(DataError, match=message):
        dataset(**arrays)


def test_regression_with_a_test_set():
    data = dataset(y_train=X, x_test=X[:2], y_test=X[:2])
    assert data.task == "regression"
    assert data.y_train.dtype == data.y_test.dtype == np.float32
    assert data.n_outputs == 2
    assert data.classes is None


def test_classification_with_a_test_set_and_known_names():
    data = dataset(x_test=X[:2], y_test=Y[:2], classes=("cat", "dog"))
    assert data.y_test.tolist() == [0, 1]
    assert data.classes == ("cat", "dog")
