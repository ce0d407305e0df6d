"""When fits were trained on a cluster: what its slots are called, and clocks of machines that differ."""

from __future__ import annotations

import time
from typing import Any

import pytest

pytest.importorskip("distributed")

from support.dask_fits import fake, score_of

from kerasgrid.fits.fit import Fit, Stint
from kerasgrid.workers.dask_cluster import Cluster, DaskWorker
from kerasgrid.workers.dask_jobs import Job
from kerasgrid.workers.site import Lost, Reply


class Client:
    status = "running"


def worker(machine: str, slots: int, first: int = 0) -> DaskWorker[Any]:
    return DaskWorker(f"tcp://{machine}:{first}", f"{machine}-{first}", machine, [None] * slots, first=first)


def test_slots_of_a_machine_have_numbers_of_their_own_whoever_comes_and_goes() -> None:
    cluster: Cluster[Any] = Cluster(Client())  # type: ignore[arg-type]
    for machine, slots in (("a", 2), ("b", 1), ("a", 1), ("a", 2)):
        made = worker(machine, slots, cluster._first_free(machine, slots))
        cluster.workers[made.address] = made
    labels = [one.label(slot) for one in cluster.workers.values() for slot in range(len(one.jobs))]
    assert labels == ["a · 1", "a · 2", "b · 1", "a · 3", "a · 4", "a · 5"]
    del cluster.workers["tcp://a:2"]
    assert cluster._first_free("a", 1) == 2
    assert cluster._first_free("a", 2) == 5
    assert cluster._first_free("c", 3) == 0


def job_sent(seconds_ago: float) -> Job[Any]:
    started = time.monotonic() - seconds_ago
    return Job((), worker("a", 1), 0, is_alone=False, is_new=False, started=started, future=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [(-8.0, -1.0, 0.0), (-3000.0, -2993.0, 2990.0), (592.0, 600.0, -600.0)],
    ids=["right", "late", "early"],
)
def test_a_clock_is_put_right_as_far_as_it_must_be(began: float, ended: float, expected: float) -> None:
    now = time.time()
    results = [score_of(Fit(fake(0), 0), 3).trained(Stint(now + began, now + ended)), Lost("died")]
    assert job_sent(10.0).late_by(Reply(results)) == pytest.approx(expected, abs=0.5)


def test_who_does_not_tell_has_no_clock() -> None:
    assert job_sent(10.0).late_by(Reply([Lost("died"), score_of(Fit(fake(0), 0), 3)])) == 0.0
