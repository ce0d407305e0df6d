"""Reading a file that somebody names, where the system cannot wait for pipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerasgrid.errors import SpaceError
from kerasgrid.space import given
from kerasgrid.space.given import read_given


@pytest.fixture(params=[True, False], ids=["with poll", "without"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_CAN_WAIT", request.param)


@pytest.mark.usefixtures("either")
def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "with blanks ü.json"
    path.write_bytes(b"{}\r\n\x1a\xff")
    assert read_given(path) == b"{}\r\n\x1a\xff"


@pytest.mark.usefixtures("either")
def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "MOST_BYTES", 1_000_000)
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 1_000_000)
    assert len(read_given(path)) == 1_000_000
    path.write_bytes(b" " * 1_000_001)
    with pytest.raises(SpaceError, match=r"large\.json: must be at most 1 MB, got more$"):
        read_given(path)


@pytest.mark.usefixtures("either")
def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_given(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_given(tmp_path / "missing.json")
