"""A worker process as its crew knows it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar

from kerasgrid.workers.worker import Answer


class Timed(Protocol):
    """What comes of a request."""

    @property
    def seconds(self) -> float:
        """Wall time of the work, compiling not included where that is known."""


Request = TypeVar("Request", bound=Hashable)
Result = TypeVar("Result", bound=Timed)


@dataclass(slots=True, eq=False)
class Member(Generic[Request]):
    """A worker process, what it has built, and what it was asked and has not answered yet.

    Attributes:
        number: Its own: each process that is started has the next one.
        place: On which device it is.
        slot: Whose place it has among all, from 1: the one that takes its place has the same.
        since: When it turned to the first of its requests, in seconds since 1970, as far as it is known here.
    """

    number: int
    process: BaseProcess
    pipe: Connection
    place: str = ""
    slot: int = 1
    programs: list[Hashable] = field(default_factory=list)
    n_built: int = 0
    requests: deque[Request] = field(default_factory=deque)
    answered: bool = False
    used_up: bool = False
    alone: bool = False
    since: float = 0.0

    def take(self, request: Request) -> None:
        """Note what it was asked next."""
        if not self.requests:
            self.since = time.time()
        self.requests.append(request)

    def has_answered(self) -> Request:
        """Return what it was asked first, which it is not at any more."""
        self.since = time.time()
        return self.requests.popleft()

    def receive(self) -> Answer | None:
        """Return its next answer; None if it has died."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError):
            return None
        assert isinstance(answer, Answer)
        self.answered = True
        self.n_built += answer.build_seconds > 0
        self.used_up = self.used_up or answer.used_up
        return answer

    def end(self) -> None:
        """Have it end, as it does when its connection closes; waiting for that would hold up the others."""
        self.pipe.close()
        threading.Thread(target=self.process.join, daemon=True).start()
