import pytest

from kerasgrid.data.dialect import WHITESPACE, dialect_of
from kerasgrid.data.text_file import text_file
from kerasgrid.errors import DataError


@pytest.fixture
def dialect(tmp_path):
    def of(text: str):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode())
        return dialect_of(text_file(path))

    return of


@pytest.mark.parametrize(
    ("text", "separator", "names"),
    [
        ("a,b\n1,2\n", ",", ("a", "b")),
        ("a b;c\n1,5;2,5\n3,5;4\n", ";", ("a b", "c")),
        ("a\tb\n1,5\t2\n", "\t", ("a", "b")),
        ("a|b|c\n1|x,y|3\n", "|", ("a", "b", "c")),
        ("a b   c\n1 2 3\n 4  5 6\n", WHITESPACE, ("a", "b", "c")),
        ('"Miller, Bob";age;"x"";y"\n"a";1;2\n', ";", ("Miller, Bob", "age", 'x";y')),
        ('a,b\n"x;y;z",1\n"p;q;r",2\n', ",", ("a", "b")),
        ("date,x\n2020-01-01 10:00,3\n2020-01-02 11:00,4\n", ",", ("date", "x")),
        ("first name\nBob\n", ",", ("first name",)),
        ('\n\r\n"a\nb",c\r\n1,2\r\n', ",", ("a\nb", "c")),
        ("a;b\n1;2\n3;4;5;6\n7;8\n", ";", ("a", "b")),
    ],
)
def test_the_separator_and_the_header_are_found(dialect, text, separator, names):
    found = dialect(text)
    assert (found.separator, found.names, found.has_index, found.skipped) == (separator, names, False, 0)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("a;b\n1,5;x\n2;y\n", ","),
        ("a;b\n1.5;x\n2;y\n", "."),
        ("a;b\n1,234;x\n22,345;y\n", "."),
        ("a;b\n0,234;x\n22,345;y\n", ","),
        ("a;b\n1.234;1,5\n2.000;2,5\n", ","),
        ("a;b\n1,5;2.5\n", "."),
        ('a,b\n"1,5",x\n', "."),
    ],
)
def test_the_decimal_mark_is_found(dialect, text, decimal):
    assert dialect(text).decimal == decimal


@pytest.mark.parametrize(
    ("text", "names", "has_index"),
    [
        (",a,b\n0,1,2\n1,3,4\n", ("column 1", "a", "b"), True),
        ("a,,b\n0,1,2\n", ("a", "column 2", "b"), False),
        (",column 1,y\n0,1,2\n1,3,4\n", ("column 1_", "column 1", "y"), True),
        ("column 2,,column 2_\n0,1,2\n", ("column 2", "column 2__", "column 2_"), False),
        ("column 3,a\n0,1,\n2,3,\n", ("column 3", "a", "column 3_"), False),
        ("a,b\n0,1,\n2,3,\n", ("a", "b", "column 3"), False),
        ('"a" "b"\n"1" 5 6\n"2" 7 8\n', ("column 1", "a", "b"), True),
        ('"a" "b"\n"Rome" 5 6\n"Oslo" 7 8\n', ("column 1", "a", "b"), True),
    ],
)
def test_columns_without_names(dialect, text, names, has_index):
    found = dialect(text)
    assert (found.names, found.has_index) == (names, has_index)


def test_a_first_line_that_says_the_separator(dialect):
    found = dialect("sep=;\na,b;c\n1;2\n")
    assert (found.separator, found.names, found.skipped) == (";", ("a,b", "c"), 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n\n", r"mine\.csv: must hold a header and rows, got an empty file"),
        ("a,y\n1,0,3\n1,2,3\n", "rows must have as many values as the header has names, got 2 names and 3 values"),
    ],
)
def test_what_is_no_table_says_so(dialect, text, message):
    with pytest.raises(DataError, match=message):
        dialect(text)
