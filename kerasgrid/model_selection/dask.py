"""The tasks of a search on the Dask cluster that joblib was told to use."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from joblib.parallel import get_active_backend

from kerasgrid.model_selection.bundles import Bundle
from kerasgrid.model_selection.crew import TaskCrew
from kerasgrid.model_selection.handler import task_handler
from kerasgrid.model_selection.task import Outcome, Task


def active_client() -> Any:
    """Return the client of the cluster that ``joblib.parallel_config(backend="dask")`` names; None outside of one."""
    distributed = sys.modules.get("distributed")
    client = getattr(get_active_backend()[0], "client", None)
    return client if distributed is not None and isinstance(client, distributed.Client) else None


def dask_crew(tasks: Sequence[Task], n_workers: int | None, client: Any) -> Any:
    """Return a crew that has tasks evaluated by a cluster; used as a context manager.

    Args:
        tasks: All of them; data and splits go to each worker once.
        n_workers: How many are evaluated at the same time at most; None for as many as the workers have threads.
        client: The cluster's.

    Raises:
        RunError: One holds an estimator of Keras, and this machine cannot train.
    """
    from kerasgrid.workers.dask_cluster import Cluster
    from kerasgrid.workers.dask_crew import DaskCrew
    from kerasgrid.workers.dask_data import Scattered, files_of, sources_of
    from kerasgrid.workers.dask_jobs import Job, Jobs
    from kerasgrid.workers.site import Trade

    crew = TaskCrew(tasks)
    cluster: Cluster[Job[Bundle]] = Cluster(client)
    trade = Trade(task_handler, rest_of_sent, tuple(crew._preload), crew._modules)
    jobs: Jobs[Bundle] = Jobs(cluster, trade, Scattered(client, files_of(crew._furnish)))
    jobs.take_modules(sources_of(crew._modules))
    found: DaskCrew[Bundle, Outcome] = DaskCrew(cluster, crew, jobs, n_workers)
    return found


def rest_of_sent(request: Sequence[Any]) -> Sequence[Any] | None:
    """Return what is left of a bundle that was sent, after its first outcome."""
    return request[1:] or None
