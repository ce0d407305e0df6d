"""A request that is no fit's, asked of one worker of a cluster."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Hashable
from queue import Empty
from typing import Any

from kerasgrid.workers.dask_cluster import Cluster, DaskWorker
from kerasgrid.workers.dask_jobs import Job, Jobs, is_death
from kerasgrid.workers.site import Lost
from kerasgrid.workers.site_of import NoDataError

ATTEMPTS = 2
"""How often a request is tried that a worker dies over."""

DIED = "the worker of the cluster died over it, twice"


def asked_of(cluster: Cluster[Job[Any]], jobs: Jobs[Any], request: Any, program: Hashable) -> Any:
    """Return what one worker makes of a request; :class:`Lost` if two died over it.

    Raises:
        WorkersDieError: Nobody is left who could train.
    """
    for _ in range(ATTEMPTS):
        worker, slot = _able(cluster, program)
        job = jobs.send(worker, slot, (request,), program, is_alone=False, is_single=True)
        try:
            while job.future.status == "pending" and worker.address in cluster.workers:
                cluster.look()
                with contextlib.suppress(Empty):
                    jobs.ended.get(timeout=0.5)
            reply, error = jobs.answer(job)
        finally:
            jobs.cancel([job])
        if reply is not None and reply.error is None:
            return reply.results[0]
        if isinstance(error, NoDataError):
            worker.has_data = False
        elif not is_death(error):
            cluster.refuse(worker, str(error if reply is None else reply.error))
    return Lost(DIED)


def _able(cluster: Cluster[Job[Any]], program: Hashable) -> tuple[DaskWorker[Job[Any]], int]:
    """Return a worker and a slot of it, if there is one that has built this program; wait for one if need be."""
    while True:
        cluster.look()
        free = [(worker, slot) for worker in cluster.workers.values() for slot in worker.free]
        if free:
            return max(free, key=lambda place: program in place[0].programs[place[1]])
        cluster.check_patience()
        time.sleep(0.2)
