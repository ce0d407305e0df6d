"""The folder for temporary files that a crew shares with its workers, and what killed processes left of theirs."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kerasgrid.errors import RunError, WorkersDieError, reason
from kerasgrid.system.locks import bare_lock

if TYPE_CHECKING:
    from filelock import BaseFileLock

_PREFIX = "kerasgrid-"
_LOCK = "owner.lock"
"""The file that the owner of a folder holds a lock on, for as long as it lives."""

_OWNER = "owner.txt"
"""The file that says on which system that is; it is there from when the lock is held."""

_PATIENCE = 1.0
"""Seconds that workers get to let go of their files, on systems that remove no file that is open."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class OwnFolder(NamedTuple):
    """A folder of this process.

    Attributes:
        path: Where it is.
        lock: Says that its owner lives.
    """

    path: Path
    lock: BaseFileLock

    def remove(self) -> None:
        """Remove it with all that is in it."""
        # Some systems remove no file that is open, as this one is while it is locked.
        self.lock.release()
        shutil.rmtree(self.path, ignore_errors=True)
        deadline = time.monotonic() + _PATIENCE
        while self.path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
            shutil.rmtree(self.path, ignore_errors=True)


def make_folder() -> OwnFolder:
    """Make a folder, and remove those of dead processes.

    Raises:
        OSError: There can be none.
    """
    remove_left_folders()
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = None
    try:
        lock = bare_lock(path / _LOCK)
        if lock is None:
            raise BlockingIOError(f"{path / _LOCK} is locked by another process")
        # Only now: a folder that says whose it is and has no lock is a dead process's.
        (path / _OWNER).write_text(_system(), encoding="utf-8")
    except BaseException:
        if lock is not None:
            lock.release()
        shutil.rmtree(path, ignore_errors=True)
        raise
    return OwnFolder(path, lock)


def check_there(folder: Path) -> None:
    """Check that nobody has removed this folder for temporary files.

    Raises:
        WorkersDieError: Somebody has.
    """
    if not folder.exists():
        rule = "the folder for temporary files was removed while workers needed it"
        raise WorkersDieError(rule, where=str(folder), hint="run the same command again")


def remove_left_folders() -> None:
    """Remove the folders of dead processes: a process that is killed leaves its data behind.

    Who goes on with a search of which nothing is left to be trained makes no folder, but was perhaps killed, too.
    """
    found = []
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        found += [entry for entry in entries if entry.name.startswith(_PREFIX)]
    for entry in found:
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False) and _is_ours(entry):
                _remove_if_left(Path(entry.path))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    # Where there is no such thing, every user has a folder for temporary files of their own.
    return not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _remove_if_left(folder: Path) -> None:
    """Remove the folder if its owner is dead: the system lets go of a lock when a process ends, however."""
    # A folder may be shared by several systems, and not all tell each other of locks.
    if (folder / _OWNER).read_text(encoding="utf-8", errors="replace") != _system():
        return
    lock = bare_lock(folder / _LOCK)
    if lock is not None:
        OwnFolder(folder, lock).remove()


def _system() -> str:
    """Return what is the same for two processes of one system that has not been started anew in between."""
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    return f"{platform.node()} {boot}"


def no_room(error: OSError) -> RunError:
    """Return what is said where nothing can be written for the workers."""
    return RunError(
        "the data cannot be written to the folder for temporary files",
        where=tempfile.gettempdir(),
        got=reason(error),
        hint="make room there, or set TMPDIR to another folder",
        exit_code=1,
    )
