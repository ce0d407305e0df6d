"""Pictures for the tests of the illustrator, whose process imports this."""

from __future__ import annotations

import os
import time
from functools import partial

from kerasgrid.reports.files import ReportFile
from kerasgrid.run.run import Run


def who(run: Run, file: str, not_by: int | None = None, seconds: float = 0.0) -> bytes:
    """A picture of who draws it, which takes so long and cannot be drawn by that process."""
    if os.getpid() == not_by:
        raise ValueError(file)
    time.sleep(seconds)
    return f"{file} by {os.getpid()}".encode()


def drawing_of(file: str, not_by: int | None = None, seconds: float = 0.0) -> ReportFile:
    """A file with that picture."""
    return ReportFile(file, file, partial(who, file=file, not_by=not_by, seconds=seconds), "trials")


def not_here(file: str) -> ReportFile:
    """A picture that this process cannot draw."""
    return drawing_of(file, os.getpid())


def bad(run: Run) -> bytes:
    """No picture at all."""
    return bytes.fromhex("no")
