"""A fork server that is killed while a worker process is being started."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any

import pytest

from kerasgrid.errors import RunError
from kerasgrid.workers.processes import start_process


def dying(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Have the server be gone so many times when a process is asked of it."""
    connect: Callable[..., Any] = forkserver.connect_to_new_process
    asked: list[int] = []

    def connected(fds: Any) -> Any:
        asked.append(1)
        if len(asked) <= times:
            raise EOFError("unexpected EOF")
        return connect(fds)

    monkeypatch.setattr(forkserver, "connect_to_new_process", connected)
    return asked


def test_another_one_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dying(monkeypatch, 1)
    process = start_process(int, ())
    process.join()
    assert (process.exitcode, len(asked)) == (0, 2)


def test_one_that_ends_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dying(monkeypatch, 2)
    message = (
        r"^the process that worker processes are forked from ended, got EOFError: unexpected EOF "
        r'\(see whether python -c "import .*" works\)$'
    )
    with pytest.raises(RunError, match=message) as caught:
        start_process(int, ())
    assert caught.value.exit_code == 1
