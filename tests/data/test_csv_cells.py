import numpy as np
import pandas as pd
import pytest

from kerasgrid.data import csv_cells
from kerasgrid.data.cells import Numbers, Words
from kerasgrid.data.csv_cells import read_cells, without_marks, words_of
from kerasgrid.data.dialect import dialect_of
from kerasgrid.data.text_file import text_file
from kerasgrid.errors import DataError


@pytest.fixture
def read(tmp_path):
    def cells(text: str, **options):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(options.pop("encoding", "utf-8")))
        file = text_file(path)
        return read_cells(file, dialect_of(file), **options)

    return cells


def values(column):
    if isinstance(column, Numbers):
        return [None if np.isnan(value) else value for value in column.values.tolist()]
    return [None if code < 0 else column.words[code] for code in column.codes]


def test_numbers_words_booleans_and_gaps(read):
    cells = read("i,f,w,b,e\n1,1.5,x,True,\n2,,y,False,\n3,-1e3,,True,\n")
    assert {name: values(column) for name, column in cells.items()} == {
        "i": [1, 2, 3],
        "f": [1.5, None, -1000],
        "w": ["x", "y", None],
        "b": [True, False, True],
        "e": [None] * 3,
    }
    assert [cells[name].values.dtype.kind for name in "ifb"] == ["i", "f", "b"]


@pytest.mark.parametrize("rows", [2, 1000])
def test_rows_read_at_once_make_no_difference(read, monkeypatch, rows):
    monkeypatch.setattr(csv_cells, "_CELLS_AT_ONCE", 1)
    monkeypatch.setattr(csv_cells, "_FEWEST_ROWS", rows)
    cells = read("a,b,c,d,e\n1,x,,True,1\n2,y,,False,2\nNA,z,,True,1.0\n4,x,p,,2.5\n5,3,,True,\n")
    assert values(cells["a"]) == ["1", "2", "NA", "4", "5"]
    assert values(cells["b"]) == ["x", "y", "z", "x", "3"]
    assert values(cells["c"]) == [None, None, None, "p", None]
    assert values(cells["d"]) == ["True", "False", "True", None, "True"]
    assert values(cells["e"]) == [1, 2, 1, 2.5, None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_whole_numbers_that_begin_with_a_zero_stay_words(read, encoding):
    cells = read("zip,n,date,f\n01234,10,03.05.2020,0.5\n99999,20,04.05.2020,1\n", encoding=encoding)
    assert values(cells["zip"]) == ["01234", "99999"]
    assert values(cells["n"]) == [10, 20]
    assert values(cells["f"]) == [0.5, 1]


@pytest.mark.parametrize("text", ["zip\n01\n2\n", "a,zip\n1,2\n1,02", 'a;zip\n1;"02"\n1;3\n', "a\tzip\n1\t 02\n2\t3\n"])
def test_zeros_in_front_are_found_wherever_they_stand(read, text):
    assert isinstance(read(text)["zip"], Words)


def test_marks_of_gaps_hold_in_all_columns(read):
    cells = read("a,b,c\n1,-999,?\n-999,2,x\n3,-999.0,x\n", missing=["?", "-999"])
    assert [values(cells[name]) for name in "abc"] == [[1, None, 3], [None, 2, None], [None, "x", "x"]]


def test_columns_that_are_to_be_words(read):
    assert values(read("a,b\n1.0,2\n2,3\n", words=["a"])["a"]) == ["1.0", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", r"mine\.csv: must hold rows below the header, got none"),
        (
            "a,b\n1,2\n3,4,5,6\n",
            r"rows must have as many values as the header has names, got 4 values in line 3, and 2 names \(a cell",
        ),
        (
            "a b\n" + "1 2\n" * 20 + "3 4 5 6\n",
            "rows must have as many values as the header has names, got . values in line 22, and 2 names",
        ),
        ('a,b\n"1,2\n', "separated by ',', got .*EOF inside string"),
    ],
)
def test_broken_files_say_so(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text)


def test_marks_that_nobody_has_change_nothing():
    column = Numbers(np.array([1, 2]))
    assert without_marks(column, ["x", "5"]) is column
    assert without_marks(column, ()) is column


def test_one_and_its_word_are_one_word():
    words = words_of(pd.Series([1, "1", None, b"x", "x"], dtype=object))
    assert words.codes.tolist() == [0, 0, -1, 1, 1]
    assert words.words.tolist() == ["1", "x"]
