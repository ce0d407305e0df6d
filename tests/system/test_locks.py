"""Locks between processes: who holds one is told, and none outlives its holder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest

from kerasgrid.system import locks
from kerasgrid.system.locks import HeldError, Holder, bare_lock, take_lock

ELSEWHERE = {"process": 4711, "host": "elsewhere", "since": "2026-01-31 12:00:00 UTC", "command": "kerasgrid search x"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.lock"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have signs of life come quickly."""
    monkeypatch.setattr(locks, "_BEAT", 0.2)


def text_of(path: Path) -> Path:
    return path.with_name("run.lock.holder")


@contextmanager
def holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the lock."""
    program = "import sys; from pathlib import Path; from kerasgrid.system.locks import take_lock\n"
    program += "lock = take_lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read(); lock.release()"
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_one_at_a_time_and_the_next_one_after(path: Path) -> None:
    lock = take_lock(path)
    with pytest.raises(HeldError, match=f"^the lock is held by process {os.getpid()} on this machine, since ") as held:
        take_lock(path)
    assert held.value.holder is not None
    assert held.value.holder.process == os.getpid()
    lock.release()
    lock.release()
    assert not text_of(path).exists()
    take_lock(path).release()


def test_another_process_is_told_with_what_it_was_called(path: Path) -> None:
    with holding(path) as process:
        with pytest.raises(HeldError) as held:
            take_lock(path)
        holder = held.value.holder
        assert holder is not None
        assert (holder.process, holder.is_here) == (process.pid, True)
        assert holder.command == f"-c {path}"
        assert holder.since.endswith(" UTC")
        process.communicate("")
    take_lock(path).release()


def test_a_killed_holder_is_no_holder(path: Path) -> None:
    with holding(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert text_of(path).exists()
        lock = take_lock(path)
    assert json.loads(text_of(path).read_text(encoding="utf-8"))["process"] == os.getpid()
    lock.release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"process": "x"}', '{"process": 1}', "\0"])
def test_a_text_that_cannot_be_read_names_nobody(path: Path, content: str) -> None:
    lock = take_lock(path)
    text_of(path).write_text(content, encoding="utf-8")
    with pytest.raises(HeldError, match=r"^the lock is held$") as held:
        take_lock(path)
    assert held.value.holder is None
    lock.release()
    text_of(path).write_text(content, encoding="utf-8")
    take_lock(path).release()


@pytest.mark.usefixtures("quick")
def test_a_holder_on_another_machine_that_shows_no_life_is_none(path: Path) -> None:
    text_of(path).write_text(json.dumps(ELSEWHERE), encoding="utf-8")
    lock = take_lock(path)
    assert json.loads(text_of(path).read_text(encoding="utf-8"))["process"] == os.getpid()
    lock.release()


@pytest.mark.usefixtures("quick")
def test_a_holder_on_another_machine_whose_lock_is_not_seen_here_is_told(path: Path) -> None:
    text_of(path).write_text(json.dumps(ELSEWHERE), encoding="utf-8")
    over = threading.Event()

    def live() -> None:
        while not over.wait(0.05):
            os.utime(text_of(path))

    thread = threading.Thread(target=live)
    thread.start()
    message = "^the lock is held by process 4711 on elsewhere, since 2026-01-31 12:00:00 UTC: kerasgrid search x$"
    try:
        with pytest.raises(HeldError, match=message):
            take_lock(path)
    finally:
        over.set()
        thread.join()
    assert json.loads(text_of(path).read_text(encoding="utf-8")) == ELSEWHERE
    # The lock itself was let go.
    lock = bare_lock(path)
    assert lock is not None
    lock.release()


@pytest.mark.usefixtures("quick")
def test_a_holder_gives_signs_of_life_until_it_lets_go(path: Path) -> None:
    lock = take_lock(path)
    os.utime(text_of(path), (0, 0))
    assert locks._is_touched(text_of(path))
    lock.release()
    assert not locks._is_touched(text_of(path))


def test_a_file_system_without_locks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filelock, "FileLock", filelock.SoftFileLock)
    lock = take_lock(path)
    with pytest.raises(HeldError, match=f"process {os.getpid()} on this machine"):
        take_lock(path)
    lock.release()
    program = "import os, sys, filelock; lock = filelock.SoftFileLock(sys.argv[1]); lock.acquire(); os._exit(9)"
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert path.exists()
    take_lock(path).release()


def test_a_place_that_takes_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        take_lock(tmp_path / "file" / "run.lock")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["/usr/bin/kerasgrid", "search", "digits"], "kerasgrid search digits"),
        (["/lib/kerasgrid/__main__.py", "auto", "my data.csv"], "kerasgrid auto my data.csv"),
        ([""], "python"),
        ([], "python"),
        (["x" * 300], "x" * 199 + "…"),
    ],
)
def test_what_a_process_was_called_with(monkeypatch: pytest.MonkeyPatch, arguments: list[str], command: str) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    assert Holder.here().command == command
