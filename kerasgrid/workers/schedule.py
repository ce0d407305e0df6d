"""Which request a worker gets next: requests of one program go to the same worker, until another would be idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Request = TypeVar("Request")

_GUESSED_BUILD = 1.0
"""Seconds that building a program takes, until one was measured."""


@dataclass(slots=True)
class _Group(Generic[Request]):
    requests: deque[Request]
    workers: set[Hashable] = field(default_factory=set)
    seconds: float | None = None


class Schedule(Generic[Request]):
    """The requests (fits, most often) that are still to be handed out, grouped by program.

    Args:
        requests: All of them.
        program_of: From a request to its program's key.
    """

    def __init__(self, requests: Iterable[Request], program_of: Callable[[Request], Hashable]) -> None:
        self._program_of = program_of
        self._groups: dict[Hashable, _Group[Request]] = {}
        self._build_seconds = _GUESSED_BUILD
        self._of_worker: dict[Hashable, set[Hashable]] = {}
        for request in requests:
            self._groups.setdefault(program_of(request), _Group(deque())).requests.append(request)
        self._n_waiting = sum(len(group.requests) for group in self._groups.values())

    @property
    def waiting(self) -> int:
        """How many requests are not handed out."""
        return self._n_waiting

    def is_short(self, request: Request) -> bool:
        """Whether requests of this program are known to take under half a second: worth queueing one ahead."""
        seconds = self._groups[self._program_of(request)].seconds
        return seconds is not None and seconds < 0.5

    def take(self, worker: Hashable, programs: Sequence[Hashable]) -> Request | None:
        """Hand a request to a worker that has built these programs, the latest last; None if it is better off idle.

        In this order: a request of a program it has built, one of a program nobody has built, one of the program with
        most work left, if building it once more ends sooner than leaving that work to those who have it.
        """
        for program in tuple(self._of_worker.get(worker, ())):
            if program not in programs:  # it made way for others there, and nothing may wait for it
                self._take_from(program, worker)
        for program in reversed(programs):
            if program in self._groups and self._groups[program].requests:
                return self._pop(program, worker)
        waiting = [program for program, group in self._groups.items() if group.requests]
        for program in waiting:
            if not self._groups[program].workers:
                return self._pop(program, worker)
        if waiting:
            helped = max(waiting, key=self._left)
            if self._is_worth_joining(self._groups[helped]):
                return self._pop(helped, worker)
        return None

    def take_like(self, request: Request, most: int, seconds: float) -> list[Request]:
        """Hand out further requests of the same program to whoever has this one: so many, and of so much time, at most.

        None where nobody knows yet what one takes.
        """
        group = self._groups[self._program_of(request)]
        if not group.seconds:
            return []
        n_more = min(most, len(group.requests), int(seconds / group.seconds) - 1)
        self._n_waiting -= max(0, n_more)
        return [group.requests.popleft() for _ in range(max(0, n_more))]

    def put_back(self, request: Request) -> None:
        """Take a request back that was handed out and not answered; it goes first."""
        self._groups[self._program_of(request)].requests.appendleft(request)
        self._n_waiting += 1

    def leave(self, *workers: Hashable) -> None:
        """Forget workers that have ended."""
        for worker in workers:
            for program in tuple(self._of_worker.get(worker, ())):
                self._take_from(program, worker)

    def measured(self, request: Request, seconds: float, build_seconds: float) -> None:
        """Learn how long a request took, and how long building its program took (0 if it was there)."""
        self._groups[self._program_of(request)].seconds = seconds
        if build_seconds > 0:
            self._build_seconds = build_seconds

    def _pop(self, program: Hashable, worker: Hashable) -> Request:
        group = self._groups[program]
        group.workers.add(worker)
        self._of_worker.setdefault(worker, set()).add(program)
        self._n_waiting -= 1
        return group.requests.popleft()

    def _take_from(self, program: Hashable, worker: Hashable) -> None:
        self._groups[program].workers.discard(worker)
        self._of_worker[worker].discard(program)

    def _left(self, program: Hashable) -> float:
        group = self._groups[program]
        return len(group.requests) * (group.seconds or 1.0)

    def _is_worth_joining(self, group: _Group[Request]) -> bool:
        if group.seconds is None:
            return len(group.requests) > len(group.workers)
        # What its workers are at is half done, as far as anybody knows.
        waited = (len(group.requests) / len(group.workers) + 0.5) * group.seconds
        return waited > self._build_seconds + group.seconds
