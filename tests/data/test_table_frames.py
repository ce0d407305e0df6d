"""Tables that are no text: spreadsheets and JSON are read as the same rows in a text file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasgrid.data import table_frames
from kerasgrid.data.sources import load_dataset
from kerasgrid.data.table_frames import frame_in
from kerasgrid.data.unread import instead_of
from kerasgrid.errors import DataError

N = 24
FRAME = pd.DataFrame(
    {
        "size": [i + 0.5 for i in range(N)],
        "n": [None if i % 7 == 3 else i % 4 for i in range(N)],
        "colour": ["red" if i % 3 else "blue" for i in range(N)],
        "day": [f"2024-01-{i + 1:02d}" for i in range(N)],
        "kind": ["yes" if i % 2 else "no" for i in range(N)],
    }
)


def as_text(folder: Path) -> np.ndarray:
    FRAME.to_csv(folder / "mine.csv", index=False)
    return load_dataset(path=str(folder / "mine.csv"), target="kind").x_train


@pytest.mark.parametrize("orient", ["records", "lines", "columns", "list"])
def test_json_is_read_as_text_is(tmp_path: Path, orient: str) -> None:
    path = tmp_path / ("mine.jsonl" if orient == "lines" else "mine.json")
    if orient == "list":
        path.write_text(json.dumps({name: list(FRAME[name].replace({np.nan: None})) for name in FRAME}))
    elif orient == "lines":
        FRAME.to_json(path, orient="records", lines=True)
    else:
        FRAME.to_json(path, orient=orient)  # type: ignore[call-overload]
    dataset = load_dataset(path=str(path), target="kind")
    assert np.array_equal(dataset.x_train, as_text(tmp_path), equal_nan=True)
    assert dataset.classes == ("no", "yes")


def test_the_first_sheet_is_read_below_its_title(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "mine.xlsx"
    with pd.ExcelWriter(path) as book:
        frame = FRAME.assign(day=[date.fromisoformat(day) for day in FRAME["day"]])
        frame.to_excel(book, sheet_name="measured", index=False, startrow=3)
        FRAME.head(3).to_excel(book, sheet_name="notes")
    book = openpyxl.load_workbook(path)
    book["measured"]["A1"] = "Report"
    book.save(path)
    dataset = load_dataset(path=str(path), target="kind")
    assert np.array_equal(dataset.x_train, as_text(tmp_path), equal_nan=True)
    assert dataset.notes[:2] == (
        'read is the first sheet, "measured"; there is "notes", too',
        '1 line above the header left out: "Report"',
    )


@pytest.mark.parametrize("start", [{}, {"startrow": 2}, {"startrow": 2, "startcol": 1}])
@pytest.mark.parametrize("labels", ["numbers", "words"])
def test_an_index_of_a_spreadsheet_is_no_feature_as_in_text(tmp_path: Path, start: dict[str, int], labels: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    frame = FRAME.sample(frac=1, random_state=0)
    if labels == "words":
        frame.index = pd.Index([f"row {place // 2}" for place in range(N)])
    frame.to_csv(tmp_path / "mine.csv")
    frame.to_excel(tmp_path / "mine.xlsx", **start)  # type: ignore[arg-type]
    if start:
        book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
        book.active["A1"] = "Report"
        book.save(tmp_path / "mine.xlsx")
    text, sheet = (load_dataset(path=str(tmp_path / f"mine.{kind}"), target="kind") for kind in ("csv", "xlsx"))
    assert sheet.columns is not None
    assert sheet.columns == text.columns
    assert sheet.columns.left_out["column 1"] == "has no name: the rows' own names or numbers"
    assert np.array_equal(sheet.x_train, text.x_train, equal_nan=True)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x1c"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_what_unicode_takes_for_the_end_of_a_line_is_none(tmp_path: Path, kind: str, end: str, mark: str) -> None:
    frame = FRAME.assign(colour=[f"dark{mark}{colour}" for colour in FRAME["colour"]])
    frame.insert(0, f"more{mark}less", FRAME["size"])
    rows = [dict(zip(frame, map(str, row), strict=True)) for row in frame.itertuples(index=False)]
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines = texts if kind == "jsonl" else [",".join(frame), *(",".join(row.values()) for row in rows)]
    (tmp_path / f"a.{kind}").write_bytes((end.join(lines) + end).encode())
    dataset = load_dataset(path=str(tmp_path / f"a.{kind}"), target="kind")
    assert len(dataset.x_train) == N
    assert dataset.columns is not None
    assert [column.name for column in dataset.columns.given] == [f"more{mark}less", "size", "n", "colour", "day"]
    assert dataset.columns.given[3].levels == (f"dark{mark}blue", f"dark{mark}red")


def test_a_column_may_be_called_as_one_without_a_name_is(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    frame = FRAME.rename(columns={"size": "column 1"}).sample(frac=1, random_state=0)
    frame.to_csv(tmp_path / "mine.csv")
    frame.to_excel(tmp_path / "mine.xlsx")
    for kind in ("csv", "xlsx"):
        columns = load_dataset(path=str(tmp_path / f"mine.{kind}"), target="kind").columns
        assert columns is not None
        assert columns.given[0].name == "column 1"
        assert columns.left_out["column 1_"] == "has no name: the rows' own names or numbers"


WORDS = ["None", "NA", "null", "nan", "n/a", "Yes", "nil", "NULL"]


@pytest.mark.parametrize("ending", [".xlsx", ".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_words_that_pandas_takes_for_gaps_are_words_in_every_file(tmp_path: Path, ending: str, n_classes: int) -> None:
    pytest.importorskip({".xlsx": "openpyxl", ".parquet": "pyarrow"}.get(ending, "json"))
    frame = FRAME.assign(
        NA=[WORDS[place % 8] for place in range(N)],
        null=[WORDS[place // 4] for place in range(N)],
        word=["" if place % 5 == 2 else WORDS[place % 4] for place in range(N)],
        kind=[["None", "Yes", "NA", "nan"][place % n_classes] for place in range(N)],
    )
    frame.to_csv(tmp_path / "mine.csv", index=False)
    path = tmp_path / f"mine{ending}"
    if ending == ".xlsx":
        frame.to_excel(path, index=False)
    elif ending == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=ending == ".jsonl")
    text, other = (load_dataset(path=str(file), target="kind") for file in (tmp_path / "mine.csv", path))
    assert len(text.x_train) == N
    assert other.classes == text.classes == tuple(sorted(["None", "Yes", "NA", "nan"][:n_classes]))
    assert other.columns == text.columns
    assert np.array_equal(other.x_train, text.x_train, equal_nan=True)
    assert np.array_equal(other.y_train, text.y_train)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"{", r"a\.json: must be JSON with a row an object, and whole, got Expecting"),
        ("a.json", b"[1, 2]", r"must be JSON with a row an object, and whole, got rows that are no objects"),
        ("a.json", b"3", r"must be JSON with a row an object, and whole, got "),
        ("a.json", b"[]", r"must hold rows and columns, got 0 rows"),
        ("a.json", b"\xff\xfe\x00", r"must be JSON with a row an object, and whole, got 'utf-8' codec"),
        ("a.xlsx", b"PK\x03\x04 no", r"a\.xlsx: must be a spreadsheet, and whole, got "),
        (
            "a.json",
            b'[{"a": {"b": 1}, "y": 1}, {"a": {"b": 2}, "y": 0}]',
            r"must hold numbers, words or dates, got dict",
        ),
    ],
)
def test_what_is_broken_says_so(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_dataset(path=str(tmp_path / name), target="y")


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"needs openpyxl to be read, got no openpyxl \(pip install 'kerasgrid\[excel\]"
    ):
        frame_in(tmp_path / "a.xlsx")


def test_one_that_does_not_fit_in_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_frames, "_LARGE", 10)
    monkeypatch.setattr("kerasgrid.data.room.available_memory", lambda: 50)
    (tmp_path / "a.json").write_text('[{"a": 1, "b": 2}]')
    with pytest.raises(DataError, match=r"a\.json: data must fit in memory, got 18 bytes in the file, 216 bytes"):
        frame_in(tmp_path / "a.json")


@pytest.mark.parametrize(
    "ending", [".pkl", ".npy", ".mat", ".h5", ".arff", ".sav", ".zip", ".tfrecord", ".png", ".pdf"]
)
def test_other_files_say_what_to_do(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"mine{ending}"
    path.write_bytes(b"anything")
    words = instead_of(ending)
    assert words
    with pytest.raises(DataError) as error:
        load_dataset(path=str(path), target="y")
    assert words in str(error.value)
