"""A search on a Dask cluster of four machines beside the local pool with as many processes: same results, bytes, time.

Each machine is a network namespace of this one with one worker of one thread; the scheduler has a fifth. The processors
are shared by all, so that what the cluster takes more is its own cost: its processes' start, the copies of the data,
and what Dask does beside the fits. Workers run without Dask's profiler, as docs/cluster.md advises. It needs Linux, and
root.

    python benchmarks/dask_network.py                     digits and Fashion-MNIST
    python benchmarks/dask_network.py --spaces digits     one of them
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from machine import processor
from support.dask_clusters import Processes
from support.namespaces import Namespaces, why_not

import kerasgrid
from kerasgrid.run.run import Run
from kerasgrid.workers.dask import DaskFitter

N = 4
QUIET = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
"""Dask looks a hundred times a second at what each thread of a worker does, which here is to wait."""

AXES = {"hidden_units": [[64], [128]], "learning_rate": [0.003, 0.001], "activation": ["relu", "tanh"]}
SPACES: Mapping[str, Mapping[str, Any]] = {
    "digits": {"dataset": "digits", "cv": 3, "params": {**AXES, "epochs": 400}},
    "fashion_mnist": {"dataset": "fashion_mnist", "cv": 3, "params": {**AXES, "batch_size": 512, "epochs": 24}},
}


def searched(name: str, folder: Path, **options: Any) -> Run:
    """Search one of the spaces, and return its run."""
    return kerasgrid.search({"name": name, **SPACES[name]}, out=folder, progress=False, **options)


def seconds_of(run: Run) -> float:
    """Return the seconds from the first fit's start to the last one's end: without starts of processes and data."""
    stints = [result.stint for result in run.results if result.stint is not None]
    return max(stint.ended for stint in stints) - min(stint.began for stint in stints)


def told(run: Run) -> Any:
    """Return what two searches must have alike."""
    frame = run.to_frame()
    return frame[[name for name in frame.columns if "time" not in name and "seconds" not in name]]


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spaces", nargs="+", choices=list(SPACES), default=list(SPACES))
    parser.add_argument("--times", type=int, default=2, help="how often each is searched")
    options = parser.parse_args()
    if (reason := why_not()) is not None:
        raise SystemExit(reason)
    print(processor())
    for name in options.spaces:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            for number in range(options.times):
                here = searched(name, folder / f"here{number}", jobs=N)
                (folder / f"of{number}").mkdir()
                with (
                    Namespaces(N + 1) as net,
                    Processes(folder / f"of{number}", net.inside, net.address, QUIET) as started,
                ):
                    for worker in range(N):
                        started.start_worker(worker)
                    with started.client() as client:
                        client.wait_for_workers(N, timeout=120)
                        before = [net.bytes_sent_to(worker) for worker in range(N)]
                        there = searched(name, folder / f"there{number}", fitter=DaskFitter(client))
                        sent = [(net.bytes_sent_to(worker) - before[worker]) / 1e6 for worker in range(N)]
                same = "the same results" if told(here).equals(told(there)) else "OTHER RESULTS"
                took = seconds_of(here), seconds_of(there)
                print(
                    f"{name}: {len(there.results)} fits, {same}; local pool {took[0]:.1f} s,",
                    f"four machines {took[1]:.1f} s: efficiency {took[0] / took[1]:.2f};",
                    f"MB to each {', '.join(f'{one:.1f}' for one in sent)}",
                )


if __name__ == "__main__":
    main()
