"""Reading what somebody names as a file: a file, or a pipe such as ``<(jq …)``; within limits of size and time."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

from kerasgrid.errors import SpaceError

MOST_BYTES = 50_000_000
"""Of a space file: that of 100,000 named candidates of every hyperparameter is smaller."""

PATIENCE = 30.0
"""Seconds that a pipe may take."""

_CHUNK = 1 << 20

_CAN_WAIT = hasattr(select, "poll") and hasattr(os, "O_NONBLOCK")
"""Whether the system tells when there is something to read. Windows has no paths of pipes such as ``<(jq …)``."""


def read_given(path: Path) -> bytes:
    """Return the content of a file, or of a pipe once its writer is done.

    Raises:
        SpaceError: It is too large, or a pipe takes too long.
        OSError: It cannot be read.
    """
    if not _CAN_WAIT:
        with path.open("rb") as whole:
            return _checked(whole.read(MOST_BYTES + 1), path)
    # To open a pipe would wait for its writer, however long.
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return _read(file, path)
    finally:
        os.close(file)


def _read(file: int, path: Path) -> bytes:
    poll = select.poll()
    poll.register(file, select.POLLIN)
    deadline = time.monotonic() + PATIENCE
    content = bytearray()
    while len(content) <= MOST_BYTES:
        # A pipe that nobody writes to yet is not at its end.
        if not poll.poll(1000 * max(0.0, deadline - time.monotonic())):
            rule = f"must be there within {PATIENCE:g} s"
            raise SpaceError(rule, where=str(path), got="a pipe that somebody holds open, and no more of it")
        chunk = os.read(file, _CHUNK)
        if not chunk:
            break
        content += chunk
    return _checked(bytes(content), path)


def _checked(content: bytes, path: Path) -> bytes:
    if len(content) > MOST_BYTES:
        raise SpaceError(f"must be at most {MOST_BYTES // 1_000_000} MB", where=str(path), got="more")
    return content
