from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from support.tables import drawn, measured, turns, written

import kerasgrid
from kerasgrid.data.frame import cells_of_frame, raw_of_frame
from kerasgrid.data.memory import dataset_of
from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError

X, Y, N = measured(), drawn(["ja", "nein"]), 60


@pytest.mark.parametrize(
    ("column", "kind", "levels"),
    [
        (pd.Series(turns("abc"), dtype=object), "category", ("a", "b", "c")),
        (pd.Series(turns("abc"), dtype="string"), "category", ("a", "b", "c")),
        (pd.Series(turns("abc"), dtype="category"), "category", ("a", "b", "c")),
        (pd.Series(turns([1, 2, 3]), dtype="category"), "category", ("1", "2", "3")),
        (pd.Series(turns(["a", 1, b"c"]), dtype=object), "category", ("1", "a", "c")),
        (pd.Series(turns([True, False])), "yes/no", ()),
        (pd.Series(turns([True, False, None]), dtype="boolean"), "yes/no", ("False", "True")),
        (pd.Series(turns([True, False, None]), dtype=object), "yes/no", ("False", "True")),
        (pd.Series(turns(["yes", "no"])), "yes/no", ("no", "yes")),
        (pd.Series(turns([1, 2, None]), dtype="Int64"), "number", ()),
        (pd.Series(turns([1, 2, 3]), dtype="uint8"), "number", ()),
        (pd.Series(X, dtype="Float64"), "number", ()),
        (pd.Series(X, dtype="float32"), "number", ()),
        (pd.Series(X, dtype=object), "number", ()),
        (pd.Series([Decimal(n % 7) for n in range(N)]), "number", ()),
        (pd.Series(turns(["1,5", "2"])), "number", ()),
        (pd.Series(pd.to_timedelta(turns([1, 2, 5]), unit="h")), "number", ()),
        (pd.Series(pd.date_range("2024-01-01", periods=N)), "date", ()),
        (pd.Series(pd.date_range("2024-01-01", periods=N, tz="Europe/Berlin")), "date", ()),
        (pd.Series(pd.period_range("2024-01", periods=N, freq="M")), "date", ()),
        (pd.Series([date(2024, 1, 1 + n % 28) for n in range(N)]), "date", ()),
        (pd.Series(turns(["2024-01-01", "2024-02-01"])), "date", ()),
        (pd.Series(pd.arrays.SparseArray(turns([0, 0, 1.5]))), "number", ()),
    ],
)
def test_columns_of_every_type(column, kind, levels):
    data = dataset_of((pd.DataFrame({"a": column, "x": X, "y": Y}), "y"))
    assert (data.columns.given[0].kind, data.columns.given[0].levels) == (kind, levels)
    assert data.x_train.dtype == np.float32


def test_a_frame_is_as_its_file(tmp_path):
    columns = {"x": X, "w": turns(["a", "b", ""]), "n": turns([1, 2, ""]), "y": Y}
    path = written(tmp_path / "a.csv", columns)
    data, file = dataset_of((pd.read_csv(path), "y")), load_dataset(path=str(path), target="y")
    assert data.fingerprint == file.fingerprint
    assert (data.name, data.source, data.notes) == ("data", "memory", file.notes)


def test_names_that_are_no_text_become_text():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)))
    assert dataset_of((frame, 2)).columns.names == ("0", "1")
    frame.columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    assert dataset_of((frame, "b 1")).columns.names == ("a 1", "a 2")


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(turns(["b", "a", "c"])),
        pd.Series(turns(["b", "a", "c"]), dtype=object),
        pd.Series(turns(["b", "a", "c"])).astype("category"),
        np.array(turns(["b", "a", "c"]), object),
        pd.DataFrame({"kind": turns(["b", "a", "c"])}),
    ],
    ids=["text", "objects", "categories", "array", "frame"],
)
def test_labels_of_a_frame_beside_its_numbers(labels):
    frame = pd.DataFrame({"x": X, "z": X[::-1]})
    data = dataset_of((frame, labels))
    assert (data.task, data.classes, data.columns) == ("classification", ("a", "b", "c"), None)
    assert data.y_train[:3].tolist() == [1, 0, 2]
    tested = dataset_of((frame, labels, frame[:9], labels[:9]))
    assert tested.y_test is not None
    assert tested.y_test.tolist() == data.y_train[:9].tolist()


def test_truth_values_and_numbers_that_are_objects():
    frame = pd.DataFrame({"x": X, "z": X[::-1]})
    assert dataset_of((frame, np.array(turns([True, False]), object))).n_outputs == 2
    assert dataset_of((frame, pd.Series(X, dtype=object))).task == "regression"
    with pytest.raises(
        DataError, match=r"^data: y: every sample must have a label, got 20 missing, the first at \[2\] "
    ):
        dataset_of((frame, pd.Series(turns(["b", "a", None]), dtype=object)))
    with pytest.raises(DataError, match=r"^data: y: must hold numbers, booleans or strings, got dtype object$"):
        dataset_of((frame, np.array(turns(["b", 1, 2.5]), object)))


def test_a_frame_of_words_and_its_targets_are_a_table():
    frame = pd.DataFrame({"x": X, "w": turns(["a", "b", ""])})
    data = dataset_of((frame, pd.Series(Y, name="kind")))
    assert data.fingerprint == dataset_of((frame.assign(kind=Y), "kind")).fingerprint
    assert data.targets == ("kind",)
    assert dataset_of((frame, Y)).targets == ("y",)
    assert dataset_of((frame.rename(columns={"w": "y"}), Y)).targets == ("y_",)
    with pytest.raises(
        DataError,
        match=r"^data: y: must be one value for each row of the frame, got shape \(59,\) for 60 rows \(or \(frame, ",
    ):
        dataset_of((frame, Y[1:]))


def test_what_a_space_says_of_its_columns_holds():
    frame = pd.DataFrame({"zip": turns([1, 2, 3]), "p": turns("abcd"), "q": turns("ab"), "x": X, "y": Y})
    options = {"columns": {"zip": "category"}, "drop": "q", "group": "p", "missing": None, "encoding": None}
    data = dataset_of((frame, ["y"]), options=options)
    assert data.columns.names == ("zip", "x")
    assert data.columns.given[0].kind == "category"
    assert data.splits.groups[:3].tolist() == [0, 1, 2]


def test_several_targets():
    frame = pd.DataFrame({"a": X, "b": measured(seed=1), "x": X})
    data = dataset_of((frame, ["a", "b"]))
    assert (data.task, data.targets, data.y_train.shape) == ("regression", ("a", "b"), (N, 2))


def test_arrays_are_still_arrays():
    frame = pd.DataFrame({"x": X})
    assert dataset_of((frame, Y)).columns is None
    assert dataset_of((frame, np.array(Y))).classes == ("ja", "nein")


@pytest.mark.parametrize(
    ("columns", "target", "message"),
    [
        ({"x": [[1]] * N, "y": Y}, "y", "^data: column 'x': must hold numbers, words or dates, got list objects$"),
        ({"x": [1j] * N, "y": Y}, "y", "^data: column 'x': must hold numbers, words or dates, got dtype complex128$"),
        ({"x": X, "y": Y}, "z", r"^data: target must be a column, got 'z' \(columns: x, y\)$"),
        ({"x": [], "y": []}, "y", r"^data: must hold rows and columns, got a frame of shape \(0, 2\)$"),
        (
            {"x": X, "y": pd.date_range("2024-01-01", periods=N)},
            "y",
            "must hold classes or numbers to be predicted, got d",
        ),
        ({1: X, "1": X, "y": Y}, "y", "^data: column names must differ, got '1' twice$"),
    ],
)
def test_wrong_frames_say_why(columns, target, message):
    with pytest.raises(DataError, match=message):
        raw_of_frame(pd.DataFrame(columns), target)


def test_what_is_neither_says_so():
    message = (
        r"^data: must be a data set, a name, a path, arrays \(X, y\) or \(X, y, X_test, y_test\), or \(frame, target\)"
    )
    with pytest.raises(DataError, match=message):
        dataset_of(pd.DataFrame({"x": X}))


def test_marks_of_gaps_in_frames():
    cells = cells_of_frame(pd.DataFrame({"a": [1, -999], "b": ["?", "x"]}), ["?", "-999"], "data")
    assert np.isnan(cells["a"].values).tolist() == [False, True]
    assert cells["b"].gaps.tolist() == [True, False]


def test_a_search_takes_a_frame():
    from kerasgrid.api.searching import dataset_for
    from kerasgrid.space.spec import space_from_dict

    space = space_from_dict(
        {"name": "a", "dataset": {"path": "a.csv", "target": "q", "drop": "w"}, "params": {"epochs": 1}}
    )
    data = dataset_for(space, (pd.DataFrame({"x": X, "w": turns("abc"), "y": Y}), "y"))
    assert data.columns.names == ("x",)
    assert kerasgrid.search is not None
