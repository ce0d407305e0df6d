"""Which fit a worker trains next: fits of one program go to the same worker, until another would be idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from kerasgrid.engine.fit import Fit

_GUESSED_BUILD = 1.0
"""Seconds that building a program takes, until one was measured."""


@dataclass(slots=True)
class _Group:
    fits: deque[Fit]
    workers: set[Hashable] = field(default_factory=set)
    seconds: float | None = None


class Schedule:
    """The fits that are still to be handed out, grouped by program.

    Args:
        fits: All fits.
        program_of: From a fit to its program's key.
    """

    def __init__(self, fits: Iterable[Fit], program_of: Callable[[Fit], Hashable]) -> None:
        self._program_of = program_of
        self._groups: dict[Hashable, _Group] = {}
        self._build_seconds = _GUESSED_BUILD
        for fit in fits:
            self._groups.setdefault(program_of(fit), _Group(deque())).fits.append(fit)

    @property
    def waiting(self) -> int:
        """How many fits are not handed out."""
        return sum(len(group.fits) for group in self._groups.values())

    def is_short(self, fit: Fit) -> bool:
        """Whether fits of this program are known to take under half a second: worth queueing one ahead."""
        seconds = self._groups[self._program_of(fit)].seconds
        return seconds is not None and seconds < 0.5

    def take(self, worker: Hashable, programs: Sequence[Hashable]) -> Fit | None:
        """Hand a fit to a worker that has built these programs, the latest last; None if it is better off idle.

        In this order: a fit of a program it has built, one of a program nobody has built, one of the program with
        most work left, if building it once more ends sooner than leaving that work to those who have it.
        """
        for program in reversed(programs):
            if program in self._groups and self._groups[program].fits:
                return self._pop(program, worker)
        waiting = [program for program, group in self._groups.items() if group.fits]
        for program in waiting:
            if not self._groups[program].workers:
                return self._pop(program, worker)
        helped = max(waiting, key=self._left, default=None)
        if helped is not None and self._is_worth_joining(self._groups[helped]):
            return self._pop(helped, worker)
        return None

    def put_back(self, fit: Fit) -> None:
        """Take a fit back that was handed out and not trained; it goes first."""
        self._groups[self._program_of(fit)].fits.appendleft(fit)

    def leave(self, worker: Hashable) -> None:
        """Forget a worker that has ended."""
        for group in self._groups.values():
            group.workers.discard(worker)

    def measured(self, fit: Fit, seconds: float, build_seconds: float) -> None:
        """Learn how long a fit took, and how long building its program took (0 if it was there)."""
        self._groups[self._program_of(fit)].seconds = seconds
        if build_seconds > 0:
            self._build_seconds = build_seconds

    def _pop(self, program: Hashable, worker: Hashable) -> Fit:
        group = self._groups[program]
        group.workers.add(worker)
        return group.fits.popleft()

    def _left(self, program: Hashable) -> float:
        group = self._groups[program]
        return len(group.fits) * (group.seconds or 1.0)

    def _is_worth_joining(self, group: _Group) -> bool:
        if group.seconds is None:
            return len(group.fits) > len(group.workers)
        return len(group.fits) * group.seconds / len(group.workers) > self._build_seconds + group.seconds
