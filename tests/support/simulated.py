"""A cluster that is none: clients, workers and time are made up, and what hands out fits is the real thing.

A thousand workers train a hundred thousand fits in as much time as handing them out takes. Nothing sleeps: when nobody
has anything to do, the clock goes on to whatever ends next.
"""

from __future__ import annotations

import heapq
import itertools
import pickle
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from queue import Empty
from types import SimpleNamespace
from typing import Any

from distributed import KilledWorker

from kerasgrid.fits.fit import Fit
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers import dask_asking, dask_cluster, dask_crew, dask_data, dask_jobs, dask_trouble
from kerasgrid.workers.crew import PROGRAMS_PER_WORKER
from kerasgrid.workers.dask_cluster import Cluster
from kerasgrid.workers.dask_crew import DaskCrew
from kerasgrid.workers.dask_data import Scattered
from kerasgrid.workers.dask_jobs import Jobs
from kerasgrid.workers.dask_tasks import Described
from kerasgrid.workers.local import FitCrew
from kerasgrid.workers.site import Reply
from kerasgrid.workers.site_of import NoDataError, OtherWorkerError, SiteEndedError
from support.dask_fits import FAKE, score_of, small_work


class Clock:
    """Time that goes on by leaps; on request, what this process computes takes time, too.

    Args:
        counts_work: Whether it does.
    """

    def __init__(self, *, counts_work: bool = False) -> None:
        self._leapt = 0.0
        self._counts_work = counts_work
        self._since = time.perf_counter()

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return self._leapt + (time.perf_counter() - self._since if self._counts_work else 0.0)

    def sleep(self, seconds: float) -> None:
        """Leap ahead."""
        self._leapt += max(0.0, seconds)


class Task:
    """What stands for a task's result: a future of Dask's, as far as it is used."""

    def __init__(self) -> None:
        self.status = "pending"
        self.value: Any = None
        self._told: list[Callable[[Any], None]] = []

    def add_done_callback(self, tell: Callable[[Any], None]) -> None:
        self._told.append(tell)

    def end(self, status: str, value: Any = None) -> None:
        if self.status == "pending":
            self.status, self.value = status, value
            for tell in self._told:
                tell(self)

    def result(self) -> Any:
        return self.value

    def exception(self) -> Any:
        return self.value


@dataclass(eq=False)
class Simulated:
    """A worker: its name, its machine, and the programs that the process beside each of its threads has."""

    address: str
    name: str
    machine: str
    n_threads: int
    has_data: bool = False
    programs: dict[int, list[str]] = field(default_factory=dict)
    tasks: set[Task] = field(default_factory=set)


class Ended:
    """In the place of the queue of jobs that have ended: who waits for the next lets time go on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: deque[Any] = deque()

    def put(self, job: Any) -> None:
        self._jobs.append(job)

    def get(self, timeout: float = 0.0) -> Any:
        if timeout == 0 and self._jobs:
            return self._jobs.popleft()
        end = self._world.clock.now() + timeout
        while not self._jobs and self._world.happens(end):
            pass
        if not self._jobs:
            raise Empty
        return self._jobs.popleft()


class World:
    """Workers, and what happens to them; it is the client, too.

    Args:
        seconds_of: What each fit takes.
        build_seconds: What building a program takes, once in each training process.
        per_task: What the cluster's scheduler takes of a task, one after the other.
        on_the_way: How long a task and its answer travel.
        clock: The time.

    Attributes:
        most_seconds: It is an error if the time goes on for longer than this: somebody waits for ever.
    """

    def __init__(
        self,
        seconds_of: Callable[[Fit], float],
        build_seconds: float = 1.0,
        per_task: float = 0.0,
        on_the_way: float = 0.001,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.status = "running"
        self.workers: dict[str, Simulated] = {}
        self.n_tasks = 0
        self.most_seconds = 1e9
        self.busy_seconds = 0.0
        self._seconds_of, self._build, self._per_task = seconds_of, build_seconds, per_task
        self._on_the_way = on_the_way
        self._versions = installed_versions()
        self._scheduler_free = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._n_workers = itertools.count()

    def add(self, n_threads: int = 1, machine: str = "", address: str = "") -> Simulated:
        """Start a worker."""
        number = next(self._n_workers)
        address = address or f"tcp://{number}"
        made = Simulated(address, f"worker-{number}", machine or f"machine-{number}", n_threads)
        self.workers[address] = made
        return made

    def kill(self, address: str) -> None:
        """End a worker amid whatever it is at; its tasks go nowhere, as nobody else may have them."""
        killed: Any = KilledWorker("task", SimpleNamespace(address=address), 1)  # type: ignore[arg-type]
        for task in self.workers.pop(address).tasks:
            self.at(self.clock.now(), partial(task.end, "error", killed))

    def at(self, when: float, do: Callable[[], None]) -> None:
        """Have something happen."""
        heapq.heappush(self._events, (when, next(self._order), do))

    def happens(self, until: float) -> bool:
        """Go on to what happens next, but not further than this; return whether anything has."""
        assert self.clock.now() < self.most_seconds, "somebody waits for ever"
        if not self._events or self._events[0][0] > until:
            self.clock.sleep(until - self.clock.now())
            return False
        when, _, do = heapq.heappop(self._events)
        self.clock.sleep(when - self.clock.now())
        do()
        return True

    # As a client.

    def nthreads(self) -> dict[str, int]:
        return {address: worker.n_threads for address, worker in self.workers.items()}

    def run(self, function: Any, *args: Any, workers: Sequence[str], on_error: str) -> dict[str, Any]:
        found = [self.workers[address] for address in workers if address in self.workers]
        return {one.address: Described(one.name, one.machine, "made up", self._versions) for one in found}

    def scatter(self, content: dict[str, Any], broadcast: bool) -> dict[str, Task]:
        made = Task()
        made.end("finished")
        return dict.fromkeys(content, made)

    def who_has(self, futures: Sequence[Any]) -> dict[str, list[str]]:
        return {"data": list(self.workers)}

    def cancel(self, futures: Sequence[Task]) -> None:
        for task in futures:
            task.end("cancelled")

    def gather(self, futures: Sequence[Task]) -> list[Any]:
        return [task.value for task in futures]

    def submit(self, function: Any, session: bytes, message: bytes, data: Any, *_: Any, **options: Any) -> Task:
        task, (address,) = Task(), options["workers"]
        name, slot, asked = pickle.loads(message)
        self.n_tasks += 1
        now = self.clock.now()
        self._scheduler_free = max(self._scheduler_free, now) + self._per_task
        begins = self._scheduler_free + self._on_the_way / 2
        worker = self.workers.get(address)
        if worker is None:
            return task  # It waits for a worker that will not come.
        if worker.name != name:
            self.at(begins, partial(task.end, "error", OtherWorkerError("the worker was started anew")))
            return task
        worker.tasks.add(task)
        if data is None and not worker.has_data:
            self.at(begins, lambda: self._end(worker, task, "error", NoDataError()))
            return task
        worker.has_data = True
        seconds, results = 0.0, []
        built = worker.programs.setdefault(slot, [])
        if asked.program not in built:
            if len(built) >= PROGRAMS_PER_WORKER:
                built.clear()
            built.append(asked.program)
            seconds += self._build
        for request in asked.requests:
            for fit in request.fits:
                took = self._seconds_of(fit)
                seconds += took
                results.append(score_of(fit, 40, took))
        self.busy_seconds += seconds
        ends = begins + seconds + self._on_the_way / 2
        self.at(ends, lambda: self._end(worker, task, "finished", pickle.dumps(Reply(results))))
        return task

    def _end(self, worker: Simulated, task: Task, status: str, value: Any) -> None:
        if task in worker.tasks:
            worker.tasks.discard(task)
            task.end(status, value)


@contextmanager
def simulated(world: World, most: int | None = None) -> Iterator[tuple[DaskCrew[Any, Any], FitCrew]]:
    """Have the real crew of a cluster, entered, in this world; and whose requests they are.

    Args:
        world: The world.
        most: How many slots are used at most; None for all.
    """
    modules: tuple[Any, ...] = (dask_asking, dask_cluster, dask_crew, dask_data, dask_jobs, dask_trouble)
    clock = SimpleNamespace(monotonic=world.clock.now, sleep=world.clock.sleep)
    # No call of this client hangs, so that none needs a thread that is waited for.
    instead: dict[str, Any] = {"time": clock, "bounded": lambda call, seconds=0.0: call()}
    kept = [(module, name, getattr(module, name)) for module in modules for name in instead if hasattr(module, name)]
    for module, name, _ in kept:
        setattr(module, name, instead[name])
    try:
        client: Any = world
        cluster: Cluster[Any] = Cluster(client)
        crew = FitCrew(small_work())
        jobs: Jobs[Any] = Jobs(cluster, FAKE, Scattered(client, {"data": b"made up"}))
        jobs.ended = Ended(world)  # type: ignore[assignment]
        with DaskCrew(cluster, crew, jobs, most) as entered:
            yield entered, crew
    finally:
        for module, name, before in kept:
            setattr(module, name, before)


def random_faults(world: World, seed: int, until: float, every: float) -> None:
    """Have workers die, come, and come back under the address that they had, at random times."""
    chance = random.Random(seed)

    def strike() -> None:
        kind = chance.choice(["kill", "add", "again", "site"])
        alive = list(world.workers)
        if kind == "kill" and len(alive) > 1:
            world.kill(chance.choice(alive))
        elif kind == "add":
            world.add(chance.choice([1, 2, 3]))
        elif kind == "again" and alive:
            address = chance.choice(alive)
            world.kill(address)
            world.add(chance.choice([1, 2]), address=address)
        elif kind == "site" and alive:
            worker = world.workers[chance.choice(alive)]
            for task in list(worker.tasks)[:1]:
                worker.programs.clear()
                world._end(worker, task, "error", SiteEndedError("its process ended"))
        if world.clock.now() < until:
            world.at(world.clock.now() + chance.expovariate(1 / every), strike)

    world.at(every, strike)
