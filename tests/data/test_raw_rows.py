"""The rows of a file as text are those that the table has, whatever else stands in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kerasgrid.data import csv_cells
from kerasgrid.data.cells import as_words
from kerasgrid.data.raw_rows import raw_rows
from kerasgrid.data.table_file import table_in
from kerasgrid.errors import DataError


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_cells, "_CELLS_AT_ONCE", 1)
    monkeypatch.setattr(csv_cells, "_FEWEST_ROWS", 3)


def read_twice(path: Path) -> tuple[list[str | None], list[str], int]:
    """Return the first column as the table has it and as the rows have it, and how many rows were left out."""
    table = table_in(path)
    frames = list(raw_rows(path, None, table.left_out))
    column = as_words(next(iter(table.cells.values())))
    assert sum(map(len, frames)) == table.n_rows
    return (
        [None if code < 0 else column.words[code] for code in column.codes],
        [str(cell).strip() for frame in frames for cell in frame.iloc[:, 0]],
        len(table.left_out),
    )


def test_rows_are_text_as_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a;b\n01;"x;\ny"\n1,5;\n', encoding="utf-8")
    (rows,) = raw_rows(tmp_path / "a.csv")
    assert rows.to_dict("list") == {"a": ["01", "1,5"], "b": ["x;\ny", ""]}


@pytest.mark.parametrize(
    ("header", "rows", "n"),
    [
        ("id,a", ["n0,1", "n1,2", "id,a", "n2,3", "n3,4"], 1),
        ("id,a", ["id,a", "n0,1", "id,a", "id,a", "n1,2", "id,a"], 4),
        ("id, a ", ["n0,1", 'id,"a "', "n1,2"], 1),
        ("id,", ["n0,1", "id,", "n1,2"], 1),
        ("id,a", ["n0,1", "id,b", "n1,2"], 0),
    ],
)
def test_a_header_that_repeats_is_left_out_by_both(tmp_path: Path, header: str, rows: list[str], n: int) -> None:
    (tmp_path / "a.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    read, raw, n_left_out = read_twice(tmp_path / "a.csv")
    assert (read, n_left_out) == (raw, n)
    assert [name for name in read if name != "id"] == [row[:2] for row in rows if row.startswith("n")]


def test_frames_with_their_index_may_be_put_together(tmp_path: Path) -> None:
    text = pd.DataFrame({"x": [1.5, 2.5], "y": ["p", "q"]}).to_csv()
    (tmp_path / "a.csv").write_text(text + text, encoding="utf-8")
    table = table_in(tmp_path / "a.csv")
    assert table.n_rows == 4
    assert table.notes == ("1 row that repeats the header left out",)
    assert pd.concat(raw_rows(tmp_path / "a.csv", None, table.left_out))["x"].tolist() == ["1.5", "2.5"] * 2


def test_a_file_of_headers_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\na,b\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.csv: must hold rows below the header, got none but the header once more$"):
        table_in(tmp_path / "a.csv")


_CELL = st.sampled_from(["1", "2.5", "x", "", "NA", '"p\nq"', '"u,v"', "01", "5 kg", "a", " "])


@st.composite
def files(draw: st.DrawFn) -> str:
    """Draw a text file: rows called n0, n1, …, and among them blank lines, gaps, short rows and the header again."""
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    width = draw(st.integers(1, 3))
    header = separator.join(["id", *"abc"[: width - 1]])
    lines: list[str] = [*draw(st.lists(st.sampled_from(["Report", "", "# made today"]), max_size=2)), header]
    for place in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(["row"] * 6 + ["blank", "blanks", "gaps", "short", "header"]))
        cells = draw(st.lists(_CELL, min_size=width - 1, max_size=width - 1))
        row = separator.join([f"n{place}", *cells])
        lines.append({"blank": "", "blanks": "  ", "gaps": separator * (width - 1), "short": f"n{place}",
                      "header": header, "row": row}[kind])  # fmt: skip
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=files())
def test_any_file_has_as_many_rows_both_times(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(text.encode())
    try:
        read, raw, _ = read_twice(path)
    except DataError:
        assume(False)
    assert [name or "" for name in read] == raw


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["id", "n0", "n1", ""]), st.sampled_from([1, None, "a", ""])), min_size=1),
    kind=st.sampled_from(["json", "jsonl", "xlsx"]),
)
def test_so_has_what_is_no_text(tmp_path: Path, rows: list[tuple[str, object]], kind: str) -> None:
    path = tmp_path / f"any.{kind}"
    if kind == "xlsx":
        pytest.importorskip("openpyxl")
        pd.DataFrame(rows, columns=["id", "a"]).to_excel(path, index=False)
    else:
        texts = [json.dumps({"id": name, "a": value}) for name, value in rows]
        path.write_text("\n".join(texts) if kind == "jsonl" else f"[{', '.join(texts)}]", encoding="utf-8")
    try:
        table = table_in(path)
    except DataError:
        assume(False)
    assert sum(map(len, raw_rows(path, None, table.left_out))) == table.n_rows
