"""Tables as CSV: no text is a formula to a spreadsheet, and nothing else changes."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest

from kerasgrid.reports.tables.spreadsheet import csv_text

FORMULAS = [
    "=1+1", "=HYPERLINK(\"http://a\",\"b\")", "@SUM(1)", "\t=1", "\r=1", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
    "-SUM(A1)", "+1+1=2", "＝1+1", "-a\nb(c)",
]  # fmt: skip
TEXTS = ["", "-1", "+1.5", "-1e-05", "-a", "- none", "a=b", "'x", "–", "1-2", " =1", "relu", "3×4", "-", "한국어"]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text(text: str) -> None:
    table = pd.DataFrame({"a": ["x", text], "n": [1, 2]})
    assert cells(csv_text(table))[2] == [f"'{text}", "2"]
    assert table["a"][1] == text
    assert cells(csv_text(pd.DataFrame({text: [1]})))[0] == [f"'{text}"]


@pytest.mark.parametrize("text", TEXTS)
def test_other_texts_stay(text: str) -> None:
    assert cells(csv_text(pd.DataFrame({"a": ["x", text], "b": 1})))[2] == [text, "1"]


def test_what_is_no_text_is_written_as_pandas_writes_it() -> None:
    table = pd.DataFrame({
        "number": [-1.5, np.nan], "object": [None, -3], "flag": [True, False], "list": [[1], "=a"],
        "when": pd.to_datetime(["2024-01-02", None]), "kind": pd.Categorical(["=b", "c"]),
    })  # fmt: skip
    plain = table.assign(list=[[1], "'=a"], kind=["'=b", "c"])
    assert csv_text(table) == plain.to_csv(index=False, lineterminator="\n")
    assert csv_text(table, header=False) == plain.to_csv(index=False, header=False, lineterminator="\n")
    assert csv_text(pd.DataFrame({"a": pd.Series([], dtype=object)})) == "a\n"


def test_rows_with_the_same_index_are_mended_one_by_one() -> None:
    table = pd.DataFrame({"a": ["=1", "b", "=2"]}, index=[0, 0, 0])
    assert csv_text(table) == "a\n'=1\nb\n'=2\n"
