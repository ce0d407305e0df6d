"""Where runs are: names that are no folder's on some system, and paths of other systems."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from support.searches import score
from support.written import TINY

import kerasgrid
from kerasgrid.api import finding
from kerasgrid.api.finding import default_place, find_run, named_after
from kerasgrid.fits.fake import FakeFitter


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("digits", "digits"),
        ("console", "console"),
        ("con", "con_"),
        ("NUL", "NUL_"),
        ("aux.v2", "aux.v2_"),
        ("Com1", "Com1_"),
        ("lpt9.json", "lpt9.json_"),
        ("aux-mine", "aux-mine"),
        ("ends.", "ends._"),
        ("ends ", "ends _"),
        ("my data", "my data"),
    ],
)
def test_every_system_takes_the_folder_of_a_run(name: str, folder: str) -> None:
    assert default_place(name) == Path("runs") / folder


def test_such_a_run_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kerasgrid.search({**TINY, "name": "aux"}, fitter=FakeFitter(score), progress=False)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["aux_"]
    assert find_run("aux") == Path("runs/aux_")
    assert kerasgrid.open_run("aux").best is not None


def test_a_run_over_a_file_on_a_drive_is_named_after_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "Path", PureWindowsPath)
    assert named_after(r"C:\data\my.csv") == "my"
    assert named_after(r"C:\my data\photos 1") == "photos 1"
    assert named_after("data/aux.json") == "aux"
