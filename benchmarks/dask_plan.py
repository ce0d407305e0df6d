"""A thousand workers and a hundred thousand fits, on paper: where a cluster's scheduler or the store is the limit.

Workers, their fits and the time are made up; what hands out fits and takes their results is the real thing. Dask's own
scheduler is a server that takes so long for a task, one after the other.

python benchmarks/dask_plan.py [FITS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.dask_fits import fake, score_of
from support.simulated import World, simulated

from kerasgrid.fits.fit import Fit
from kerasgrid.run.store import Store
from kerasgrid.workers import dask_crew

SLOTS = 1000
PER_TASK = 0.002
"""Seconds that Dask takes of a task: measured on two busy cores, everything on one machine."""

SECONDS = (0.05, 0.5, 2.0, 10.0)
SIZES = {"a quarter of a second": 0.0, "four seconds": dask_crew._SECONDS_PER_SLOT}
"""How long tasks are with a thousand slots, by what they are for each."""


def trained(seconds: float, n: int) -> tuple[float, int, float]:
    """Return which share of the time slots are at work, how many tasks it takes, and milliseconds a fit of ours."""
    world = World(lambda fit: seconds, build_seconds=1.0, per_task=PER_TASK)
    for number in range(SLOTS // 10):
        world.add(10, machine=f"machine-{number}")
    fits = [Fit(fake(number, width=4 + number % 5), 0) for number in range(n)]
    with simulated(world) as (crew, of):
        requests, begun, started = of.requests(fits), world.clock.now(), time.perf_counter()
        assert sum(1 for _ in crew.answers(requests)) == n
        own = time.perf_counter() - started
        return world.busy_seconds / (world.clock.now() - begun) / SLOTS, world.n_tasks, 1000 * own / n


def stored(n: int = 500) -> float:
    """Return milliseconds that a result takes to be on the disk."""
    with tempfile.TemporaryDirectory(dir=".") as folder, Store.create_or_open(Path(folder) / "run") as store:
        results = [score_of(Fit(fake(number), 0), 40) for number in range(n)]
        started = time.perf_counter()
        for number, result in enumerate(results):
            store.put(str(number), result)
        return 1000 * (time.perf_counter() - started) / n


def main() -> None:
    """Print it."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"a result on the disk: {stored():.2f} ms", flush=True)
    for seconds in SECONDS:
        for name, per_slot in SIZES.items():
            dask_crew._SECONDS_PER_SLOT = per_slot
            busy, n_tasks, own = trained(seconds, n)
            print(
                f"{n:,} fits of {seconds} s, tasks of {name}: {SLOTS:,} slots at work {busy:.0%} of the time, "
                f"{n_tasks:,} tasks, {own:.2f} ms a fit here",
                flush=True,
            )


if __name__ == "__main__":
    main()
