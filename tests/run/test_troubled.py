"""Searches whose disk is full or whose clock is set back: nothing is lost, and nothing trained twice."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.plans import plan_of, space
from support.searches import interrupting, score, searched
from support.written import called

from kerasgrid.errors import MAKE_ROOM, RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.run import beginning, store
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import FILE, Store


def asked() -> Plan:
    return plan_of(space({"learning_rate": [0.001 * n for n in range(1, 16)], "epochs": 200}, cv=2))


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Have the system let no file grow beyond so many bytes, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100_000, 200_000, 300_000])
def test_a_disk_that_becomes_full_costs_what_is_in_flight(tmp_path: Path, size: int) -> None:
    expected = searched(asked(), tmp_path / "whole").run.trials
    first, second = FakeFitter(score), FakeFitter(score)
    with no_file_beyond(size), pytest.raises(RunError, match=MAKE_ROOM) as caught:
        searched(asked(), tmp_path / "run", first)
    assert caught.value.exit_code == 1
    with Store.open_readonly(tmp_path / "run") as there:
        n_kept = len(there.everything())
    # What was being written when there was no room is not there.
    assert len(first.trained) - 1 <= n_kept <= len(first.trained) < 30
    assert searched(asked(), tmp_path / "run", second).run.trials == expected
    assert len(second.trained) == 30 - n_kept


@pytest.mark.parametrize("n", [1, 14, 29])
def test_power_that_goes_costs_what_is_in_flight(tmp_path: Path, n: int) -> None:
    expected = searched(asked(), tmp_path / "whole").run.trials
    copied: list[int] = []

    def copy(fit: Fit) -> None:
        # While all is open and in use: what is on the disk at this moment.
        copied.append(1)
        if len(copied) == n + 1:
            shutil.copytree(tmp_path / "run", tmp_path / "copy")

    searched(asked(), tmp_path / "run", FakeFitter(score, on_fit=copy))
    (tmp_path / "copy" / f"{FILE}-shm").unlink()
    log = tmp_path / "copy" / f"{FILE}-wal"
    log.write_bytes(log.read_bytes() + os.urandom(3000))
    fitter = FakeFitter(score)
    assert searched(asked(), tmp_path / "copy", fitter).run.trials == expected
    assert len(fitter.trained) == 30 - n


@pytest.mark.parametrize("n", [1, 14, 29])
def test_a_log_that_is_torn_costs_its_end(tmp_path: Path, n: int) -> None:
    """On a disk that says too early that it has written."""
    searched(asked(), tmp_path / "run", FakeFitter(score, on_fit=interrupting(20)))
    copy = tmp_path / "copy"
    with Store.create_or_open(tmp_path / "run") as there:
        for key, result in list(there.everything().items())[:n]:
            there.put(key, result)
        shutil.copytree(tmp_path / "run", copy)
    log = copy / f"{FILE}-wal"
    content = log.read_bytes()
    log.write_bytes(content[: len(content) - 3000])
    fitter = FakeFitter(score)
    outcome = searched(asked(), copy, fitter)
    assert outcome.run.complete
    assert len(fitter.trained) == 30 - 19


class SetBack:
    """A clock that is set back by a year at each look."""

    def __init__(self) -> None:
        self._now = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self, zone: object = None) -> datetime:
        self._now -= timedelta(days=365)
        return self._now


@pytest.mark.parametrize("at", [2, 15, 30])
def test_a_clock_that_is_set_back_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    expected = searched(asked(), tmp_path / "whole").run.trials
    clock = SetBack()
    monkeypatch.setattr(store, "datetime", clock)
    monkeypatch.setattr(beginning, "datetime", clock)
    searched(asked(), tmp_path / "run", FakeFitter(score, on_fit=interrupting(at)))
    # What is the latest is not told by times of files, either.
    for path in (tmp_path / "run").iterdir():
        os.utime(path, (2e9, 2e9))
    fitter = FakeFitter(score)
    assert searched(asked(), tmp_path / "run", fitter).run.trials == expected
    assert len(fitter.trained) == 30 - (at - 1)
    again = FakeFitter(score)
    searched(asked(), tmp_path / "run", again)
    assert (again.trained, again.refitted) == ([], [])


def test_each_write_is_noticed_whatever_the_clock_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "datetime", SetBack())
    versions = set()

    def look(fit: Fit) -> None:
        with Store.open_readonly(tmp_path / "run") as other:
            versions.add(other.version())

    searched(asked(), tmp_path / "run", FakeFitter(score, on_fit=look))
    assert len(versions) == 31  # of the refit, too


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    searched(asked(), run, FakeFitter(score, on_fit=interrupting(10)))
    run.chmod(0o555)
    try:
        with pytest.raises(
            RunError, match=r"run: the folder of a run must be a folder that can be written to, got permission denied$"
        ):
            searched(asked(), run)
        assert called(monkeypatch, capsys, "show", run).code == 0
    finally:
        run.chmod(0o755)
    fitter = FakeFitter(score)
    assert searched(asked(), run, fitter).run.complete
    assert len(fitter.trained) == 30 - 9


def test_what_a_killed_search_left_beside_its_reports_is_removed(tmp_path: Path) -> None:
    searched(asked(), tmp_path / "run", FakeFitter(score, on_fit=interrupting(5)))
    dead = 4_000_000_000  # no process has such a number
    for name in (f".results.csv.{dead}.tmp", f".{dead}-model.keras", f".{dead}-.joined.keras"):
        (tmp_path / "run" / name).touch()
    searched(asked(), tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").glob(".*")] == []
