import pytest

from kerasgrid.data.plain_csv import read_plain_csv
from kerasgrid.errors import DataError


@pytest.fixture
def table(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_quotes_blanks_and_a_byte_order_mark(table):
    raw = read_plain_csv(table('"a, b", kind\n1, x\n\n2, "y z"\n', "utf-8-sig"), "kind")
    assert raw.x_train.tolist() == [[1.0], [2.0]]
    assert raw.y_train.tolist() == ["x", "y z"]


def test_a_header_of_numbers_is_a_header_if_the_target_is_in_it(table):
    assert read_plain_csv(table("0,1\n5,6\n7,8\n"), "1").x_train.tolist() == [[5.0], [7.0]]


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("", "y", r"mine\.csv: must hold a header and rows, got an empty file"),
        ("\n\n", "y", "must hold a header and rows, got an empty file"),
        ("a,y\n", "y", "must hold rows below the header, got none"),
        ("y\n1\n", "y", r"must have at least two columns, got 'y' \(a table needs a feature and a target"),
        ("a;y\n1;2\n", "y", r"must have at least two columns, got 'a;y' \(columns must be separated by commas"),
        ("1,2\n3,4\n", "y", r"first line must be a header of column names, got 1, 2 \(put a line of names above"),
        (
            "0,0,1\n1,1,0\n",
            "y",
            r"first line must be a header of column names, got 0, 0, 1 \(put a line of names above",
        ),
        (",a,y\n0,1,2\n", "y", r"every column must have a name .*, got none for column 1 \(.*index=False"),
        ("a,a,y\n0,1,2\n", "y", "column names must differ, got 'a' twice"),
        (
            "a,y\n1,2\n",
            None,
            r"say which column is to be predicted, got no target \(set \"target\" .*; columns: a, y\)",
        ),
        ("a,label\n1,2\n", "lable", r"target must be a column, got 'lable' \(did you mean 'label'\? columns: a, label"),
        ("a,label\n1,2\n", "zzz", r"target must be a column, got 'zzz' \(columns: a, label\)"),
        (",".join(f"c{i}" for i in range(25)), "zzz", r"c18, c19, … \(25 in all\)"),
        (
            "a,b,y\n1,2,0\n3,oops,1\n4,x,1\n",
            "y",
            r"mine\.csv: column 'b': feature .* numbers only, got 'oops' in row 2",
        ),
        (
            "a,b,y\n1,2,0\n3,,1\n",
            "y",
            "mine.csv: column 'b': every value must be there, got 1 missing value, the first in",
        ),
        ("a,y\nTrue,0\n,1\nNA,1\n", "y", r"got 2 missing values, the first in row 2 \(fill them in .* NA, NaN, null"),
        ("a,y\n1,p\n2,\n", "y", "column 'y': every sample must have a label, got 1 missing value, the first in row 2"),
        ("a,y\n1,0\n-inf,1\n", "y", "column 'a': must hold finite numbers only, got -inf in row 2"),
        (
            "a,y\n1,0\n1,2,3\n",
            "y",
            "must be a comma-separated table in UTF-8, got .*Expected 2 fields in line 3, saw 3",
        ),
        ("a,y\n1,0,3\n1,2,3\n", "y", "rows must have as many values as the header has names, got 2 names and 3 values"),
    ],
)
def test_wrong_tables_say_why(table, text, target, message):
    with pytest.raises(DataError, match=message):
        read_plain_csv(table(text), target)


def test_another_encoding_says_so(table):
    with pytest.raises(DataError, match="must be a comma-separated table in UTF-8, got 'utf-8' codec can't decode"):
        read_plain_csv(table("größe,y\n1,2\n", "latin-1"), "y")


def test_whole_numbers_too_large_for_an_integer_are_still_numbers(table):
    assert read_plain_csv(table(f"a,y\n{10**30},0\n2,1\n"), "y").x_train[0, 0] == 1e30
