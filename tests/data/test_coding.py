import numpy as np
import pytest

from kerasgrid.data.cells import Dates, Numbers, Words
from kerasgrid.data.coding import coded, new_words
from kerasgrid.data.columns import Column, Form
from kerasgrid.errors import DataError


def words(*texts):
    found = sorted({text for text in texts if text})
    return Words(
        np.array([found.index(text) if text else -1 for text in texts], np.int32), np.array(found, dtype=object)
    )


NAN = np.nan
COLOUR = Column("a", "category", ("", "blue", "red"))
YES = Column("a", "yes/no", ("no", "yes"))


@pytest.mark.parametrize(
    ("column", "cells", "values"),
    [
        (COLOUR, words("red", "", "green", "blue"), [3, 1, 0, 2]),
        (Column("a", "category", ("blue", "red")), words("red", "", "green"), [2, 0, 0]),
        (Column("a", "category", ("1", "2.0")), Numbers(np.array([1.0, 2, 3, NAN])), [1, 2, 0, 0]),
        (Column("a", "category", ("False",)), Numbers(np.array([True, False])), [0, 1]),
        (YES, words("yes", "no", "", "maybe", " yes"), [1, 0, NAN, NAN, 1]),
        (Column("a", "yes/no"), Numbers(np.array([True, False])), [1, 0]),
        (Column("a", "yes/no"), words("True", "false", "0", "1", "NA"), [1, 0, 0, 1, NAN]),
        (Column("a", "yes/no", ("False", "True")), Numbers(np.array([True, False])), [1, 0]),
        (Column("a", "number"), Numbers(np.array([1, 2])), [1, 2]),
        (Column("a", "number"), words("1.5", "?", ""), [1.5, NAN, NAN]),
        (Column("a", "number", form=Form(money=True, thousands=",")), words("$1,000", "NA"), [1000, NAN]),
        (Column("a", "number", form=Form(money=True)), Numbers(np.array([5.0])), [5]),
        (Column("a", "date", form=Form(date="%d.%m.%Y")), words("2.1.1970", "-"), [1, NAN]),
        (Column("a", "date", form=Form(date="%d.%m.%Y")), Dates(np.array([1.5])), [1.5]),
        (Column("a", "date", form=Form(date="%Y%m%d")), Numbers(np.array([19700102])), [1]),
    ],
)
def test_cells_become_numbers(column, cells, values):
    found = coded(column, cells)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.array(values, np.float32))


def test_new_words_are_counted():
    assert new_words(COLOUR, words("red", "green", "", "black")) == 2
    assert new_words(YES, words("yes", "maybe", "", "NA")) == 1
    assert new_words(Column("a", "category", ("1", "2.0")), Numbers(np.array([1.0, 2, 3, NAN]))) == 1
    assert new_words(Column("a", "number"), Numbers(np.array([1]))) == 0


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        (
            Column("a", "number"),
            words("1", "x"),
            r"^column 'a': must hold numbers, as in the training, got 'x' in row 2 \(mend it, or leave the cell em",
        ),
        (
            Column("a", "date", form=Form(date="ISO8601")),
            words("1.2.2020"),
            "must hold dates, .*, got '1.2.2020' in row",
        ),
        (
            Column("a", "number"),
            Dates(np.array([1.0])),
            "must hold numbers, as in the training, got '1970-01-02' in row",
        ),
        (Column("a", "number"), Numbers(np.array([1, np.inf])), "must hold finite numbers only, got inf in row 2"),
        (Column("a", "number"), words("1", "-inf"), "must hold finite numbers only, got -inf in row 2"),
        (
            Column("a", "number"),
            Numbers(np.array([1, 1e39])),
            r"must fit in float32, which ends at 3\.4e38, got 1e\+39",
        ),
    ],
)
def test_what_is_none_is_said(column, cells, message):
    with pytest.raises(DataError, match=message):
        coded(column, cells)


def test_rows_are_those_of_the_table():
    some = words("1", "x", "x").at(np.array([0, 2]))
    with pytest.raises(DataError, match="got 'x' in row 3"):
        coded(Column("a", "number"), some)
    with pytest.raises(DataError, match="got inf in row 3"):
        coded(Column("a", "number"), Numbers(np.array([1, 2, np.inf])).at(np.array([0, 2])))
