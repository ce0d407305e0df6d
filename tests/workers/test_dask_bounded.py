"""Calls of Dask's client end in time, and what is cancelled with the scheduler's connection is no error of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import time

import pytest

pytest.importorskip("distributed")
from distributed.client import FutureCancelledError

from kerasgrid.workers.dask_bounded import bounded


def test_it_returns_and_raises_what_the_call_does() -> None:
    assert bounded(lambda: 5) == 5
    with pytest.raises(KeyError, match="gone"):
        bounded(lambda: {}["gone"])


def test_it_waits_no_longer_than_it_is_told() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="no answer after"):
        bounded(lambda: time.sleep(5), 0.1)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    "error",
    [
        FutureCancelledError("key", "scheduler-connection-lost"), concurrent.futures.CancelledError(),
        asyncio.CancelledError(),
    ],
)  # fmt: skip
def test_what_is_cancelled_is_a_lost_connection(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(ConnectionError, match="cancelled"):
        bounded(call)
