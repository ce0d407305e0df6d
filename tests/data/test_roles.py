import numpy as np
import pytest

from kerasgrid.data.cells import Dates, Numbers, Words
from kerasgrid.data.roles import groups_of, parts_of, problems_of_roles, times_of, weights_of
from kerasgrid.data.source import Request
from kerasgrid.errors import DataError


def words(*texts):
    found = sorted({text for text in texts if text})
    return Words(
        np.array([found.index(text) if text else -1 for text in texts], np.int32), np.array(found, dtype=object)
    )


def said(names, **asked):
    return [str(problem) for problem in problems_of_roles(names, Request("mine", **asked))]


def test_everything_wrong_with_names_is_said():
    assert said(["patient", "x", "y"], target=("y",), group="patient", drop=("x",), columns={"x": "number"}) == []
    assert said(
        ["patient", "x", "y"], target=("z",), group="patent", time="t", drop=("q",), columns={"xx": "words"}
    ) == [
        "target must be a column, got 'z' (columns: patient, x, y)",
        "group must be a column, got 'patent' (did you mean 'patient'? columns: patient, x, y)",
        "time must be a column, got 't' (columns: patient, x, y)",
        "drop must be a column, got 'q' (columns: patient, x, y)",
        "columns must name columns of the table, got 'xx' (did you mean 'x'? columns: patient, x, y)",
        "columns: 'xx': must be number, yes/no, category or date, got 'words'",
    ]
    assert said(["a", "y"]) == [
        'say which column is to be predicted, got no target (set "target" beside "path", or give --target; columns: a, '
        "y)"
    ]
    assert said(["a", "y"], target=("y",), group="y") == ["column 'y': a column has one role, not target and group"]
    assert said(["a", "t", "y"], target=("y",), time="t", drop=("t",)) == []
    assert said(["a", "b", "x"], target=("a, b",)) == [
        "target must be a column, got 'a, b' (for several give each: --target a --target b; columns: a, b, x)"
    ]
    assert said(["R&D", "$x", "y"], target=("R&D, $x",)) == [
        'target must be a column, got \'R&D, $x\' (for several give each: --target "R&D" --target "\\$x"; columns: '
        "R&D, $x, y)"
    ]
    assert said(["a", "b", "y"], target=("y",), group="a, b", columns={"a,b": "category"}) == [
        "group must be a column, got 'a, b' (columns: a, b, y)",
        "columns must name columns of the table, got 'a,b' (columns: a, b, y)",
    ]
    assert said(["1", "2.5"], target=("y",)) == [
        "the first line must be a header of column names, got 1, 2.5 (put a line of names above the values)"
    ]
    assert said([f"c{i}" for i in range(25)], target=("zzz",))[0].endswith("c18, c19, … (25 in all))")


def test_groups():
    assert groups_of(words("a", "b", "a", "", "")).tolist() == [0, 1, 0, 2, 3]
    assert groups_of(Numbers(np.array([7, 5, 7]))).tolist() == [0, 1, 0]


def test_times():
    assert times_of("t", words("2.1.1970", "1.1.1970"), ".").tolist() == [1, 0]
    assert times_of("t", words("1,5", "2"), ",").tolist() == [1.5, 2]
    assert times_of("t", Numbers(np.array([3, 1])), ".").dtype == np.float64
    assert times_of("t", Dates(np.array([1.5])), ".").tolist() == [1.5]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (words("2020-01-01", ""), "^column 't': every row must have a time, got none in row 2$"),
        (words("1", "NA"), "^column 't': every row must have a time, got none in row 2$"),
        (Numbers(np.array([np.nan])), "every row must have a time, got none in row 1"),
        (words("soon", "later"), "^column 't': every row must have a time, a date or a number, got 'soon' in row 1$"),
        (
            words("2024-01-01", "2024-01-02", "2024-02-30"),
            r"^column 't': every row must have a date, got '2024-02-30' in row 3, beside dates such as 2024-01-01 "
            r"\(correct it, or leave out the row\)$",
        ),
        (words("1.5.2024", "n/a", "2.5.2024"), "^column 't': every row must have a date, got 'n/a' in row 2, beside "),
        (words("n/a", "N/A", "?", "2.5.2024"), "^column 't': every row must have a date, got 'n/a' in row 1, beside "),
        (
            words("1.5.2024", "2.5.2024", "soon"),
            "^column 't': every row must have a date, got 'soon' in row 3, beside ",
        ),
        (words("1", "2", "x"), "^column 't': every row must have a time, a date or a number, got 'x' in row 3$"),
    ],
)
def test_times_that_are_none(cells, message):
    with pytest.raises(DataError, match=message):
        times_of("t", cells, ".")


@pytest.mark.parametrize(
    ("cells", "parts", "folds"),
    [
        (Numbers(np.array([5, 3, 3, 9])), [0, 0, 0, 0], [1, 0, 0, 2]),
        (Numbers(np.array([10.0, 9, -1])), [0, 0, 0], [1, 0, -1]),
        (words("b", "a", "b"), [0, 0, 0], [1, 0, 1]),
        (words("train", "Valid", "train"), [0, 1, 0], [-1, 0, -1]),
        (words("training", "test", "dev"), [0, 2, 1], [-1, -1, 0]),
        (words("train", "testing"), [0, 2], None),
    ],
)
def test_folds(cells, parts, folds):
    found, fold_of = parts_of("f", cells)
    assert found.tolist() == parts
    assert (None if fold_of is None else fold_of.tolist()) == folds


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (words("1", "", "2"), "^column 'f': every row must have a fold, got none in row 2$"),
        (words("1", "1"), "^column 'f': must have at least two folds, got 1$"),
        (words("test", "val"), "^column 'f': must name rows to train on, got test, val$"),
        (
            words("train", "test", "Tset ", "train"),
            r"^column 'f': must name parts in every row, or in none, got 'Tset ' in row 3, beside test, train \(did "
            r"you mean 'test'\? parts are train, validation and test; leave out rows of no part\)$",
        ),
        (
            words("Train", "unused"),
            r"^column 'f': must name parts .*, got 'unused' in row 2, beside Train \(parts are train, validation and",
        ),
        (words("1", "2", "test"), r"got '1' in row 1, beside test \(parts are train"),
        (words("-1", "test"), r"got '-1' in row 1, beside test \(parts are train"),
    ],
)
def test_folds_that_are_none(cells, message):
    with pytest.raises(DataError, match=message):
        parts_of("f", cells)


def test_weights_are_numbers_of_at_least_0():
    np.testing.assert_array_equal(weights_of("w", words("1", "0", "2.5"), "."), np.array([1, 0, 2.5], np.float32))
    np.testing.assert_array_equal(weights_of("w", Numbers(np.array([3, 1])), "."), np.array([3, 1], np.float32))
    for cells, got in (
        (Numbers(np.array([1.0, -2.0])), "-2 in row 2"),
        (Numbers(np.array([1.0, np.nan])), "none in row 2"),
        (Numbers(np.zeros(2)), "zeros alone"),
        (words("1", "2", "x"), "'x' in row 3"),
    ):
        with pytest.raises(DataError, match=f"^column 'w': every row must have a weight of at least 0, got {got}$"):
            weights_of("w", cells, ".")
    assert said(["w", "y"], target=("y",), weight="v") == ["weight must be a column, got 'v' (columns: w, y)"]
    assert said(["w", "y"], target=("y",), weight="y") == ["column 'y': a column has one role, not target and weight"]
