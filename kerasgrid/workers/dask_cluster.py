"""The workers of a Dask cluster: who is there, who may train, what each is at."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from distributed import Client

from kerasgrid.errors import RunError, WorkersDieError
from kerasgrid.system.devices import CPU, DEVICES
from kerasgrid.system.versions import installed_versions
from kerasgrid.system.words import counted, duration
from kerasgrid.workers.dask_bounded import bounded
from kerasgrid.workers.dask_tasks import Described, describe

_COMPARED = ("kerasgrid", "tensorflow", "keras", "numpy")
"""Packages that must be of one version everywhere."""

_SECONDS_PER_LOOK = 1.0
PATIENCE = 60.0
"""Seconds that a search waits for a worker when there is none, or for the scheduler."""

Job = TypeVar("Job")


@dataclass(slots=True, eq=False)
class DaskWorker(Generic[Job]):
    """A worker process of the cluster.

    Attributes:
        address: Where it is.
        name: What no other process is called.
        machine: The name of its machine.
        jobs: What each of its slots is at; None for nothing.
        programs: What each has built, the latest last.
        has_data: Whether it has begun, and needs no data any more.
        first: The number of its first slot among all of its machine, from 0.
    """

    address: str
    name: str
    machine: str
    jobs: list[Job | None]
    programs: list[list[Hashable]] = field(default_factory=list)
    has_data: bool = False
    first: int = 0

    def __post_init__(self) -> None:
        self.programs = [[] for _ in self.jobs]

    @property
    def running(self) -> list[Job]:
        """What it is at."""
        return [job for job in self.jobs if job is not None]

    @property
    def slots(self) -> list[tuple[str, int]]:
        """What each of its slots is called, by the address."""
        return [(self.address, slot) for slot in range(len(self.jobs))]

    @property
    def free(self) -> list[int]:
        """Its slots that are at nothing."""
        return [slot for slot, job in enumerate(self.jobs) if job is None]

    def label(self, slot: int) -> str:
        """Return what one of its slots is called, for people."""
        return f"{self.machine} · {self.first + slot + 1}"


class Cluster(Generic[Job]):
    """The workers of a cluster that may train.

    Args:
        client: Connected to its scheduler.
        is_mixed: Whether workers may have other versions than this machine.
        patience: Seconds to wait for a worker when there is none, or for the scheduler.

    Attributes:
        client: As given.
        workers: Those that may train, by their addresses.
        say: Is told what the user should know.
        kind: The kind of device that is trained on.
        patience: As given.
    """

    def __init__(self, client: Client, *, is_mixed: bool = False, patience: float = PATIENCE) -> None:
        self.client = client
        self.workers: dict[str, DaskWorker[Job]] = {}
        self.say: Callable[[str], None] = lambda text: None
        self.kind, self._n_threads = CPU, 0
        self._devices: dict[str, set[tuple[str, str]]] = {}
        self._is_mixed = is_mixed
        self.patience = patience
        self._refused: dict[str, str] = {}
        self._told: set[object] = set()
        self._processors: Counter[str] = Counter()
        self.look_soon()
        self._had_workers = time.monotonic()
        self._is_reached = True
        self._has_begun = False

    @property
    def n_slots(self) -> int:
        """How much is done at the same time."""
        return sum(len(worker.jobs) for worker in self.workers.values())

    @property
    def is_reached(self) -> bool:
        """Whether the scheduler answers."""
        return self._is_reached and self.client.status == "running"

    @property
    def machines(self) -> dict[str, int]:
        """How much is done at the same time on each machine."""
        counts: Counter[str] = Counter()
        for worker in self.workers.values():
            counts[worker.machine] += len(worker.jobs)
        return dict(sorted(counts.items()))

    @property
    def kinds(self) -> dict[str, int]:
        """How many devices of each kind there are, as far as workers are known; of the CPU, how many slots."""
        return {CPU: self._n_threads, **{kind: len(names) for kind, names in self._devices.items()}}

    def use(self, kind: str) -> None:
        """Have this kind of device trained on: workers without one are asked for nothing."""
        if kind != self.kind:
            self.kind = kind
            self.workers.clear()
            self._refused.clear()
            self.look_soon()

    def begin(self) -> None:
        """Wait for the first worker, and compare all with this machine.

        Raises:
            RunError: One that is there has other versions, or there is none after all patience.
        """
        self._had_workers, self._has_begun = time.monotonic(), False
        # Each search has data of its own.
        self.workers.clear()
        while True:
            self.look_soon()
            self.look()
            if self.workers:
                break
            self.check_patience()
            time.sleep(0.2)
        self._has_begun = True
        told = ", ".join(f"{machine} ({n})" for machine, n in self.machines.items())
        self._tell(f"{counted(self.n_slots, 'worker')} on {counted(len(self.machines), 'machine')}: {told}")

    def _first_free(self, machine: str, n: int) -> int:
        """Return from which number on so many slots of a machine are nobody's."""
        own = (worker for worker in self.workers.values() if worker.machine == machine)
        taken = {worker.first + slot for worker in own for slot in range(len(worker.jobs))}
        return next(
            first
            for first in range(len(taken) + 1 + max(taken, default=0))
            if taken.isdisjoint(range(first, first + n))
        )

    def look_soon(self) -> None:
        """Have the next look be one, however long the last was ago."""
        self._looked = -1e9

    def look(self) -> list[DaskWorker[Job]]:
        """Look who is there, now and then; return those who have gone.

        Raises:
            RunError: At the beginning, if one has other versions than this machine.
        """
        if time.monotonic() < self._looked + _SECONDS_PER_LOOK:
            return []
        found = self._found()
        self._is_reached = found is not None
        self._n_threads = sum((found or {}).values())
        gone = [worker for address, worker in self.workers.items() if address not in (found or {})]
        for worker in gone:
            del self.workers[worker.address]
        new = {address: n for address, n in (found or {}).items() if address not in {*self.workers, *self._refused}}
        if new:
            self._introduce(new)
        if self.workers:
            self._had_workers = time.monotonic()
        self._looked = time.monotonic()
        return gone

    def forget(self, worker: DaskWorker[Job]) -> None:
        """Take a worker for gone; another one has its address."""
        self.workers.pop(worker.address, None)
        self.look_soon()

    def refuse(self, worker: DaskWorker[Job], words: str) -> None:
        """Ask nothing more of a worker that cannot train."""
        self.workers.pop(worker.address, None)
        self._refuse(worker.address, worker.machine, words)

    def check_patience(self) -> None:
        """Check that there was a worker not long ago.

        Raises:
            WorkersDieError: There was none.
        """
        if time.monotonic() < self._had_workers + self.patience and self.client.status != "closed":
            return
        rule = "no worker of the cluster is left" if self._is_reached else "the cluster's scheduler cannot be reached"
        hint = f"waited {duration(self.patience)}; what is done is kept: run the same command again"
        got = next(reversed(self._refused.values()), None) if self._is_reached else None
        raise WorkersDieError(rule, got=got, hint=hint)

    def _found(self) -> Mapping[str, int] | None:
        """Return the threads of each worker; None if the scheduler does not answer."""
        if self.client.status != "running":
            return None
        try:
            return dict(bounded(self.client.nthreads))
        except (OSError, TimeoutError, RuntimeError):
            return None

    def _introduce(self, new: Mapping[str, int]) -> None:
        try:
            answers = bounded(lambda: self.client.run(describe, workers=list(new), on_error="return"))
        except (OSError, TimeoutError, RuntimeError, ValueError):
            return  # They have gone already, or are asked again later.
        here = installed_versions()
        for address, described in answers.items():
            if isinstance(described, OSError):
                continue
            if not isinstance(described, Described):
                self._refuse(address, "", f"{type(described).__name__}: {described}")
                continue
            self._compare(address, described, here)
            n_slots = self._n_slots(new[address], described)
            if not n_slots:
                self._refuse(address, described.machine, f"it has no {DEVICES[self.kind].label}")
            if address not in self._refused:
                jobs: list[Job | None] = [None] * n_slots
                first = self._first_free(described.machine, n_slots)
                self.workers[address] = DaskWorker(address, described.name, described.machine, jobs, first=first)
        if len(self._processors) > 1:
            kinds = ", ".join(f"{name} ({n})" for name, n in self._processors.most_common())
            self._tell(f"the workers' processors differ, so numbers may in their last digits: {kinds}")

    def _n_slots(self, n_threads: int, described: Described) -> int:
        """Return how much a worker does at the same time: what each of its threads does, or each of its devices."""
        # With --mixed there may be a kerasgrid of before workers told of devices.
        devices: Mapping[str, Sequence[str]] = getattr(described, "devices", {})
        for kind, names in devices.items():
            self._devices.setdefault(kind, set()).update((described.machine, name) for name in names)
        return n_threads if self.kind == CPU else min(n_threads, len(devices.get(self.kind, ())))

    def _compare(self, address: str, described: Described, here: Mapping[str, str]) -> None:
        pairs = [(name, described.versions.get(name, "none"), here.get(name, "none")) for name in _COMPARED]
        other = ", ".join(f"{name} {there}, here {ours}" for name, there, ours in pairs if there != ours)
        if not other:
            pass
        elif self._is_mixed:
            self._tell(f"{described.machine}: {other}")
        elif self._has_begun:
            self._refuse(address, described.machine, other)
            return
        else:
            raise RunError(
                "the workers of the cluster must have this machine's versions, or numbers would differ",
                where=f"{address} ({described.machine})",
                got=other,
                hint="install these there, or allow it with --mixed, in Python mixed=True",
            )
        self._processors[described.processor] += 1

    def _refuse(self, address: str, machine: str, words: str) -> None:
        self._refused[address] = words
        self._tell(f"{address}{f' ({machine})' if machine else ''} is asked for nothing: {words}")

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.say(text)
