"""A crew: disposable, single-threaded worker processes that answer requests, one a core."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Hashable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Generic, Self

from kerasgrid.fits.deadline import Deadline
from kerasgrid.system.words import duration
from kerasgrid.workers.deaths import Again, Deaths, last_words
from kerasgrid.workers.folders import OwnFolder, make_folder, no_room
from kerasgrid.workers.hiring import Post, hired
from kerasgrid.workers.member import Member, Request, Result
from kerasgrid.workers.places import ANYWHERE, Places
from kerasgrid.workers.processes import n_cores, start_server
from kerasgrid.workers.schedule import Schedule
from kerasgrid.workers.shares import Shares, mark_alone, room_for_another
from kerasgrid.workers.worker import Answer, HandlerMaker, ready_path

PROGRAMS_PER_WORKER = 6
"""What a worker builds before it is replaced: programs, and whatever they compile. TensorFlow keeps about 5 MB of each
program for good, and 15 to 90 MB of what it compiles."""


class Crew(Generic[Request, Result]):
    """Worker processes that answer requests; used as a context manager, and leaving it stops whatever still runs.

    Requests of one program go to the same worker. Workers that have built :data:`PROGRAMS_PER_WORKER` programs, or that
    say they are used up, are replaced, so memory does not grow with the number of requests. A request that a worker
    dies of is tried once more, at the end, by a fresh worker alone, as is one that wants the memory of all. Once left,
    a crew may be entered anew.

    A subclass says what a request is: :meth:`_furnish`, :meth:`_program` and :meth:`_lost`, and :meth:`_rest` and
    :meth:`_expected` where one has several results, which come one by one; :meth:`_done` and :meth:`_tell` tell more.

    Args:
        make_handler: Called in every worker process with the crew's folder; returns what answers requests there. It is
            sent by reference.
        n_workers: Number of processes; None for one per core.
        preload: Modules that every worker needs, for the process that workers are forked from.
        modules: Modules that every worker imports before its first request.
    """

    jobs_option = "--jobs"
    """How the user sets the number of workers."""

    places: Places = ANYWHERE
    """On which devices workers train."""

    furnished: Path | None = None
    """Where everything lies already that workers read, for crews that share it; None if each writes its own."""

    def __init__(
        self,
        make_handler: HandlerMaker,
        n_workers: int | None = None,
        preload: Sequence[str] = (),
        modules: Sequence[str] = (),
    ) -> None:
        self._make_handler = make_handler
        self._preload = preload
        self._modules = tuple(modules)
        self._n_workers = n_workers if n_workers is not None else n_cores()
        self._workers: list[Member[Request]] = []
        self._numbers = itertools.count()
        self._deaths = Deaths()
        self._own: OwnFolder | None = None
        self._folder: Path | None = None

    def _furnish(self, folder: Path) -> None:
        """Write what the workers read into this folder."""
        raise NotImplementedError

    def _program(self, request: Request) -> Hashable:
        """Return the key of the request's program; requests of equal keys share what a worker has built."""
        raise NotImplementedError

    def _lost(self, request: Request, words: str) -> Result:
        """Return the result, the first of several, of a request whose worker died at every attempt."""
        raise NotImplementedError

    def _suspect(self, request: Request) -> Hashable:
        """Return what is to blame if workers die over the request; with others of the same it counts once."""
        return request

    def _rest(self, request: Request, result: Result) -> Request | None:
        """Return what of a request is to be answered after this result, as a request of its own; None for nothing."""
        return None

    def _expected(self, request: Request, result: Result) -> float:
        """Return what a request takes as a whole, told from one of its results."""
        return result.seconds

    def _done(self, worker: str, result: Result, late: float = 0.0) -> Result:
        """Return a result as it is told of the worker of this name, whose clock is late by so many seconds."""
        return result

    def _tell(self) -> float:
        """Tell what the workers are at, if somebody wants to know; return for how many seconds that holds at most."""
        return math.inf

    def __enter__(self) -> Self:
        start_server(self._preload)
        try:
            self._own = make_folder()
            self._folder = self._own.path
            Shares.now(self._n_workers).write(self._folder)
            if self.furnished is None:
                self._furnish(self._folder)
        except OSError as error:
            self.__exit__(None, None, None)
            raise no_room(error) from error
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill_all()
        if self._own is not None:
            self._own.remove()
        self._own = self._folder = None
        self._deaths.forget()

    def answers(
        self, requests: Sequence[Request], deadline: Deadline | None = None
    ) -> Generator[tuple[Request, Result], None, None]:
        """Yield each request once with its result, in whatever order they end; stop at the deadline.

        One of several results comes with each of them, as what of it was to be answered then.
        """
        schedule = Schedule(requests, self._program)
        again = Again[Request]()
        try:
            while schedule.waiting or again.waiting or self._is_busy:
                self._hand_out(schedule)
                if again.waiting and not self._is_busy:
                    self._send(self._start_alone(), again.waiting.popleft())
                busy = {worker.pipe: worker for worker in self._workers if worker.requests}
                assert busy, "requests are waiting and nobody takes them"
                left = math.inf if deadline is None else deadline.left
                if left <= 0:
                    return
                for pipe in wait(list(busy), min(self._tell(), left, 3600.0)):
                    worker = busy[pipe]  # type: ignore[index]
                    answer = self._receive(worker)
                    if answer is None:
                        yield from self._bury(worker, schedule, again)
                    elif answer.needs_all:
                        again.waiting.append(worker.has_answered())
                    else:
                        request = worker.has_answered()
                        rest = self._rest(request, answer.result)
                        if rest is not None:
                            worker.requests.appendleft(rest)
                        # Of a long one already the first result tells whether others are to help.
                        seconds = self._expected(request, answer.result)
                        schedule.measured(request, seconds, answer.build_seconds)
                        self._hand_out(schedule)
                        yield request, self._done(str(worker.slot), answer.result)
        finally:
            # Whoever leaves early does not want what is in flight, and those answers must not be taken for later ones.
            for worker in [worker for worker in self._workers if worker.requests]:
                worker.process.kill()
                self._end(worker)

    def _ask(self, request: object, program: Hashable, seconds: float | None = None) -> tuple[Answer | None, str]:
        """Give a request of its own to a worker that has built this program, if there is one, and wait for the answer.

        A worker without an answer after so many seconds is let go. Where one dies, a fresh one is asked alone. Without
        an answer the worker's last words are told.
        """
        deadline, last_words = Deadline(math.inf if seconds is None else seconds), ""
        for is_second in (False, True):
            able = [worker for worker in self._workers if program in worker.programs]
            worker = self._start_alone() if is_second else able[0] if able else self._start(next(self._numbers))
            with suppress(OSError):  # as in _send
                worker.pipe.send(request)
            if seconds is not None and not worker.pipe.poll(max(0.0, deadline.left)):
                worker.process.kill()
                self._end(worker)
                return None, f"it took longer than the {duration(seconds)} that there were"
            answer = self._receive(worker)
            if answer is not None:
                return answer, ""
            try:
                last_words = self._last_words(worker, program)
            finally:
                self._end(worker)
        return None, last_words

    def _hand_out(self, schedule: Schedule[Request]) -> None:
        """Give every worker that has nothing to do a request, and one ahead where they are short."""
        for worker in list(self._workers):
            while schedule.waiting and len(worker.requests) < 2:
                if worker.requests and not schedule.is_short(worker.requests[0]):
                    break
                request = schedule.take(worker.number, worker.programs)
                if request is None:
                    break
                if self._is_used_up(worker, request):
                    schedule.put_back(request)
                    schedule.leave(worker.number)
                    if not worker.requests:
                        self._end(worker)
                    break
                self._send(worker, request)
        while schedule.waiting and len(self._workers) < self._n_workers and self._has_room():
            request = schedule.take(number := next(self._numbers), [])
            if request is None:
                break
            self._send(self._start(number), request)

    @property
    def _is_busy(self) -> bool:
        return any(worker.requests for worker in self._workers)

    def _has_room(self) -> bool:
        # A machine that swaps is slower than one worker.
        return not self._is_busy or room_for_another(sum(not worker.answered for worker in self._workers))

    def _is_used_up(self, worker: Member[Request], request: Request) -> bool:
        is_new = self._program(request) not in worker.programs
        return worker.used_up or (is_new and max(len(worker.programs), worker.n_built) >= PROGRAMS_PER_WORKER)

    def _send(self, worker: Member[Request], request: Request) -> None:
        program = self._program(request)
        if program not in worker.programs:
            worker.programs.append(program)
        with suppress(OSError):  # a worker that has died is noticed when its answer is waited for
            worker.pipe.send(request)
        worker.take(request)

    def _start_alone(self) -> Member[Request]:
        self._kill_all()
        worker = self._start(next(self._numbers), alone=True)
        worker.alone = worker.used_up = True
        return worker

    def _kill_all(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in list(self._workers):
            worker.process.join(5)  # their memory is free then, and so are their files
            self._end(worker)

    def _start(self, number: int, *, alone: bool = False) -> Member[Request]:
        assert self._folder is not None, "a crew is used as a context manager"
        mark_alone(self._folder, alone=alone)
        post = Post(self._folder, self._make_handler, self._modules, self.furnished)
        place = self.places.for_another(worker.place for worker in self._workers)
        slots, variables = [worker.slot for worker in self._workers], self.places.environment(place)
        self._workers.append(hired(post, number, slots, place, variables))
        return self._workers[-1]

    def _end(self, worker: Member[Request]) -> None:
        worker.end()
        self._workers.remove(worker)

    def _receive(self, worker: Member[Request]) -> Answer | None:
        answer = worker.receive()
        if answer is not None:
            self._deaths.forget()
        return answer

    def _bury(
        self, worker: Member[Request], schedule: Schedule[Request], again: Again[Request]
    ) -> Iterator[tuple[Request, Result]]:
        """Take back what a dead worker had to do; what it was at is lost if that happened before."""
        words = self._last_words(worker, self._suspect(worker.requests[0]))
        first, *others = worker.requests
        worker.requests.clear()
        for request in reversed(others):
            schedule.put_back(request)
        schedule.leave(worker.number)
        self._end(worker)
        if again.takes(first):
            return
        lost: Request | None = first
        while lost is not None:
            result = self._lost(lost, words)
            yield lost, result
            lost = self._rest(lost, result)

    def _last_words(self, worker: Member[Request], suspect: Hashable) -> str:
        assert self._folder is not None
        words = last_words(worker, self._folder, self.jobs_option)
        if not worker.answered:
            self._deaths.add(suspect, words, was_ready=ready_path(self._folder, worker.number).exists())
        return words
