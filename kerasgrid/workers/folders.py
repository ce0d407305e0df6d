"""The folder for temporary files that a crew shares with its workers, and what killed processes left of theirs."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kerasgrid.errors import WorkersDieError

_PREFIX = "kerasgrid-"
_OWNER = "owner.lock"
"""The file that the owner of a folder holds a lock on, for as long as it lives. It says on which system that is."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class OwnFolder(NamedTuple):
    """A folder of this process.

    Attributes:
        path: Where it is.
        lock: The descriptor that holds its lock.
    """

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def make_folder() -> OwnFolder:
    """Make a folder, and remove those of dead processes: a process that is killed leaves its data behind.

    Raises:
        OSError: There can be none.
    """
    with suppress(OSError):
        _remove_left()
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # Under another name until it is locked: a file of the right name without a lock is a dead process's.
    early = path / "owner.new"
    lock = os.open(early, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(lock, _system().encode())
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(early, path / _OWNER)
    except BaseException:
        OwnFolder(path, lock).remove()
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


def _remove_left() -> None:
    with os.scandir(tempfile.gettempdir()) as entries:
        found = [entry for entry in entries if entry.name.startswith(_PREFIX)]
    for entry in found:
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                _remove_if_left(Path(entry.path))


def _remove_if_left(folder: Path) -> None:
    """Remove the folder if its owner is dead: the kernel lets go of a lock when a process ends, however."""
    lock = os.open(folder / _OWNER, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        # A folder may be shared by several systems, and not all tell each other of locks.
        if os.read(lock, 1000).decode(errors="replace") == _system():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _system() -> str:
    """Return what is the same for two processes of one system that has not been started anew in between."""
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    return f"{platform.node()} {boot}"
