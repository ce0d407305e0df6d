"""Whatever is given, there is an answer or one clear message: never a traceback, and never success for nonsense.

``KERASGRID_FUZZ=10000`` tries so many of each kind, instead of few.
"""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fuzzed import JSON, fuzzed, one_message
from support.written import TINY, called

from kerasgrid.data.sources import load_dataset
from kerasgrid.errors import KerasgridError
from kerasgrid.space.files import bundled_spaces, load_space
from kerasgrid.space.spec import Space

BUNDLED = sorted(bundled_spaces().values())
TABLE = "a,b,when,y\n1,x,2024-01-01,u\n2.5,z,2024-01-02,v\n,x,2024-01-03,u\n4,,2024-01-04,v\n" * 6


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A space that is nearly valid: one or two of its places hold something else, are missing, or are new."""
    path = draw(st.sampled_from(BUNDLED))
    document = copy.deepcopy(json.loads(path.read_text(encoding="utf-8")))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = document
        while isinstance(place, dict) and place and draw(st.booleans()):
            inner = place[draw(st.sampled_from(sorted(place)))]
            if not isinstance(inner, dict | list):
                break
            place = inner
        if isinstance(place, list):
            place.insert(draw(st.integers(0, len(place))), draw(JSON))
        elif place and draw(st.booleans()):
            key = draw(st.sampled_from(sorted(place)))
            if draw(st.booleans()):
                place[key] = draw(JSON)
            else:
                del place[key]
        else:
            place[draw(st.text(max_size=8) | st.sampled_from(["model", "cv", "trials", "start", "race"]))] = draw(JSON)
    return document


@fuzzed
@given(document=documents())
def test_spaces(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "space.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        with one_message():
            space = load_space(path)
            assert isinstance(space, Space)
            # What is valid stays valid, and means the same, as it is written.
            written = Path(folder) / "again.json"
            written.write_text(space.to_json(), encoding="utf-8")
            assert load_space(written) == space


@fuzzed
@given(content=st.binary(max_size=200) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_files_that_are_no_space(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "space.json"
        path.write_bytes(content)
        with pytest.raises(KerasgridError) as error:
            load_space(path)
        assert str(path) in str(error.value)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table that is nearly one: bytes are changed, lines are cut, or all is something else."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=300))
    content = bytearray(TABLE.encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"]))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(content) - 1))
        what = draw(st.integers(0, 2))
        if what == 0:
            content[place] = draw(st.integers(0, 255))
        elif what == 1:
            del content[place : place + draw(st.integers(1, 30))]
            content += b"\n"
        else:
            content[place:place] = draw(
                st.sampled_from([b'"', b",", b";", b"\x00", b"\n", b"\r", b"1e400", b"=1", b"-"])
            )
    return bytes(content)


@fuzzed
@given(
    content=tables(),
    target=st.sampled_from(["y", "a", "when", "nothing", ""]),
    suffix=st.sampled_from(["csv", "tsv", "txt"]),
)
def test_tables(content: bytes, target: str, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{suffix}"
        path.write_bytes(content)
        with one_message():
            data = load_dataset(path=path, target=target)
            assert len(data.x_train) == len(data.y_train) > 0


@fuzzed
@given(content=st.binary(max_size=120), cut=st.integers(0, 400), place=st.integers(0, 500), value=st.integers(0, 255))
def test_arrays(content: bytes, cut: int, place: int, value: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, x_train=np.ones((8, 3), np.float32) * np.arange(8)[:, None], y_train=np.arange(8) % 2)
        whole = bytearray(path.read_bytes())
        whole[place % len(whole)] = value
        path.write_bytes(bytes(whole[: len(whole) - cut]) + content)
        with one_message():
            assert len(load_dataset(path=path).y_train) == 8


WORDS = st.sampled_from([
    "search", "random", "auto", "check", "confirm", "report", "show", "narrow", "compare", "predict", "export", "list",
    "schema", "tiny.json", "nothing.json", "broken.json", "table.csv", "runs/none", "--trials", "--repeats", "--cv",
    "--target", "--column", "--drop", "--to", "csv", "--out", "/dev/null/x", "--top", "--seed", "--max-time",
    "--minutes",
    "--dataset", "y", "a=number", "a=b", "-1", "0", "nan", "1e99", "--size", "9x", "--task", "--metric", "", "--", "-h",
    "--missing", "--encoding", "utf-99", "--model", "os:system",
    "--jobs", "--test-split", "2", "--validation", "\x1b[2J",
])  # fmt: skip


@fuzzed
@given(words=st.lists(WORDS | st.text(max_size=5), max_size=6))
def test_command_lines(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # What can be read cannot be trained, so that nothing is.
    (tmp_path / "tiny.json").write_text(json.dumps({**TINY, "dataset": {"path": "gone.csv", "target": "y"}}))
    (tmp_path / "broken.json").write_text('{"name": ')
    (tmp_path / "table.csv").write_text("a,y\n1,u\n")
    if words and words[0] in ("random", "auto"):
        words = [words[0], "nothing.json", *words[1:]]
    # It is a command and a bundled space.
    words = words[:1] + [word for word in words[1:] if word != "random"]
    ended = called(monkeypatch, capsys, *[word for word in words if "\0" not in word and word.isascii()])
    assert ended.code in (0, 2)
    assert "Traceback" not in ended.err + ended.out
    if ended.code == 2 and words and words[0] != "":
        assert ended.err.strip()
    if ended.code == 0:
        assert not words or {"-h", "list", "schema", "--help"} & set(words)
