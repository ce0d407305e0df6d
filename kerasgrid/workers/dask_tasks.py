"""What runs inside the workers of a Dask cluster. They import it by name, and know nothing of the run's folder."""

from __future__ import annotations

import asyncio
import pickle
import platform
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Worker, get_worker

from kerasgrid.system.devices import CPU
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers.in_place import InPlace
from kerasgrid.workers.places import kinds_here
from kerasgrid.workers.site import Trade
from kerasgrid.workers.site_of import Files, NoDataError, OtherWorkerError, Site, SiteEndedError

_SECONDS_BETWEEN_LOOKS = 2.0
_SECONDS_PER_ANSWER = 10.0
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks.

    Attributes:
        name: What no other search is called.
        data_key: What the data is called in the workers: as long as it is there, somebody wants something of them.
        trade: What the processes of a site can do.
    """

    name: str
    data_key: str
    trade: Trade


@dataclass(frozen=True, slots=True)
class Described:
    """A worker of a cluster.

    Attributes:
        name: What no other process is called: a worker that is started anew may have the address that it had.
        machine: The name of its machine.
        processor: What kind of processor it has.
        versions: Of the packages that bear on numbers.
        devices: What the devices are called that its processes would see, by their kind.
    """

    name: str
    machine: str
    processor: str
    versions: Mapping[str, str]
    devices: Mapping[str, Sequence[str]] = field(default_factory=dict)


_sites: dict[tuple[str, str], Site | InPlace] = {}
_lock = threading.Lock()


def describe(dask_worker: Worker) -> Described:
    """Return what this process is."""
    devices = {kind.name: tuple(kind.places()) for kind in kinds_here() if kind.name != CPU}
    return Described(dask_worker.id, platform.node(), processor(), installed_versions(), devices)


def processor() -> str:
    """Return the kind of this machine's processor; two of the same compute the same numbers."""
    name = platform.machine()
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{name} {platform.processor()}".strip()
    told = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{name} {next(told, '')}".strip()


def train(session: bytes, message: bytes, data: Files | None, sources: Mapping[str, bytes]) -> bytes:
    """Answer requests in a child of this machine; a task of the cluster.

    Args:
        session: A pickled :class:`Session`: who asks.
        message: What is asked, pickled: for which worker it is, which of its children
            answers, from 0, and an :class:`Asked`.
        data: The data; None where this worker has begun with it.
        sources: The source texts of modules that the requests need, by their file names.

    Returns:
        A pickled :class:`Reply`.
    """
    worker = get_worker()
    key = str(worker.get_current_task())

    def is_wanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is not None and state.state in ("executing", "long-running") and _is_open(worker)

    name, slot, asked = pickle.loads(message)
    if name != worker.id:
        raise OtherWorkerError("the worker was started anew")
    site = _site_of(worker, pickle.loads(session), data)
    site.take_modules(sources)
    return pickle.dumps(site.ask(slot, asked, is_wanted))


def end_session(name: str, dask_worker: Worker) -> None:
    """Stop whatever this worker does for a session."""
    site = _sites.pop((dask_worker.address, name), None)
    if site is not None:
        site.close()


def _site_of(worker: Worker, session: Session, data: Files | None) -> Site | InPlace:
    # Several workers may be in one process.
    key = worker.address, session.name
    with _lock:
        site = _sites.get(key)
        if site is None or site.is_closed:
            if data is None:
                raise NoDataError
            try:
                make = InPlace if session.trade.in_place else Site
                site = _sites[key] = make(session.trade, session.data_key, data, worker.state.nthreads)
            except OSError as error:
                raise SiteEndedError(f"no training process can be started: {error}") from error
            threading.Thread(target=_end_when_unwanted, args=(worker, session.name, site), daemon=True).start()
        # It may have been sent anew meanwhile.
        site.data_key = session.data_key
        return site


def _end_when_unwanted(worker: Worker, name: str, site: Site | InPlace) -> None:
    """End the site once its search has let go of the data, or was killed: the scheduler lets go of it then."""
    while not site.is_closed and _is_open(worker) and (site.is_busy or _is_there(worker, site.data_key)):
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    with _lock:
        if _sites.get((worker.address, name)) is site:
            del _sites[worker.address, name]
    site.close()


def _is_there(worker: Worker, key: str) -> bool:
    """Return whether anybody still holds something; where the scheduler does not say, yes."""
    if key in worker.data:
        return True

    async def ask() -> Any:
        return await worker.scheduler.who_has(keys=[key])

    try:
        asked = asyncio.run_coroutine_threadsafe(ask(), worker.loop.asyncio_loop)
        return any(asked.result(_SECONDS_PER_ANSWER).values())
    except (OSError, TimeoutError, RuntimeError):
        return True


def _is_open(worker: Worker) -> bool:
    return worker.status.name in ("running", "paused", "init", "closing_gracefully")
