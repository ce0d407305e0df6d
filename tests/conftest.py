"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A deadline would fail tests because the machine is busy.
settings.register_profile("kerasgrid", deadline=None, max_examples=50, database=None)
settings.load_profile("kerasgrid")

# A shell ignores interrupts for what it starts in the background, and programs started by tests would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Markers whose tests must not be skipped, as "data,browser": a user may lack what they need, continuous integration
# must not.
REQUIRED = frozenset(filter(None, os.environ.get("KERASGRID_REQUIRE", "").split(",")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.skipped and REQUIRED & {mark.name for mark in item.iter_markers()}:
        report.outcome = "failed"
        report.longrepr = f"skipped though required: {report.longrepr}"
    return report
