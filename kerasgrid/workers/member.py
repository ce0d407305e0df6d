"""A worker process as its crew knows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from kerasgrid.workers.processes import start_process
from kerasgrid.workers.worker import HandlerMaker, handler_elsewhere, work


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
        slot: Whose place it has, from 1: the one that takes its place has the same.
        since: When it turned to the first of its requests, in seconds since 1970, as far as it is known here.
    """

    number: int
    process: BaseProcess
    pipe: Connection
    slot: int = 1
    programs: list[Hashable] = field(default_factory=list)
    n_built: int = 0
    requests: deque[Request] = field(default_factory=deque)
    answered: bool = False
    used_up: bool = False
    alone: bool = False
    since: float = 0.0

    @classmethod
    def started(
        cls,
        number: int,
        taken: Iterable[int],
        folder: Path,
        make_handler: HandlerMaker,
        modules: Sequence[str],
        elsewhere: Path | None,
    ) -> Self:
        """Start a worker process.

        Args:
            number: Its number.
            taken: The slots of the others.
            folder: Of the crew.
            make_handler: Makes what answers the requests.
            modules: What it imports before the first of them.
            elsewhere: Where its data lies, if that is not in the crew's folder.
        """
        ours, theirs = Pipe()
        make = make_handler if elsewhere is None else partial(handler_elsewhere, elsewhere, make_handler)
        process = start_process(work, (theirs, folder, number, make, modules))
        theirs.close()
        others = set(taken)
        return cls(number, process, ours, next(slot for slot in range(1, len(others) + 2) if slot not in others))

    def take(self, request: Request) -> None:
        """Note what it was asked next."""
        if not self.requests:
            self.since = time.time()
        self.requests.append(request)

    def has_answered(self) -> Request:
        """Return what it was asked first, which it is not at any more."""
        self.since = time.time()
        return self.requests.popleft()
