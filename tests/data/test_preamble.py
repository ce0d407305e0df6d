"""Lines above a header are left out, and told; what may be a table is left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerasgrid.data.dialect import dialect_of
from kerasgrid.data.sources import load_dataset
from kerasgrid.data.text_file import text_file
from kerasgrid.errors import DataError

ROWS = "".join(f"{i}.5,{'red' if i % 3 else 'blue'},{'yes' if i % 2 else 'no'}\n" for i in range(30))
TABLE = f"size,colour,kind\n{ROWS}"


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("above", "n", "told"),
    [
        ("Report 2024\n", 1, '1 line above the header left out: "Report 2024"'),
        ("Report 2024\nmade by Anna\n\n", 3, '3 lines above the header left out: "Report 2024", "made by Anna"'),
        ("# made by a program\n# units: m, kg\n", 2, '"# made by a program", "# units: m, kg"'),
        ("Sales,,\n,,\n2024,,\n", 3, '3 lines above the header left out: "Sales", "2024"'),
        ('"A title, with a comma"\n', 1, '1 line above the header left out: "A title, with a comma"'),
        ("\n\n", 0, ""),
        ("", 0, ""),
    ],
)  # fmt: skip
def test_lines_above_the_header_are_left_out(tmp_path: Path, above: str, n: int, told: str) -> None:
    path = written(tmp_path, above + TABLE)
    found = dialect_of(text_file(path))
    assert (found.names, found.skipped) == (("size", "colour", "kind"), n)
    assert told in found.note
    dataset = load_dataset(path=str(path), target="kind")
    assert len(dataset.x_train) == 30
    assert not told or any(told in note for note in dataset.notes)


@pytest.mark.parametrize(
    "text",
    [
        "#id,kind\n1,a\n2,b\n3,c\n4,d\n",
        "only\n1\n2\n3\n",
        "size,kind\n1,a\n2,b\n,\n3,c\n",
        "name,,\nanna,1,2\nbob,3,4\ncleo,5,6\n",
        "1,2,3\n4,5,6\n7,8,9\n",
        "a b\n1 2\n3 4\n5 6\n",
    ],
    ids=["a hash", "one column", "an empty row", "a name alone", "no header", "blanks"],
)
def test_what_may_be_a_header_is_one(tmp_path: Path, text: str) -> None:
    assert dialect_of(text_file(written(tmp_path, text))).skipped == 0


def german(place: int) -> str:
    return f"n{place};{place % 7},{place % 9}4;{'ab'[place % 2]}"


OTHERS = {
    "decimal commas": ("name;preis;klasse", ";", [german(place) for place in range(20)]),
    "two columns": ("wert;klasse", ";", [f"x{place},5;{'ab'[place % 2]}" for place in range(20)]),
    "dates": ("datum;wert;klasse", ";", [f"2024-01-{place + 1:02};{place},5;a" for place in range(20)]),
    "tabs": ("id\tort\tklasse", "\t", [f"n{place}\tBonn, DE\tb" for place in range(20)]),
    "semicolons in cells": ("name,kind", ",", [f"n{place},x;y;z" for place in range(20)]),
    "bars in cells": ("name,x|y", ",", [f"n{place},x|y|{place}z" for place in range(20)]),
}


@pytest.mark.parametrize(
    ("above", "n"), [("", 0), ("Bericht\n", 1), ("Bericht, Bonn\n", 1), ("Bericht\nStand: Mai, Bonn\n\n", 3)]
)
@pytest.mark.parametrize("kind", OTHERS)
def test_a_header_stays_where_cells_hold_another_separator(tmp_path: Path, kind: str, above: str, n: int) -> None:
    header, separator, rows = OTHERS[kind]
    # Two cells above two columns may be their header.
    above = above.replace(",", "") if separator == "," else above
    found = dialect_of(text_file(written(tmp_path, "\n".join([above + header, *rows]) + "\n")))
    assert (found.separator, found.names, found.skipped) == (separator, tuple(header.split(separator)), n)


def test_a_header_stays_above_cells_of_several_lines(tmp_path: Path) -> None:
    rows = [german(place) + (';"eins\nzwei"' if place % 10 == 5 else ";eins") for place in range(20)]
    found = dialect_of(text_file(written(tmp_path, "\n".join(["name;preis;klasse;text", *rows]) + "\n")))
    assert (found.names, found.skipped) == (("name", "preis", "klasse", "text"), 0)


def test_a_first_row_that_lacks_cells_leaves_the_lines_above_out(tmp_path: Path) -> None:
    path = written(tmp_path, "Report\n" + TABLE.replace("kind\n", "kind\n7.5\n", 1))
    assert (found := dialect_of(text_file(path))).names == ("size", "colour", "kind")
    assert found.skipped == 1


def test_a_european_table_is_trained_on_whole(tmp_path: Path) -> None:
    header, _, rows = OTHERS["decimal commas"]
    dataset = load_dataset(path=str(written(tmp_path, "\n".join([header, *rows]) + "\n")), target="klasse")
    assert (len(dataset.x_train), dataset.classes) == (20, ("a", "b"))


def test_a_line_that_excel_writes_may_stand_above_them(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\nReport;;\n" + TABLE.replace(",", ";"))
    found = dialect_of(text_file(path))
    assert (found.separator, found.names, found.skipped) == (";", ("size", "colour", "kind"), 2)
    assert len(load_dataset(path=str(path), target="kind").x_train) == 30


def test_a_web_page_is_no_table(tmp_path: Path) -> None:
    message = r"mine\.csv: must be a table as text, got a web page \(download the file itself, of a repository the raw"
    for text in ("<!DOCTYPE html>\n<html>", "\n <html lang='en'><body>404</body></html>\n"):
        with pytest.raises(DataError, match=message):
            dialect_of(text_file(written(tmp_path, text)))
