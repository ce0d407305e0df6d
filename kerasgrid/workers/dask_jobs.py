"""Jobs: requests that a slot of a Dask cluster's worker is at, and how they get there and back."""

from __future__ import annotations

import contextlib
import pickle
import time
import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic

from distributed import Future, KilledWorker

from kerasgrid.fits.fit import Stint
from kerasgrid.workers import dask_tasks
from kerasgrid.workers.dask_bounded import bounded
from kerasgrid.workers.dask_cluster import Cluster, DaskWorker
from kerasgrid.workers.dask_data import Scattered
from kerasgrid.workers.member import Request
from kerasgrid.workers.site import Asked, Reply, Trade
from kerasgrid.workers.site_of import NotWantedError, SiteEndedError

_SECONDS_PER_ANSWER = 10.0
"""How long an answer of the scheduler is waited for."""

_MOST_ENDED = 100
"""Jobs whose replies are fetched together."""


@dataclass(slots=True, eq=False)
class Job(Generic[Request]):
    """Requests that a slot of a worker is at.

    Attributes:
        requests: They.
        worker: Whose slot it is.
        slot: Its number.
        is_alone: Whether nothing else runs on that worker meanwhile: if it dies, it is known whose fault it is.
        is_new: Whether their program is new to the slot.
        started: When it was sent.
        future: What comes of it.
    """

    requests: tuple[Request, ...]
    worker: DaskWorker[Any]
    slot: int
    is_alone: bool
    is_new: bool
    started: float
    future: Future

    @property
    def label(self) -> str:
        """Who is at it, for people."""
        return self.worker.label(self.slot)

    @property
    def since(self) -> float:
        """When it was sent, in seconds since 1970, UTC."""
        return time.time() - (time.monotonic() - self.started)

    def late_by(self, reply: Reply) -> float:
        """Return by how many seconds the machine's clock is late at least; below 0 if it is early.

        What it did lies between what was sent to it and its answer.
        """
        told = (getattr(one, "stint", None) for one in reply.results)
        stints: list[Stint] = [stint for stint in told if stint is not None]
        if not stints:
            return 0.0
        early = max(stint.ended for stint in stints) - time.time()
        return -early if early > 0 else max(0.0, self.since - min(stint.began for stint in stints))


class Jobs(Generic[Request]):
    """Sends jobs to a cluster, each search under a name of its own.

    Args:
        cluster: Who is there.
        trade: What training processes can do.
        data: What they need to begin.

    Attributes:
        ended: Every job as soon as something has come of it.
    """

    def __init__(self, cluster: Cluster[Job[Request]], trade: Trade, data: Scattered) -> None:
        self._cluster = cluster
        self._trade = trade
        self._data = data
        self._sources: Scattered | None = None
        self._modules: dict[str, bytes] = {}
        self._name = uuid.uuid4().hex[:12]
        self._n_sent = 0
        self._programs: dict[Hashable, str] = {}
        self.ended: SimpleQueue[Job[Request]] = SimpleQueue()

    @property
    def running(self) -> list[Job[Request]]:
        """All jobs that are under way."""
        return [job for worker in self._cluster.workers.values() for job in worker.running]

    @property
    def are_running(self) -> bool:
        """Whether there is one; quick where there are a thousand."""
        return any(job is not None for worker in self._cluster.workers.values() for job in worker.jobs)

    def take_modules(self, sources: Mapping[str, bytes]) -> None:
        """Send the source texts of modules along from now on, by their file names."""
        if not sources.items() <= self._modules.items():
            self._modules |= sources
            self._sources = Scattered(self._cluster.client, dict(self._modules))

    def data_is_lost(self) -> bool:
        """Return whether what was sent once is there no longer, so that nobody can begin what waits for it."""
        lost = [one.is_lost() for one in (self._data, self._sources) if one is not None]
        return any(lost)

    def end(self) -> None:
        """Stop everything on all workers."""
        self.cancel(self.running)
        client, addresses = self._cluster.client, list(self._cluster.workers)
        if self._cluster.is_reached and addresses:
            end = lambda: client.run(dask_tasks.end_session, self._name, workers=addresses, on_error="ignore")  # noqa: E731
            with contextlib.suppress(OSError, TimeoutError, RuntimeError, ValueError):
                bounded(end, _SECONDS_PER_ANSWER)

    def send(
        self,
        worker: DaskWorker[Job[Request]],
        slot: int,
        requests: tuple[Any, ...],
        program: Hashable,
        *,
        is_alone: bool,
        is_single: bool = False,
    ) -> Job[Request]:
        """Send requests of one program to a free slot.

        Args:
            worker: Whose slot it is.
            slot: Its number.
            requests: They.
            program: Theirs.
            is_alone: Whether nothing else runs on that worker meanwhile.
            is_single: Whether it is one request that is no fit's.

        Raises:
            OSError: The cluster cannot be reached.
        """
        name = self._programs.setdefault(program, str(len(self._programs)))
        # Dask drops copies that no task is waiting for, and would send them again.
        data = None if worker.has_data else self._data.future()
        session = pickle.dumps(dask_tasks.Session(self._name, self._data.key, self._trade))
        message = pickle.dumps((worker.name, slot, Asked(requests, name, is_single)))
        self._n_sent += 1
        future = self._cluster.client.submit(
            dask_tasks.train,
            session,
            message,
            data,
            {} if self._sources is None else self._sources.future(),
            key=f"kerasgrid-fits-{self._name}-{self._n_sent}",
            workers=[worker.address],
            allow_other_workers=False,
            retries=0,
        )
        is_new = program not in worker.programs[slot]
        if is_new:
            worker.programs[slot].append(program)
        job = Job(requests, worker, slot, is_alone, is_new, time.monotonic(), future)
        worker.jobs[slot] = job
        future.add_done_callback(lambda _: self.ended.put(job))
        return job

    def wait(self, seconds: float) -> list[Job[Request]]:
        """Return jobs of which something has come, some at a time; none after so many seconds."""
        found: list[Job[Request]] = []
        with contextlib.suppress(Empty):
            while len(found) < _MOST_ENDED:
                found.append(self.ended.get(timeout=0 if found else seconds))
        return found

    def answers(self, jobs: Sequence[Job[Request]]) -> list[tuple[Reply | None, BaseException | None]]:
        """Return the replies to jobs that have ended, fetched together: one by one, each would be a call and back."""
        finished = [job for job in jobs if job.future.status == "finished"]
        values: dict[int, bytes] = {}
        if len(finished) > 1:
            fetch = lambda: self._cluster.client.gather([job.future for job in finished])  # noqa: E731
            # Where one of them is lost, each is asked for by itself.
            with contextlib.suppress(Exception):
                values = dict(zip(map(id, finished), bounded(fetch, _SECONDS_PER_ANSWER), strict=True))
        return [self._read(job, values[id(job)]) if id(job) in values else self.answer(job) for job in jobs]

    def answer(self, job: Job[Request]) -> tuple[Reply | None, BaseException | None]:
        """Return the reply to a job that has ended, or why there is none."""
        future = job.future
        try:
            if future.status == "finished":
                return self._read(job, bounded(future.result, _SECONDS_PER_ANSWER))
            if future.status == "error":
                return None, bounded(future.exception, _SECONDS_PER_ANSWER)
        except (OSError, TimeoutError, RuntimeError) as error:
            # Without a scheduler it is nobody's fault.
            return None, SiteEndedError(str(error)) if self._cluster.is_reached else NotWantedError()
        return None, NotWantedError()

    def free(self, job: Job[Request]) -> None:
        """Have a job's slot free, if it is not another's already."""
        if job.worker.jobs[job.slot] is job:
            job.worker.jobs[job.slot] = None

    def _read(self, job: Job[Request], value: bytes) -> tuple[Reply, None]:
        job.worker.has_data = True
        reply: Reply = pickle.loads(value)
        return reply, None

    def cancel(self, jobs: Sequence[Job[Request]]) -> None:
        """Stop these jobs; their slots are free then."""
        for job in jobs:
            self.free(job)
        if jobs and self._cluster.is_reached:
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                bounded(lambda: self._cluster.client.cancel([job.future for job in jobs]), _SECONDS_PER_ANSWER)


def is_death(error: BaseException | None) -> bool:
    """Return whether this says that whoever was at a job has died."""
    return isinstance(error, SiteEndedError | KilledWorker)
