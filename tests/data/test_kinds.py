import numpy as np
import pytest
from support.tables import drawn, measured, turns

from kerasgrid.data.cells import Dates, Numbers, Words
from kerasgrid.data.columns import Column, Form
from kerasgrid.data.kinds import LeftOut, kind_of
from kerasgrid.errors import DataError


def words(texts):
    found = sorted({text for text in texts if text})
    codes = [found.index(text) if text else -1 for text in texts]
    return Words(np.array(codes, np.int32), np.array([*found, None], dtype=object)[:-1])


def numbers(values):
    return Numbers(np.array(values))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (numbers(measured()), Column("a", "number")),
        (numbers([1.5, np.nan, 2]), Column("a", "number", has_gaps=True)),
        (numbers(turns([3, 4, 5])), Column("a", "number")),
        (numbers(turns([0, 1])), Column("a", "yes/no")),
        (numbers(turns([0.0, 1.0, np.nan])), Column("a", "yes/no", has_gaps=True)),
        (numbers(turns([True, False])), Column("a", "yes/no")),
        (numbers(turns([2.0, np.nan])), Column("a", "number", has_gaps=True)),
        (words(turns(["no", "yes"])), Column("a", "yes/no", ("no", "yes"))),
        (words(turns(["Ja", "Nein", "NA", ""])), Column("a", "yes/no", ("Nein", "Ja"), has_gaps=True)),
        (words(turns(["oui", "non"])), Column("a", "yes/no", ("non", "oui"))),
        (words(turns(["T", "F"])), Column("a", "yes/no", ("F", "T"))),
        (words(turns(["Y", "n", "?"])), Column("a", "yes/no", ("n", "Y"), has_gaps=True)),
        (words(turns(["red", "blue", "", "NA"])), Column("a", "category", ("", "NA", "blue", "red"))),
        (words([*turns(["red", "blue"]), "rare", ""]), Column("a", "category", ("blue", "red"))),
        (words(turns(["01234", "99999"])), Column("a", "category", ("01234", "99999"))),
        (words(turns(["1", "2", "three"], 9)), Column("a", "category", ("1", "2", "three"))),
        (words(turns(["1", "2.5", "NA"])), Column("a", "number", has_gaps=True)),
        (
            words(turns(["$1,000.50", "$3"])),
            Column("a", "number", form=Form(thousands=",", money=True),
                   why="money, commas between thousands, such as $1,000.50"),
        ),
        (
            words(turns(["1,5 %", "3 %"])),
            Column("a", "number", form=Form(decimal=",", percent=True),
                   why="percent, decimal commas, such as 1,5 %"),
        ),
        (words(turns(["2020-05-31", "2020-06-01", ""])), Column("a", "date", has_gaps=True, form=Form(date="ISO8601"))),
        (words(turns(["31.5.2020", "1.6.2020"])), Column("a", "date", form=Form(date="%d.%m.%Y"))),
        (
            words(turns(["5/6/2020", "6/6/2020"])),
            Column("a", "date", form=Form(date="%m/%d/%Y"), why="read as dates with the month first; "
                   '"columns": {"a": "category"} leaves them words'),
        ),
        (Dates(np.array([1.0, 2.5, np.nan])), Column("a", "date", has_gaps=True, form=Form(date="ISO8601"))),
    ],
)  # fmt: skip
def test_what_a_column_is(cells, column):
    assert kind_of("a", cells) == column


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("a", numbers([np.nan] * 3), "empty"),
        ("a", words(["", "", ""]), "empty"),
        ("a", words(["NA", "?", ""]), "empty"),
        ("a", numbers([2, 2, 2]), "the same in every row"),
        ("a", words(["x", "x", "x"]), "the same in every row"),
        ("a", words(["2020-01-01"] * 3), "the same in every row"),
        ("a", numbers(range(60)), "a row counter: whole numbers that run without gaps"),
        ("Id", numbers([5, 900, 3, 17]), "an identifier: every row differs"),
        (
            "Name",
            words([f"Name {place}" for place in range(60)]),
            "an identifier or free text: (nearly) every row diff",
        ),
        ("a", words(["x", "y"]), "no word stands in two rows"),
    ],
)
def test_what_is_left_out(name, cells, why):
    found = kind_of(name, cells)
    assert isinstance(found, LeftOut)
    assert found.why.startswith(why)


@pytest.mark.parametrize(
    ("said", "cells", "column"),
    [
        ("category", numbers(turns([1, 2])), Column("a", "category", ("1", "2"))),
        ("category", numbers(turns([1.0, 2.5, np.nan])), Column("a", "category", ("", "1", "2.5"))),
        ("category", words([f"Name {place}" for place in range(9)]), Column("a", "category", ())),
        ("number", numbers(range(60)), Column("a", "number")),
        ("number", words(["01", "2"]), Column("a", "number")),
        (
            "number",
            words(["1,5", "2"]),
            Column("a", "number", form=Form(decimal=","), why="decimal commas, such as 1,5"),
        ),
        ("date", words(["20200531", "20200601"]), Column("a", "date", form=Form(date="%Y%m%d"))),
        ("date", numbers([20200531, 20200601]), Column("a", "date", form=Form(date="%Y%m%d"))),
        ("date", Dates(np.array([1.0])), Column("a", "date", form=Form(date="ISO8601"))),
        ("yes/no", words(["cat", "dog", "?"]), Column("a", "yes/no", ("cat", "dog"), has_gaps=True)),
        ("yes/no", numbers([1, 0, 1]), Column("a", "yes/no")),
        ("yes/no", numbers([1, 2, 1]), Column("a", "yes/no", ("1", "2"))),
    ],
)
def test_what_the_user_says_is_done(said, cells, column):
    assert kind_of("a", cells, said=said) == column


@pytest.mark.parametrize(
    ("said", "cells", "message"),
    [
        (
            None,
            words([*map(str, range(40)), "oops"]),
            "^column 'a': holds numbers such as 0 but for a few words, got 'oops' in row 41 \\(if it stands for a gap, "
            '"missing": \\["oops"\\]; if its values are words, "columns": {"a": "category"}\\)$',
        ),
        (
            None,
            words([*map(str, range(40)), *['un"known'] * 20]),
            r"got 'un\"known' in row 41, and 19 rows more like it \(if it stands for a gap, \"missing\": \[\"un\\\"kno",
        ),
        (
            None,
            words([*turns(["2020-01-01", "2020-01-02"]), "soon"]),
            "holds dates such as 2020-01-01 .* 'soon' in row",
        ),
        (
            "number",
            words(["x", "1"]),
            "^column 'a': must hold numbers, as the data set's columns say, got 'x' in row 1",
        ),
        ("date", words(["1", "2"]), "^column 'a': must hold dates, as the data set's columns say, got '1' in row 1"),
        ("yes/no", words(["a", "b", "c"]), "must hold two different words to be yes/no, got 3 such as 'a', 'b', 'c'"),
    ],
)
def test_what_cannot_be_is_said(said, cells, message):
    with pytest.raises(DataError, match=message):
        kind_of("a", cells, said=said)


def test_five_thousand_words_are_fine():
    found = kind_of("a", words([f"w{place % 5000}" for place in range(20000)]))
    assert len(found.levels) == 5000


def test_a_text_with_few_repeats_is_still_an_identifier():
    assert isinstance(kind_of("a", words([*(f"Name {place}" for place in range(99)), "Name 0"])), LeftOut)
    assert not isinstance(kind_of("a", words(drawn("abcdefghijklmnop", 99))), LeftOut)
