"""Real searches on a disk of their own, which becomes full or read-only, and whose folder vanishes.

Mounting one takes the rights for it; where there are none, ``tests/run/test_troubled.py`` says nearly the same.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.kill_scenarios import search_in
from support.kills import Result, Search, assert_kept, result_of

from kerasgrid.errors import MAKE_ROOM

pytestmark = pytest.mark.slow


def mounted(*arguments: str | Path) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 30 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted("-t", "tmpfs", "-o", "size=30m", "none", folder):
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Result:
    whole = search_in(tmp_path_factory.mktemp("whole") / "home", "grid")
    assert whole.undisturbed().code == 0
    return result_of(whole)


def begun(search: Search, n: int) -> subprocess.Popen[str]:
    """Start the search, and return when so much is stored."""
    process = search.start()
    while process.poll() is None and len(search.rows()) < n:
        time.sleep(0.02)
    assert process.poll() is None
    return process


def fill(disk: Path) -> Path:
    path = disk / "filler"
    with open(path, "wb") as file, suppress(OSError):
        while True:
            file.write(bytes(2**16))
            file.flush()
    return path


def test_a_full_disk(disk: Path, expected: Result) -> None:
    search = search_in(disk / "home", "grid")
    process = begun(search, 3)
    filler = fill(disk)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert MAKE_ROOM in err or "make room there" in err
    assert "Traceback" not in err
    again = search.undisturbed()
    assert again.code in (1, 2)
    assert "Traceback" not in again.err
    filler.unlink()
    before = search.rows()
    assert len(before) >= 3
    assert search.undisturbed().code == 0
    assert_kept(before, search.rows())
    assert result_of(search) == expected


def test_a_disk_that_may_not_be_written_to(disk: Path, expected: Result) -> None:
    search = search_in(disk / "home", "grid")
    process = begun(search, 3)
    process.terminate()
    assert process.wait(60) == 130
    process.communicate()
    before = search.rows()
    temporary = disk / "home" / "temporary"
    assert mounted("-o", "remount,ro", disk)
    shown = Search([*search.command[:3], "show", "space"], search.home, search.run)
    refused = search.undisturbed()
    assert refused.code == 2
    rule = "the folder of a run must be a folder that can be written to, got read-only file system"
    assert refused.err.strip().splitlines()[-1] == f"kerasgrid: runs/space: {rule}"
    assert shown.undisturbed().code == 0
    assert mounted("-o", "remount,rw", disk)
    assert temporary.exists()
    assert search.undisturbed().code == 0
    assert_kept(before, search.rows())
    assert result_of(search) == expected


def test_a_folder_that_vanishes(tmp_path: Path, expected: Result) -> None:
    search = search_in(tmp_path / "home", "grid")
    process = begun(search, 3)
    shutil.rmtree(search.run)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    rule = "the run was removed or replaced while it was being written to (search again)"
    assert err.strip().splitlines()[-1] == f"kerasgrid: runs/space: {rule}"
    assert search.undisturbed().code == 0
    assert result_of(search) == expected
