"""Pictures for the tests of the illustrator, whose process imports this."""

from __future__ import annotations

import os
import time
from functools import partial

from kerasgrid.reports.pictures.pictures import Draw


def who(file: str, not_by: int | None = None, seconds: float = 0.0) -> bytes:
    """A picture of who draws it, which takes so long and cannot be drawn by that process."""
    if os.getpid() == not_by:
        raise ValueError(file)
    time.sleep(seconds)
    return f"{file} by {os.getpid()}".encode()


def not_here(file: str) -> tuple[str, Draw]:
    """A picture that this process cannot draw."""
    return file, partial(who, file, os.getpid())
