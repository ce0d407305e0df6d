"""Random faults of a Dask cluster: whatever dies whenever, every fit is answered once, with its own numbers.

``KERASGRID_FAULTS=50`` tries so many clusters, instead of one.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.dask_clusters import Processes, kill_all
from support.dask_fits import FAKE, fake, score_of, small_work

from kerasgrid.errors import WorkersDieError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.workers.dask import DaskFitter

pytest.importorskip("distributed")
N_FITS = 30
SEEDS = range(int(os.environ.get("KERASGRID_FAULTS", "1")))
"""More of them on demand."""


class Faults:
    """Does something bad, or good, to a cluster now and then."""

    def __init__(self, processes: Processes, folder: Path, seed: int) -> None:
        self._processes = processes
        self._log = str(folder / "log")
        self._random = random.Random(seed)
        self._n = 0
        self.done: list[str] = []

    def strike(self) -> bool:
        """Do it, or not; return whether the search is to be left."""
        if self._random.random() > 0.25:
            return False
        kinds = ["kill worker", "add worker", "kill site", "leave", "stop worker", "kill scheduler"]
        kind = self._random.choice(kinds)
        self.done.append(kind)
        alive = [number for number, one in self._processes.workers.items() if one.poll() is None]
        if kind == "kill worker" and len(alive) > 1:
            self._processes.kill_worker(self._random.choice(alive))
        if kind == "add worker" and len(alive) < 4:
            self.add_worker()
        if kind == "kill site":
            self._kill_site(self._random.choice(alive))
        if kind == "stop worker":
            self._stop_worker(self._random.choice(alive))
        if kind == "kill scheduler":
            scheduler = self._processes.scheduler
            assert scheduler is not None
            scheduler.kill()
            scheduler.wait()
        return kind == "leave"

    def mend(self) -> None:
        """Start what must be there for anything to go on: a scheduler, and two workers of its."""
        scheduler = self._processes.scheduler
        if scheduler is not None and scheduler.poll() is not None:
            for one in self._processes.workers.values():
                kill_all(one)
            self._processes.start_scheduler()
        while sum(one.poll() is None for one in self._processes.workers.values()) < 2:
            self.add_worker()

    def _stop_worker(self, number: int) -> None:
        """Have a worker not answer for a while, as behind a network that is down."""
        worker = self._processes.workers[number]
        worker.send_signal(signal.SIGSTOP)
        again = threading.Timer(self._random.uniform(1.0, 5.0), worker.send_signal, [signal.SIGCONT])
        again.daemon = True
        again.start()

    def add_worker(self) -> None:
        """Start one more."""
        self._processes.start_worker(self._n, threads=self._random.choice([1, 2]))
        self._n += 1

    def _kill_site(self, number: int) -> None:
        for child in psutil.Process(self._processes.workers[number].pid).children():
            child.kill()


def searched(client: Any, fits: list[Fit], faults: Faults, finished: dict[Fit, FitResult]) -> None:
    """Train what is not finished, and keep it, until it is time to leave or there is no scheduler."""
    fitter = DaskFitter(client, trade=FAKE, patience=3.0)
    fitter.prepare(small_work())
    missing = [fit for fit in fits if fit not in finished]
    # A search ends then, and the same command goes on.
    with suppress(WorkersDieError), fitter:
        for result in fitter.train(missing):
            assert result.fit not in finished, "no fit is trained that is finished"
            finished[result.fit] = result
            if faults.strike():
                return


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_every_fit_is_answered_once(tmp_path: Path, seed: int) -> None:
    fits = [Fit(fake(number, 0.1 if number % 3 else 0.4, width=4 + number % 4), 0) for number in range(N_FITS)]
    finished: dict[Fit, FitResult] = {}
    with Processes(tmp_path, env={"KERASGRID_TEST_LOG": str(tmp_path / "log")}) as processes:
        faults = Faults(processes, tmp_path, seed)
        while len(finished) < N_FITS:
            faults.mend()
            # As after kill -9: another process would have a client of its own.
            with processes.client() as client:
                searched(client, fits, faults, finished)
    assert faults.done, "this seed does nothing"
    assert set(finished) == set(fits)
    # One that was under a worker's death twice is given up, which a run of bad luck brings about.
    ok = [result for result in finished.values() if result.status == "ok"]
    assert len(ok) >= N_FITS - 2
    assert all(result.curve == score_of(result.fit, 40).curve for result in ok)
