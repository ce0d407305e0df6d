"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from kerasgrid.errors import MAKE_ROOM, RunError, reason

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a disk says that was asked for rightly and could not."""


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file so that whoever opens it finds the old text or the new one, never a part.

    Raises:
        RunError: The folder or the disk does not take it. An earlier file stays as it was.
    """
    write_bytes(path, text.encode("utf-8", errors="replace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that whoever opens it finds the old content or the new one, never a part.

    Raises:
        RunError: The folder or the disk does not take it. An earlier file stays as it was.
    """
    with _whole(path) as file:
        file.write(content)


@contextmanager
def writing_text(path: Path) -> Iterator[TextIO]:
    """Have a UTF-8 file to write to, which is there when the block ends well, whole or not at all.

    Raises:
        RunError: As for :func:`write_bytes`.
    """
    with _whole(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        yield text
        text.flush()
        text.detach()


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    if not path.name:
        raise RunError("must be the path of a file", where=str(path))
    if not _is_plain(path):
        with writing_explained(path), open(path, "wb") as stream:
            yield stream
        return
    # A link stays one, and what it leads to is written.
    path = Path(os.path.realpath(path))
    # In the same folder, since a rename is atomic only within a file system.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing_explained(path):
        try:
            with open(temporary, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _is_plain(path: Path) -> bool:
    """Whether it is a file, or nothing yet: what a rename may take the place of. A device or a pipe is written into."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)  # a folder lets no file take its place


def check_plain(path: Path) -> None:
    """Check that this is a file, or nothing yet, for what cannot be written into a device or a pipe.

    Raises:
        RunError: It is neither.
    """
    if not _is_plain(path):
        raise RunError("must be the path of a file", where=str(path), got="a device or a pipe")


@contextmanager
def writing_explained(path: Path) -> Iterator[None]:
    """Tell in one message that this file or folder does not take what the block writes.

    Raises:
        RunError: in place of what the system says.
    """
    try:
        yield
    except OSError as error:
        is_full = error.errno in FULL
        raise RunError(
            "the file cannot be written",
            where=str(path),
            got=reason(error),
            hint=MAKE_ROOM if is_full else None,
            exit_code=1 if is_full else None,
        ) from error


def remove_left(folder: Path, names: Collection[str]) -> None:
    """Remove what processes that were killed while they wrote these files have left of them.

    Args:
        folder: Of the files.
        names: Of the files, which are written as here, or as ``.PROCESS-NAME`` first.
    """
    with suppress(OSError):
        for path in list(folder.glob(".*")):
            found = _TEMPORARY.fullmatch(path.name)
            if found and (found["name"] or found["named"]) in names and not lives(int(found["by"] or found["of"])):
                path.unlink(missing_ok=True)


_TEMPORARY = re.compile(r"\.(?:(?P<name>.+)\.(?P<by>\d+)\.tmp|(?P<of>\d+)-(?P<named>.+))", re.ASCII)


def lives(process: int) -> bool:
    """Return whether there is a process of this id on this machine; on Windows, which does not tell, yes."""
    if os.name == "nt":  # there, it would press Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        return True
    return True


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN, no infinities), whole or not at all.

    Raises:
        RunError: The folder or the disk does not take it.
        ValueError: A number is not finite.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def remove(path: Path) -> None:
    """Remove a file of an earlier report, if there is one.

    Raises:
        RunError: The folder does not let it go.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError("the old file cannot be removed", where=str(path), got=reason(error)) from error
