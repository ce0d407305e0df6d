"""Locks between processes, on every system: who holds one is told, and none outlives its holder.

The system lets go of a lock when the process that holds it ends, however it ends. Where a file system has no locks,
filelock keeps a file with the holder's process id, and takes it for left over once there is no such process. Beside the
lock, a text says who holds it, and is touched as long as it is held: a file system that several machines share may keep
their locks apart, and one machine cannot see the processes of another.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kerasgrid.system.files import lives
from kerasgrid.system.words import short

if TYPE_CHECKING:
    from filelock import BaseFileLock

_BEAT = 5.0
"""Seconds from one sign of life of a holder to the next."""

_BEATS_WAITED = 3
"""How many of them a holder on another machine may miss."""

_PATIENCE = 0.1
"""Seconds: where a file system has no locks, filelock takes one left over at its second try."""

_TEXT_ENDING = ".holder"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    Attributes:
        process: Its id, on its machine.
        host: The name of that machine.
        since: When it took the lock, in UTC.
        command: What it was called with.
    """

    process: int
    host: str
    since: str
    command: str

    @classmethod
    def here(cls) -> Self:
        """Return this process, as of now."""
        return cls(os.getpid(), platform.node(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), _command())

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, or did."""
        return self.host == platform.node()

    def __str__(self) -> str:
        """Return ``process 4711 on this machine, since 2026-01-31 12:00:00 UTC: kerasgrid search digits``."""
        host = "this machine" if self.is_here else self.host
        return f"process {self.process} on {host}, since {self.since}: {self.command}"


class HeldError(Exception):
    """Another process, or another holder in this one, has the lock.

    Attributes:
        holder: Who; None if that is not known.
    """

    def __init__(self, holder: Holder | None) -> None:
        super().__init__("the lock is held" if holder is None else f"the lock is held by {holder}")
        self.holder = holder


class Lock:
    """A lock that is held, until :meth:`release` or the end of this process."""

    def __init__(self, lock: BaseFileLock, text: Path) -> None:
        self._lock = lock
        self._text = text
        self._released = threading.Event()
        threading.Thread(target=self._beat, name="lock", daemon=True).start()

    def release(self) -> None:
        """Let others have it; twice does no harm."""
        if self._released.is_set():
            return
        self._released.set()
        with suppress(OSError):
            self._text.unlink(missing_ok=True)
        self._lock.release()

    def _beat(self) -> None:
        while not self._released.wait(_BEAT):
            with suppress(OSError):
                os.utime(self._text)


def take_lock(path: Path) -> Lock:
    """Take the lock of this file, which is made if need be and may stay for good.

    If the last holder was on another machine and has not let go, this waits some seconds for a sign of its life.

    Raises:
        HeldError: Somebody has it.
        OSError: There can be no such file.
    """
    lock = bare_lock(path, _PATIENCE)
    text = path.with_name(path.name + _TEXT_ENDING)
    if lock is None:
        raise HeldError(_holder_soon(text))
    try:
        last = _holder(text)
        if last is not None and not last.is_here and _is_touched(text):
            raise HeldError(last)
        # Without it all is as safe, and somebody else's cannot be written to, but removed.
        with suppress(OSError):
            text.unlink(missing_ok=True)
            text.write_text(json.dumps(asdict(Holder.here())), encoding="utf-8")
    except BaseException:
        lock.release()
        raise
    return Lock(lock, text)


def living_holder(path: Path) -> Holder | None:
    """Return who has the lock of this file and gives signs of life; None if nobody does. The lock is left alone."""
    text = path.with_name(path.name + _TEXT_ENDING)
    touched, holder = _touched_at(text), _holder(text)
    if touched is None or holder is None or time.time() - touched / 1e9 > _BEATS_WAITED * _BEAT:
        return None
    return holder if not holder.is_here or lives(holder.process) else None


def bare_lock(path: Path, patience: float = 0.0) -> BaseFileLock | None:
    """Take the lock of this file and return it, with no word of who holds it; None if somebody has it for so long.

    Raises:
        OSError: There can be no such file.
    """
    # Not needed by what only reads.
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=patience, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _holder_soon(text: Path) -> Holder | None:
    """Return who holds the lock, also of one that was taken just now."""
    for _ in range(20):
        holder = _holder(text)
        if holder is not None:
            return holder
        time.sleep(0.01)
    return None


def _holder(text: Path) -> Holder | None:
    try:
        told = json.loads(text.read_text(encoding="utf-8"))
        return Holder(int(told["process"]), *(short(str(told[name])) for name in ("host", "since", "command")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_touched(text: Path) -> bool:
    """Whether the holder gives a sign of life while this waits."""
    before = _touched_at(text)
    deadline = time.monotonic() + _BEATS_WAITED * _BEAT
    while time.monotonic() < deadline:
        time.sleep(_BEAT / 10)
        now = _touched_at(text)
        if now != before:
            # One that was let go has no text any more.
            return now is not None
    return False


def _touched_at(text: Path) -> int | None:
    try:
        # Network file systems tell what is new when a file is opened.
        with text.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None


def _command() -> str:
    """Return what this process was called with, as people would type it."""
    program, *arguments = sys.argv or [""]
    path = Path(program)
    name = path.parent.name if path.name == "__main__.py" else path.name
    return short(" ".join([name or "python", *arguments]))
