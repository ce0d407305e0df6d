import re

import numpy as np
import pandas as pd
import pytest
from support.tables import drawn, loaded, measured, turns, written

from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import DataError

X, Y = measured(), drawn(["ja", "nein"])


def summary(data):
    assert data.columns is not None
    return {column.name: column.kind for column in data.columns.given}


def test_passengers(tmp_path):
    """An identifier, names, words, and gaps in a number and in a word."""
    data = loaded(
        tmp_path,
        {
            "Id": range(1, 61),
            "Name": [f"Passenger {place % 59}" for place in range(60)],
            "Class": turns([1, 2, 3]),
            "Sex": drawn(["female", "male"]),
            "Age": ["" if place % 7 == 0 else 20 + place / 2 for place in range(60)],
            "Port": turns(["S", "C", "", "Q"]),
            "y": drawn("01"),
        },
    )
    assert summary(data) == {"Class": "number", "Sex": "category", "Age": "number", "Port": "category"}
    assert list(data.columns.left_out) == ["Id", "Name"]
    assert (data.task, data.classes, data.targets) == ("classification", ("0", "1"), ("y",))
    assert [column.has_gaps for column in data.columns.given] == [False, False, True, False]
    assert np.isnan(data.x_train).sum(axis=0).tolist() == [0, 0, 9, 0]
    assert data.columns.given[3].levels == ("", "C", "Q", "S")
    assert data.x_train[:4, 3].tolist() == [4, 2, 1, 3]


def test_the_same_numbers_with_decimal_commas(tmp_path):
    labels = turns("345678")
    point = written(tmp_path / "point.csv", {"fixed acidity": X, "n": turns([5, 6, 7]), "y": labels}, separator=";")
    comma = tmp_path / "comma.csv"
    comma.write_text(point.read_text(encoding="utf-8").replace(".", ","), encoding="utf-8")
    first, second = (load_dataset(path=str(path), target="y") for path in (point, comma))
    np.testing.assert_array_equal(first.x_train, second.x_train)
    assert first.classes == second.classes == tuple("345678")
    assert [column.form.decimal for column in second.columns.given] == [",", "."]
    assert load_dataset(path=str(comma), target="y", task="regression").classes is None


def test_a_counter_a_constant_and_an_index_are_left_out(tmp_path):
    data = loaded(tmp_path, {"": range(60), "Id": range(1, 61), "x": X, "one": [1.0] * 60, "y": Y})
    assert summary(data) == {"x": "number"}
    assert data.columns.left_out == {
        "column 1": "has no name: the rows' own names or numbers",
        "Id": "a row counter: whole numbers that run without gaps",
        "one": "the same in every row",
    }


def test_the_last_feature_is_kept(tmp_path):
    data = loaded(tmp_path, {"n": range(60), "y": Y})
    assert summary(data) == {"n": "number"}
    assert data.columns.given[0].why == "a row counter: whole numbers that run without gaps"


def test_classes_called_none_or_written_as_floats_keep_their_names(tmp_path):
    assert loaded(tmp_path, {"x": X, "y": turns(["None", "NA", "a"])}).classes == ("NA", "None", "a")
    assert loaded(tmp_path, {"x": X, "y": turns(["0.0", "1.0"])}).classes == ("0.0", "1.0")
    assert loaded(tmp_path, {"x": X, "y": turns(["True", "False"])}).classes == ("False", "True")


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    data = loaded(tmp_path, {"Id": range(60), "x": X, "y": [*measured(57, 1), "", "NA", ""]})
    assert len(data.x_train) == 57
    assert "Id" in data.columns.left_out
    assert data.notes[0] == "3 rows without y left out"
    assert loaded(tmp_path, {"x": X, "y": [*Y[:59], ""]}).notes[0] == "1 row without y left out"


def test_money_and_percent(tmp_path):
    data = loaded(tmp_path, {"share": [f"{n}%" for n in range(60)], "y": [f'"${n * 1000:,}.50"' for n in range(60)]})
    assert data.columns.given[0].form.percent
    assert data.y_train[:3].tolist() == [0.5, 1000.5, 2000.5]
    assert data.notes[0] == "y: numbers to predict, 0.5 … 59000.5"


def test_windows(tmp_path):
    path = written(tmp_path / "a.csv", {"größe": X, "café": turns(["é1", "é2", "é3"]), "klasse": Y}, encoding="cp1252")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    data = load_dataset(path=str(path), target="klasse")
    assert data.columns.names == ("größe", "café")
    assert data.columns.given[1].levels == ("é1", "é2", "é3")
    assert data.notes[0] == 'read as cp1252, for it is no UTF-8; "encoding" says another'
    assert not [
        note for note in load_dataset(path=str(path), target="klasse", encoding="latin-1").notes if "cp" in note
    ]


def test_what_the_user_says_of_columns(tmp_path):
    columns = {"zip": turns([1, 2, 3]), "Id": X, "x": turns([-999, 1.5, "?"]), "y": Y}
    data = loaded(tmp_path, columns, columns={"zip": "category"}, drop="Id", missing=["?", "-999"])
    assert summary(data) == {"zip": "category", "x": "number"}
    assert data.columns.given[0].levels == ("1", "2", "3")
    assert data.columns.left_out == {"Id": "dropped"}
    assert data.columns.missing == ("?", "-999")
    assert np.isnan(data.x_train[:, 1]).sum() == 40


def test_groups_times_and_folds(tmp_path):
    columns = {"p": turns(["a", "b", "c"]), "t": [f"2024-01-{1 + n % 28:02d}" for n in range(60)], "f": turns([3, 5])}
    data = loaded(tmp_path, {**columns, "x": X, "y": Y}, group="p", time="t", fold="f")
    assert summary(data) == {"t": "date", "x": "number"}
    assert data.splits.groups[:4].tolist() == [0, 1, 2, 0]
    assert data.splits.groups.dtype == np.int64
    assert data.splits.times[:2].tolist() == [19723, 19724]
    assert data.splits.fold_of[:3].tolist() == [0, 1, 0]
    without = loaded(tmp_path, {**columns, "x": X, "y": ["", *Y[1:]]}, group="p", time="t", fold="f")
    assert len(without.splits.groups) == len(without.splits.times) == len(without.splits.fold_of) == 59
    assert without.splits.fold_of[:3].tolist() == [1, 0, 1]
    assert summary(loaded(tmp_path, {**columns, "x": X, "y": Y}, time="t", drop=["t", "p", "f"])) == {"x": "number"}


def test_parts_become_training_held_out_and_test_set(tmp_path):
    part = ["train"] * 40 + ["valid"] * 10 + ["test"] * 10
    words = ["a", "b"] * 20 + ["new"] * 20
    data = loaded(tmp_path, {"part": part, "w": words, "x": X, "y": Y}, fold="part")
    assert (len(data.x_train), len(data.x_test)) == (50, 10)
    assert data.splits.fold_of.tolist() == [-1] * 40 + [0] * 10
    assert data.columns.given[0].levels == ("a", "b", "new")
    no_valid = loaded(tmp_path, {"part": ["train"] * 50 + ["test"] * 10, "x": X, "y": Y}, fold="part")
    assert no_valid.splits.fold_of is None
    with pytest.raises(DataError, match="y_test: test labels must be among the training set's, got label new"):
        loaded(tmp_path, {"part": part, "x": X, "y": [*Y[:59], "new"]}, fold="part")


def test_a_file_to_hold_out(tmp_path):
    other = written(tmp_path / "other.csv", {"y": ["ja", "", "nein"], "w": ["a", "z", "z"], "x": [1, 2, 3]})
    data = loaded(tmp_path, {"x": X, "w": turns(["a", "b", "c"]), "y": Y}, validation=str(other))
    assert data.x_train[60:].tolist() == [[1, 1], [3, 0]]
    assert data.y_train[60:].tolist() == [0, 1]
    assert data.splits.fold_of.tolist() == [-1] * 60 + [0] * 2
    assert "other.csv: 1 row without y left out" in data.notes
    assert "other.csv: 2 rows with a new word in w" in data.notes


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"w": ["a"], "y": ["ja"]},
            r"other\.csv: must have the column that the model was trained on, got none named x",
        ),
        ({"x": [1], "w": ["a"]}, r"other\.csv: must have 'y' to be held out, got no such column$"),
        ({"x": [1], "w": ["a"], "y": [""]}, r"other\.csv: some row must have a target, got none$"),
        (
            {"x": ["one"], "w": ["a"], "y": ["ja"]},
            r"other\.csv: column 'x': must hold numbers, as in the training, got 'one",
        ),
        ({"x": [1], "w": ["a"], "y": ["so"]}, r"other\.csv: column 'y': test labels must be among .*, got label so"),
    ],
)
def test_a_file_to_hold_out_that_does_not_suit(tmp_path, columns, message):
    other = written(tmp_path / "other.csv", columns)
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, {"x": X, "w": turns(["a", "b", "c"]), "y": Y}, validation=str(other))


def test_several_targets(tmp_path):
    ones = {"a": turns([0, 1]), "b": turns([1, 1, 0]), "x": X}
    assert loaded(tmp_path, {"a": X, "b": measured(seed=1), "x": Y}, target=["a", "b"]).y_train.shape == (60, 2)
    data = loaded(tmp_path, ones, target=["a", "b"])
    assert (data.task, data.classes, data.targets) == ("multilabel", ("a", "b"), ("a", "b"))
    data = loaded(tmp_path, {**ones, "b": turns([1, 0])}, target=["a", "b"])
    assert (data.task, data.classes, data.y_train[:2].tolist()) == ("classification", ("a", "b"), [1, 0])


def test_parquet(tmp_path):
    frame = pd.DataFrame({"x": X, "w": turns(["a", "b"]), "d": pd.date_range("2024-01-01", periods=60), "y": Y})
    frame.to_parquet(tmp_path / "mine.parquet", index=False)
    data = load_dataset(path=str(tmp_path / "mine.parquet"), target="y")
    assert summary(data) == {"x": "number", "w": "category", "d": "date"}
    frame[:0].to_parquet(tmp_path / "none.parquet", index=False)
    with pytest.raises(DataError, match=r"none\.parquet: must hold rows and columns, got 0 rows$"):
        load_dataset(path=str(tmp_path / "none.parquet"), target="y")
    with pytest.raises(DataError, match=r"^encoding: is for .*files only, got 'utf-8' with "):
        load_dataset(path=str(tmp_path / "mine.parquet"), target="y", encoding="utf-8")


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise ImportError("no pyarrow")

    pd.DataFrame({"x": X, "y": Y}).to_parquet(tmp_path / "mine.parquet")
    monkeypatch.setattr(pd, "read_parquet", refuse)
    with pytest.raises(
        DataError, match=r"parquet: needs pyarrow to be read, .* \(pip install 'kerasgrid\[parquet\]'\)$"
    ):
        load_dataset(path=str(tmp_path / "mine.parquet"), target="y")


def test_everything_wrong_is_said_at_once(tmp_path):
    columns = {"a": [*X[:59], "oops"], "b": [*X[:59], "inf"], "c": [*X[:58], "two", "words"], "y": ["", *Y[1:]]}
    where = re.escape(str(tmp_path / "mine.csv"))
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, columns)
    first, *lines = str(caught.value).splitlines()
    assert re.fullmatch(f"{where}: 2 problems", first)
    assert lines[0].startswith("  column 'a': holds numbers such as")
    assert "'oops' in row 60 (if" in lines[0]
    assert "'two' in row 59, and 1 row more like it (if" in lines[1]
    with pytest.raises(DataError, match=f"^{where}: column 'b': must hold finite numbers only, got inf in row 60 "):
        loaded(tmp_path, {"b": columns["b"], "y": columns["y"]})
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, {**columns, "t": [""] * 60}, time="t", task="regression")
    assert len(str(caught.value).splitlines()) == 5
    with pytest.raises(DataError, match=f"^{where}: 2 problems\n  target must be .*\n  group must be "):
        loaded(tmp_path, {"x": X, "z": Y}, group="g")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": X, "y": [""] * 60}, "column 'y': some row must have a target, got none$"),
        ({"y": Y}, r"must have at least two columns, got one \(a table needs a feature and a target\)$"),
        (
            {"a": [1] * 60, "b": [f"Name {n}" for n in range(60)], "y": Y},
            "must have a column to learn from, got a: the same in every row; b: an identifier or free text: .*; "
            r'|row differs \("columns": {"name": "category"} keeps one\)$',
        ),
        ({"x": X, "y": ["ja"] * 60}, "column 'y': labels must hold at least two classes, got only ja$"),
        ({"x": X, "x ": X, "y": Y}, r"column names must differ, got 'x' twice \(rename one of them\)$"),
        ({"1": X, "1 ": X, "2": Y}, r"the first line must be a header of column names, got 1, 1, 2 \(put a line of"),
    ],
)
def test_tables_that_cannot_be_learnt_from_say_why(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, columns)


def test_quotes_with_line_breaks(tmp_path):
    (tmp_path / "a.csv").write_text('x,"the\nword",y\n' + '1.5,"a\nb",ja\n2,"c ""d""",nein\n' * 20, encoding="utf-8")
    data = load_dataset(path=str(tmp_path / "a.csv"), target="y")
    assert data.columns.names == ("x", "the\nword")
    assert data.columns.given[1].levels == ("a\nb", 'c "d"')


def test_two_thousand_columns_and_five_thousand_words(tmp_path):
    wide = {f"c{place}": measured(20, place) for place in range(2000)}
    assert loaded(tmp_path, {**wide, "y": turns("ab", 20)}).x_train.shape == (20, 2000)
    words = [f"w{place % 5000}" for place in range(12_000)]
    data = loaded(tmp_path, {"w": words, "y": drawn("ab", 12_000)})
    assert len(data.columns.given[0].levels) == 5000


def test_a_bad_date_of_the_time_is_told_once(tmp_path):
    days = [*(f"2024-01-{day % 28 + 1:02d}" for day in range(59)), "2024-02-30"]
    message = r"^[^\n]*mine\.csv: column 't': every row must have a date, got '2024-02-30' in row 60, beside [^\n]*$"
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, {"x": X, "t": days, "y": Y}, time="t")
    with pytest.raises(DataError, match=r": 2 problems\n  column 't': every row [^\n]*\n  column 'x': holds numbers "):
        loaded(tmp_path, {"x": ["two", *X[1:]], "t": days, "y": Y}, time="t")
