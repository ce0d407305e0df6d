"""A crew whose requests are answered by the workers of a Dask cluster."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, Self

from kerasgrid.fits.deadline import Deadline
from kerasgrid.workers.crew import PROGRAMS_PER_WORKER, Crew
from kerasgrid.workers.dask_asking import ATTEMPTS, DIED, asked_of
from kerasgrid.workers.dask_cluster import Cluster, DaskWorker
from kerasgrid.workers.dask_jobs import Job, Jobs, is_death
from kerasgrid.workers.dask_trouble import Trouble
from kerasgrid.workers.member import Request, Result
from kerasgrid.workers.schedule import Schedule
from kerasgrid.workers.site import Lost, Reply
from kerasgrid.workers.site_of import NoDataError, NotWantedError, OtherWorkerError

_SECONDS_PER_TASK = 0.25
"""How long a task of several requests is to take, about: it is lost as a whole if its worker dies."""

_SECONDS_PER_SLOT = 0.004
"""The same for each slot that there is: a scheduler and who searches get through some 500 tasks a second, so tasks of a
thousand slots take four seconds each, for half of that to keep all of them at work (see docs/cluster.md)."""

_MOST_PER_TASK = 1000
_SECONDS_PER_ROUND = 0.25
"""How often at least all slots are looked at for one that has nothing to do."""


class DaskCrew(Generic[Request, Result]):
    """Has the requests of a crew answered by a cluster; used as a context manager.

    Each thread of each worker is a slot, which has a training process on its machine. One task is about a quarter of a
    second's worth of requests of one program; a slot has one at a time, so that nothing waits where nobody trains.

    Args:
        cluster: Who is there.
        crew: Whose requests they are: it says what they need and what their results mean, and is never entered.
        jobs: Send them.
        n_workers: How many slots are used at most; None for all.

    Attributes:
        n_done: How many results came from each machine.
        changed: Is told that what the workers are at may have changed.
    """

    def __init__(
        self,
        cluster: Cluster[Job[Request]],
        crew: Crew[Request, Result],
        jobs: Jobs[Request],
        n_workers: int | None = None,
    ) -> None:
        self._cluster = cluster
        self._crew = crew
        self._jobs = jobs
        self._most = n_workers
        self._suspects: deque[Request] = deque()
        self._deaths: Counter[Request] = Counter()
        self._reserved: DaskWorker[Job[Request]] | None = None
        self._trouble = Trouble(cluster.patience, lambda: min((job.started for job in jobs.running), default=math.inf))
        self.n_done: Counter[str] = Counter()
        self.changed: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self._cluster.begin()
        return self

    def __exit__(self, *exception: object) -> None:
        self._jobs.end()

    def answers(
        self, requests: Sequence[Request], deadline: Deadline | None = None
    ) -> Generator[tuple[Request, Result], None, None]:
        """Yield each request once with its result, as :meth:`kerasgrid.workers.crew.Crew.answers` does.

        Raises:
            WorkersDieError: Nobody is left who could train.
        """
        schedule = Schedule(requests, self._crew._program)
        self._suspects.clear()
        self._trouble.over()
        ended: Sequence[Job[Request]] = ()
        looked = 0.0
        try:
            while schedule.waiting or self._suspects or self._jobs.are_running:
                left = 1.0 if deadline is None else min(1.0, deadline.left)
                if left <= 0:
                    return
                yield from self._look(schedule)
                if not ended or time.monotonic() > looked + _SECONDS_PER_ROUND:
                    # Of what was learnt others may make use, too; with a thousand idle ones, not after each result.
                    looked = time.monotonic()
                    self._hand_out(schedule, self._cluster.workers.values())
                    self.changed()
                if not self._cluster.workers:
                    self._cluster.check_patience()
                ended = self._jobs.wait(min(left, 1.0 if self._jobs.are_running else 0.2))
                yield from self._take_all(ended, schedule)
        finally:
            self._jobs.cancel(self._jobs.running)

    def at_work(self) -> list[tuple[str, Request, float]]:
        """Return who is at which request, and since when, in seconds since 1970, UTC; of a task the first one."""
        return [(job.label, job.requests[0], job.since) for job in self._jobs.running]

    def ask(self, request: Any, program: Hashable) -> Any:
        """Return what one worker makes of a request that is no fit's; :class:`Lost` if two died over it.

        Raises:
            WorkersDieError: Nobody is left who could train.
        """
        return asked_of(self._cluster, self._jobs, request, program)

    def _look(self, schedule: Schedule[Request]) -> Iterator[tuple[Request, Result]]:
        """Give up what workers were at that have gone."""
        gone = self._cluster.look()
        for job in [job for worker in gone for job in worker.running]:
            if self._cluster.is_reached:
                yield from self._bury(job, schedule)
            else:
                self._give_up(job, schedule)
        for worker in gone:
            schedule.leave(*worker.slots)
        if gone:
            self._look_after_data(schedule)

    def _look_after_data(self, schedule: Schedule[Request]) -> None:
        if self._jobs.data_is_lost():
            # Nobody can begin what waits for it.
            for job in self._jobs.running:
                self._give_up(job, schedule)

    def _hand_out(self, schedule: Schedule[Request], workers: Iterable[DaskWorker[Job[Request]]]) -> None:
        """Give those of these workers something to do that have nothing."""
        if not self._cluster.is_reached:
            return
        n_slots = self._cluster.n_slots
        try:
            self._hand_out_suspects()
            for worker in workers:
                if not schedule.waiting:
                    return
                if worker is not self._reserved:
                    self._hand_to(worker, schedule, n_slots)
        except (OSError, TimeoutError, RuntimeError) as error:
            # The scheduler has just gone; what was to be sent is taken back where workers are looked after.
            self._cluster.look_soon()
            self._trouble.add(str(error))

    def _hand_to(self, worker: DaskWorker[Job[Request]], schedule: Schedule[Request], n_slots: int) -> None:
        for slot in worker.free:
            if self._most is not None and len(self._jobs.running) >= self._most:
                return
            programs = worker.programs[slot]
            request = schedule.take((worker.address, slot), programs)
            if request is None:
                continue  # this slot is better off idle; the next one may have built what waits
            program = self._crew._program(request)
            if program not in programs and len(programs) >= PROGRAMS_PER_WORKER:
                # Its training process makes way for a new one now, and nothing waits for that any more.
                programs.clear()
                schedule.put_back(request)
                schedule.leave((worker.address, slot))
                request = schedule.take((worker.address, slot), programs)
                if request is None:
                    continue
                program = self._crew._program(request)
            seconds = max(_SECONDS_PER_TASK, _SECONDS_PER_SLOT * n_slots)
            share = schedule.waiting // max(1, n_slots)
            requests = (request, *schedule.take_like(request, min(_MOST_PER_TASK, share), seconds))
            try:
                self._jobs.send(worker, slot, requests, program, is_alone=len(worker.jobs) == 1)
            except BaseException:
                for one in reversed(requests):
                    schedule.put_back(one)
                raise

    def _hand_out_suspects(self) -> None:
        """Have requests that a worker has died over tried again, each alone on a worker."""
        if self._reserved is not None and not self._is_there(self._reserved):
            self._reserved = None
        if self._suspects and self._reserved is None and self._cluster.workers:
            self._reserved = min(self._cluster.workers.values(), key=lambda worker: len(worker.running))
        worker = self._reserved
        if worker is None or worker.running:
            return
        if self._suspects:
            request = self._suspects[0]
            self._jobs.send(worker, 0, (request,), self._crew._program(request), is_alone=True)
            self._suspects.popleft()
        else:
            self._reserved = None

    def _take_all(self, ended: Sequence[Job[Request]], schedule: Schedule[Request]) -> Iterator[tuple[Request, Result]]:
        """Yield the results of jobs that have ended, once their workers have something else to do."""
        current = [job for job in ended if job.worker.jobs[job.slot] is job]  # the others were given up
        answered: list[tuple[Job[Request], Reply]] = []
        for job, (reply, error) in zip(current, self._jobs.answers(current), strict=True):
            if job.worker.jobs[job.slot] is not job:
                continue
            if reply is None or reply.error is not None:
                self._trouble.add(str(error if reply is None else reply.error))
                yield from self._take_failed(job, reply, error, schedule)
                continue
            self._trouble.over()
            self._jobs.free(job)
            self._measure(job, reply, schedule)
            answered.append((job, reply))
        there = {job.worker.address: job.worker for job, _ in answered if self._is_there(job.worker)}
        self._hand_out(schedule, there.values())
        for job, reply in answered:
            yield from self._results(job, reply)

    def _is_there(self, worker: DaskWorker[Job[Request]]) -> bool:
        return self._cluster.workers.get(worker.address) is worker

    def _take_failed(
        self, job: Job[Request], reply: Reply | None, error: BaseException | None, schedule: Schedule[Request]
    ) -> Iterator[tuple[Request, Result]]:
        """Have what a job was about tried again, or yield that it is lost."""
        if reply is None and is_death(error):
            is_anew = isinstance(error, OtherWorkerError)
            if is_anew:
                self._cluster.forget(job.worker)
                schedule.leave(*job.worker.slots)
            for died in job.worker.running if is_anew else [job]:
                yield from self._bury(died, schedule)
            return
        if isinstance(error, NoDataError):
            job.worker.has_data = False
            self._give_up(job, schedule)
            return
        if isinstance(error, NotWantedError):
            # The scheduler takes tasks back whose data is gone, perhaps since their worker is.
            self._cluster.look_soon()
            yield from self._look(schedule)
            if job.worker.jobs[job.slot] is job:
                self._give_up(job, schedule)
                self._look_after_data(schedule)
            return
        self._give_up(job, schedule)
        # Nothing can be trained there.
        for other in job.worker.running:
            self._give_up(other, schedule)
        schedule.leave(*job.worker.slots)
        self._cluster.refuse(job.worker, str(error if reply is None else reply.error))

    def _results(self, job: Job[Request], reply: Reply) -> Iterator[tuple[Request, Result]]:
        """Yield the results of a job, one by one."""
        results, late = iter(reply.results), job.late_by(reply)
        for request in job.requests:
            rest: Request | None = request
            while rest is not None:
                result = next(results)
                if isinstance(result, Lost):
                    result = self._crew._lost(rest, result.words)
                self.n_done[job.worker.machine] += 1
                yield rest, self._crew._done(job.label, result, late)
                rest = self._crew._rest(rest, result)

    def _measure(self, job: Job[Request], reply: Reply, schedule: Schedule[Request]) -> None:
        took, trained = time.monotonic() - job.started, sum(result.seconds for result in reply.results)
        if job.is_new:
            schedule.measured(job.requests[0], trained / len(job.requests), max(0.0, took - trained))
        else:
            schedule.measured(job.requests[0], took / len(job.requests), 0.0)

    def _bury(self, job: Job[Request], schedule: Schedule[Request]) -> Iterator[tuple[Request, Result]]:
        """Try again, each alone, what a worker that died was at; what was that before is lost."""
        self._forget(job, schedule)
        for request in job.requests:
            # Of several, one may be to blame, once.
            is_sure = job.is_alone and len(job.requests) == 1
            self._deaths[request] = self._deaths[request] + 1 if is_sure else max(1, self._deaths[request])
            if self._deaths[request] < ATTEMPTS:
                self._suspects.append(request)
                continue
            lost: Request | None = request
            while lost is not None:
                result = self._crew._lost(lost, DIED)
                yield lost, result
                lost = self._crew._rest(lost, result)

    def _give_up(self, job: Job[Request], schedule: Schedule[Request]) -> None:
        """Take back what a worker was at, through no fault of its."""
        self._forget(job, schedule)
        for request in reversed(job.requests):
            schedule.put_back(request)

    def _forget(self, job: Job[Request], schedule: Schedule[Request]) -> None:
        schedule.leave((job.worker.address, job.slot))
        self._jobs.cancel([job])
