"""Dask clusters of four machines with a network between them, as far as one machine can have that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.dask_clusters import Processes
from support.dask_fits import FAKE, fake, small_work
from support.namespaces import Namespaces, why_not

import kerasgrid
from kerasgrid.fits.fit import Fit
from kerasgrid.workers.dask import DaskFitter

pytest.importorskip("distributed")
N = 4
reason = why_not()
needs_namespaces = pytest.mark.skipif(reason is not None, reason=str(reason))


@pytest.fixture
def net() -> Iterator[Namespaces]:
    with Namespaces(N + 1) as made:
        yield made


IMPATIENT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s", "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "15s"}
"""Dask's own patience with a machine that does not answer is five minutes; with less, a busy one is taken for gone."""


@pytest.fixture
def env() -> dict[str, str]:
    return {}


@pytest.fixture
def processes(net: Namespaces, tmp_path: Path, env: dict[str, str]) -> Iterator[Processes]:
    with Processes(tmp_path, net.inside, net.address, env) as started:
        for number in range(N):
            started.start_worker(number)
        yield started


@pytest.fixture
def client(processes: Processes) -> Iterator[Any]:
    with processes.client() as connected:
        connected.wait_for_workers(N, timeout=120)
        yield connected


def prepared(client: Any, n_samples: int) -> DaskFitter:
    fitter = DaskFitter(client, trade=FAKE)
    fitter.prepare(small_work(n_samples))
    return fitter


@needs_namespaces
def test_the_data_goes_to_each_worker_once_and_little_with_each_fit(net: Namespaces, client: Any) -> None:
    n_samples, n_fits = 60_000, 400
    size = sum(array.nbytes for array in (small_work(n_samples).dataset.x_train, small_work(n_samples).dataset.y_train))
    before = [net.bytes_sent_to(number) for number in range(N)]
    with prepared(client, n_samples) as fitter:
        fits = [Fit(fake(number), 0) for number in range(n_fits)]
        # The first brings the data.
        results = list(fitter.train([Fit(fake(number, width=5 + number), 1) for number in range(2 * N)]))
        between = [net.bytes_sent_to(number) for number in range(N)]
        results += fitter.train(fits)
        after = [net.bytes_sent_to(number) for number in range(N)]
    assert len(results) == 2 * N + n_fits
    folds = 2 * 4 * n_samples  # the indices of two folds
    for number in range(N):
        # A worker may have it from another, which sends then what it has.
        assert between[number] - before[number] < 1.3 * (size + folds) + 300_000
    assert sum(between) - sum(before) > N * size
    assert (sum(after) - sum(between)) / n_fits < 5_000


@needs_namespaces
@pytest.mark.parametrize("env", [IMPATIENT], ids=["impatient"])
def test_a_machine_that_is_cut_off_is_done_without(net: Namespaces, client: Any) -> None:
    fits, results, is_cut = [Fit(fake(number, 0.5), 0) for number in range(24)], [], False
    with prepared(client, 40) as fitter:
        for result in fitter.train(fits):
            results.append(result)
            if len(results) == 6:
                net.cut(0)
                is_cut = True
    assert is_cut
    assert Counter(result.fit for result in results) == Counter(fits)
    assert {result.status for result in results} == {"ok"}


@pytest.mark.slow
@needs_namespaces
def test_a_search_on_four_machines_is_that_of_this_one(client: Any, tmp_path: Path) -> None:
    space = {
        "name": "digits", "dataset": "digits", "cv": 2,
        "params": {"hidden_units": [[8], [16]], "learning_rate": [0.01, 0.003], "epochs": 3},
    }  # fmt: skip
    runs = [
        kerasgrid.search(space, out=tmp_path / name, progress=False, **options)
        for name, options in {"there": {"fitter": DaskFitter(client)}, "here": {"jobs": 1}}.items()
    ]
    frames = [run.to_frame() for run in runs]
    told = [name for name in frames[0].columns if "time" not in name and "seconds" not in name]
    assert frames[0][told].equals(frames[1][told])
    assert (tmp_path / "there" / "model.keras").exists()
    assert runs[0].final.test == runs[1].final.test
