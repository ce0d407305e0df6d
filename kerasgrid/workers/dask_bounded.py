"""Calls of Dask's client that end in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from kerasgrid.system.words import duration

_SECONDS_PER_CALL = 20.0
"""How long an answer of the scheduler or of a worker is waited for."""

Value = TypeVar("Value")


def bounded(call: Callable[[], Value], seconds: float = _SECONDS_PER_CALL) -> Value:
    """Return what a call of the client returns; Dask's own wait for a machine that does not answer is longer.

    Raises:
        TimeoutError: It has not returned after so many seconds.
        ConnectionError: Dask has cancelled it, as it does with all that waits when the scheduler is lost.
    """
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - raised below
            ended.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not ended:
        raise TimeoutError(f"no answer after {duration(seconds)}")
    value, error = ended[0]
    if isinstance(error, CancelledError | asyncio.CancelledError):
        raise ConnectionError(" ".join(str(error).split()) or "cancelled") from error
    if error is not None:
        raise error
    return value  # type: ignore[no-any-return]
