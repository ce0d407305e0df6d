"""Pictures for the tests: made-up ones for those of the illustrator, whose process imports this, and blank ones."""

from __future__ import annotations

import base64
import importlib
import os
import pkgutil
import time
from functools import partial
from typing import Any

import pytest

from kerasgrid.reports import pictures
from kerasgrid.reports.ahead import watcher
from kerasgrid.reports.ahead.illustrator import NoIllustrator
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


BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of a single point."""


def blank(*shown: Any) -> bytes:
    """Draw nothing, whatever is to be shown."""
    return BLANK


def draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every picture of a run be :data:`BLANK`, and none drawn ahead. Which pictures there are stays as it is."""
    monkeypatch.setattr(watcher, "suitable_illustrator", NoIllustrator)
    for module in pkgutil.iter_modules(pictures.__path__, f"{pictures.__name__}."):
        imported = importlib.import_module(module.name)
        for name, thing in vars(imported).items():
            if name.endswith("_png") and thing.__module__ == imported.__name__:
                monkeypatch.setattr(imported, name, blank)
