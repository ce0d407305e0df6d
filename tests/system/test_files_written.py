"""Files are written whole, and what is no file is not replaced by one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.searches import run, score

from kerasgrid.api.opening import open_run
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.reports.export.export import EXPORTS, export
from kerasgrid.system.files import remove_left, write_bytes, write_text


def test_a_device_stays_one() -> None:
    before = os.stat("/dev/null")
    write_text(Path("/dev/null"), "x")
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)


def test_a_full_device_is_told() -> None:
    with pytest.raises(
        RunError, match=r"^/dev/full: the file cannot be written, got no space left on device"
    ) as caught:
        write_text(Path("/dev/full"), "x")
    assert caught.value.exit_code == 1
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"x" * 100_000)
    reader.join(10)
    assert read == [b"x" * 100_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_one_and_leads_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, file = tmp_path / "link", tmp_path / "folder" / "file"
    link.symlink_to(file)
    for text in ("first", "second"):
        write_text(link, text)
        assert link.is_symlink()
        assert file.read_text() == text
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["file"]


def test_no_export_replaces_what_is_no_file(tmp_path: Path) -> None:
    run(tmp_path / "run", FakeFitter(score))
    found, pipe = open_run(tmp_path / "run"), tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in ("parquet", "optuna"):
        assert name in EXPORTS
        with pytest.raises(RunError, match="pipe: must be the path of a file, got a device or a pipe"):
            export(found, name, pipe)
    for name in ("csv", "json"):
        reader = threading.Thread(target=pipe.read_bytes)
        reader.start()
        export(found, name, pipe)
        reader.join(10)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [f".report.html.{ended.pid}.tmp", f".{ended.pid}-model.keras"]
    stay = [
        f".report.html.{os.getpid()}.tmp", f".{os.getpid()}-model.keras", f".mine.{ended.pid}.tmp", ".report.html",
        "report.html", f".report.html.{ended.pid}", f".{10**30}0-mine",
    ]  # fmt: skip
    for name in (*left, *stay):
        (tmp_path / name).touch()
    remove_left(tmp_path, {"report.html", "model.keras"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)
    remove_left(tmp_path / "missing", {"report.html"})
