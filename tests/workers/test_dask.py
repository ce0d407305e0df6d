"""The Dask fitter on real clusters of this machine: the contract, and every fault that a cluster has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.dask_clusters import Processes, wait_for
from support.dask_fits import FAKE, fake, score_of, small_work
from support.devices import TOY
from support.fitter_contract import FitterContract, good, numbers, workload
from support.toy_device import TELLING

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError, WorkersDieError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.fitter import Fitter, OnDevices
from kerasgrid.models.named import named_builder
from kerasgrid.system.devices import DEVICES
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers.dask import DaskFitter
from kerasgrid.workers.fitters import FITTERS
from kerasgrid.workers.local import LocalFitter

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of two workers with one thread each, with nannies, as ``--nworkers 2 --nthreads 1`` starts them."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


class TestDaskFitter(FitterContract):
    client: Any = None

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _cluster(cls, cluster: Any) -> None:
        cls.client = cluster

    @classmethod
    def make(cls) -> Fitter:
        return DaskFitter(cls.client)


def test_the_numbers_are_those_of_the_local_pool_also_inside_the_workers(cluster: Any, tmp_path: Path) -> None:
    work = workload()
    fits = [Fit(good(number), fold) for number in range(3) for fold in range(2)]
    found = []
    for name, fitter in {
        "beside": DaskFitter(cluster), "inside": DaskFitter(cluster, in_place=True), "local": LocalFitter(1),
    }.items():  # fmt: skip
        fitter.prepare(work)
        with fitter:
            results = {result.fit: numbers(result) for result in fitter.train(fits)}
            final = fitter.refit(good(), 0, tmp_path / f"{name}.keras")
        found.append((results, final.test, (tmp_path / f"{name}.keras").stat().st_size > 0))
    assert found[0] == found[1] == found[2]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path, env={"KERASGRID_TEST_LOG": str(tmp_path / "log")}) as started:
        yield started


@pytest.fixture
def client(processes: Processes) -> Iterator[Any]:
    with processes.client() as connected:
        yield connected


def made(client: Any, **options: Any) -> DaskFitter:
    fitter = DaskFitter(client, trade=FAKE, **options)
    fitter.prepare(small_work())
    return fitter


def trained(fitter: DaskFitter, fits: list[Fit], then: Callable[[int], None] = lambda n: None) -> list[FitResult]:
    """Return the results of fits, and do something after each, by how many there are."""
    results = []
    with fitter:
        for result in fitter.train(fits):
            results.append(result)
            then(len(results))
    return results


def log_of(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def fakes(n: int, seconds: float = 0.0, **options: Any) -> list[Fit]:
    return [Fit(fake(number, seconds, **options), 0) for number in range(n)]


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the training processes that have this test's environment."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            ours = process.environ().get("KERASGRID_TEST_LOG") == str(folder / "log")
        except (psutil.Error, OSError):
            continue
        if ours and "dask" not in command:
            found.append(process)
    return found


@pytest.mark.parametrize("options", [("--no-nanny",), ("--nanny",)], ids=["alone", "with a nanny"])
def test_a_worker_of_several_threads_trains_as_many_fits(
    processes: Processes, client: Any, options: tuple[str, ...]
) -> None:
    processes.start_worker(0, *options, threads=3)
    client.wait_for_workers(1, timeout=60)
    fitter = made(client)
    assert fitter.n_workers == 3
    fits = fakes(9, 0.2)
    with fitter:
        results = list(fitter.train(fits))
        assert Counter(result.fit for result in results) == Counter(fits)
        assert fitter.machines == {os.uname().nodename: 3}
        assert fitter.n_done == {os.uname().nodename: 9}
    stints = [result.stint for result in results if result.stint is not None]
    assert {stint.worker for stint in stints} == {f"{os.uname().nodename} · {n}" for n in (1, 2, 3)}
    assert len(stints) == 9
    assert all(0.2 <= stint.ended - stint.began < 5 for stint in stints)
    assert [result.score("accuracy") for result in results] == [
        score_of(result.fit, 40).score("accuracy") for result in results
    ]


def test_nothing_is_left_of_a_search(processes: Processes, client: Any, tmp_path: Path) -> None:
    processes.start_worker(0)

    def interrupt(n: int) -> None:
        assert processes_of(tmp_path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(made(client), fakes(5, 1.0), interrupt)
    n_begun = len(log_of(tmp_path))
    wait_for(lambda: not processes_of(tmp_path), 20)
    assert client.processing() == dict.fromkeys(client.nthreads(), ())
    assert len(log_of(tmp_path)) == n_begun < 5


def test_the_fits_of_a_worker_that_is_killed_are_trained_by_others(
    processes: Processes, client: Any, tmp_path: Path
) -> None:
    processes.start_worker(0)
    processes.start_worker(1)
    client.wait_for_workers(2, timeout=60)
    fits = fakes(12, 0.3)

    def meanwhile(n: int) -> None:
        if n == 2:
            processes.kill_worker(0)
        if n == 4:  # and one more may come
            processes.start_worker(2)

    results = trained(made(client), fits, meanwhile)
    assert Counter(result.fit for result in results) == Counter(fits)
    assert {result.status for result in results} == {"ok"}
    assert len(log_of(tmp_path)) <= 12 + 1


def test_a_fit_that_kills_its_process_fails_and_the_others_go_on(processes: Processes, client: Any) -> None:
    processes.start_worker(0, threads=2)
    bad, fits = Fit(fake(0, kills=1), 0), fakes(4, 0.1)
    results = {result.fit: result for result in trained(made(client), [bad, *fits])}
    assert set(results) == {bad, *fits}
    assert (results[bad].status, "signal 9" in str(results[bad].error)) == ("failed", True)
    assert {results[fit].status for fit in fits} == {"ok"}


def test_a_slot_that_is_better_off_idle_holds_up_none_of_the_others(processes: Processes, client: Any) -> None:
    # The first slot of a worker is done with its program, and to build that of the second would take longer than
    # to leave it what is left.
    processes.start_worker(0, threads=2)
    client.wait_for_workers(1, timeout=60)
    short, long = Fit(fake(0, 0.6, width=5), 0), fakes(6, 0.3)
    results = trained(made(client), [short, *long])
    assert Counter(result.fit for result in results) == Counter([short, *long])


def test_a_fit_that_kills_its_worker_twice_fails(processes: Processes, client: Any, tmp_path: Path) -> None:
    processes.start_worker(0, "--nanny", threads=2)
    bad, fits = Fit(fake(0, 0.5, kills=2), 0), fakes(6, 0.4)
    results = {result.fit: result for result in trained(made(client), [bad, *fits])}
    assert set(results) == {bad, *fits}
    assert results[bad].status == "failed"
    assert results[bad].error == "the worker of the cluster died over it, twice"
    assert {results[fit].status for fit in fits} == {"ok"}
    assert log_of(tmp_path).count(f"{bad.candidate.id} 0") == 2


def test_nobody_left_is_said_once_after_a_while(processes: Processes, client: Any) -> None:
    processes.start_worker(0)
    n_trained: list[int] = []

    def kill(n: int) -> None:
        n_trained.append(n)
        processes.kill_worker(0)

    with pytest.raises(WorkersDieError, match=r"no worker of the cluster is left.*what is done is kept"):
        trained(made(client, patience=3.0), fakes(5, 0.5), kill)
    assert n_trained == [1]


def test_nobody_there_is_said_too(client: Any) -> None:
    with pytest.raises(WorkersDieError, match="no worker of the cluster is left"), made(client, patience=0.5):
        pass


def test_without_a_scheduler_a_search_ends(processes: Processes, client: Any, tmp_path: Path) -> None:
    processes.start_worker(0)
    assert processes.scheduler is not None
    kill = processes.scheduler.kill
    with pytest.raises(WorkersDieError, match="the cluster's scheduler cannot be reached"):
        trained(made(client, patience=3.0), fakes(5, 0.5), lambda n: kill())
    wait_for(lambda: not processes_of(tmp_path), 40)


def test_a_client_that_is_killed_leaves_nothing_behind(processes: Processes, client: Any, tmp_path: Path) -> None:
    processes.start_worker(0)
    code = f"""
        from support.dask_fits import FAKE, fake, small_work
        from kerasgrid.fits.fit import Fit, FitResult
        from kerasgrid.workers.dask import DaskFitter
        from distributed import Client
        fitter = DaskFitter(Client(scheduler_file={str(processes.file)!r}), trade=FAKE)
        fitter.prepare(small_work())
        with fitter:
            for result in fitter.train([Fit(fake(number, 2.0), 0) for number in range(5)]):
                print(flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    search = subprocess.Popen(command, stdout=subprocess.PIPE, env=env)
    assert search.stdout is not None
    search.stdout.readline()
    search.send_signal(signal.SIGKILL)
    search.wait()
    search.stdout.close()
    wait_for(lambda: not processes_of(tmp_path), 30)
    assert len(log_of(tmp_path)) <= 3
    # And the cluster serves the next.
    assert len(trained(made(client), fakes(3))) == 3


def test_other_versions_are_refused_or_allowed(
    processes: Processes, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.start_worker(0)
    client.wait_for_workers(1, timeout=60)
    here = installed_versions()
    monkeypatch.setattr("kerasgrid.workers.dask_cluster.installed_versions", lambda: {**here, "keras": "2.0"})
    with pytest.raises(RunError, match=rf"this machine's versions.*got keras {here['keras']}, here 2.0.*--mixed"):
        trained(made(client), fakes(1))
    told: list[str] = []
    fitter = made(client, mixed=True)
    fitter.tell(told.append)
    assert len(trained(fitter, fakes(1))) == 1
    name = os.uname().nodename
    assert told == [f"{name}: keras {here['keras']}, here 2.0", f"1 worker on 1 machine: {name} (1)"]


def test_a_builder_of_ones_own_travels_as_source(
    processes: Processes, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.start_worker(0)
    here = tmp_path / "here"
    here.mkdir()
    (here / "of_mine.py").write_text(_BUILDER, encoding="utf-8")
    monkeypatch.syspath_prepend(here)
    monkeypatch.chdir(here)
    name = named_builder("of_mine:net")
    fitter = DaskFitter(client)
    fitter.prepare(workload())
    (result,) = trained(fitter, [Fit(Candidate({"model": name, "epochs": 1}), 0)])
    assert (result.status, result.error) == ("ok", None)
    assert result.n_parameters == 4 * 3 + 3


_BUILDER = """
import keras
def net(params, input_shape, n_outputs):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_outputs, activation="softmax")])
"""


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"needs dask.distributed.*pip install 'kerasgrid\[dask\]'"):
        FITTERS["dask"].make(None, dask="tcp://127.0.0.1:1")


def test_what_is_wrong_with_its_options_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerasgrid.workers.dask._SECONDS_TO_CONNECT", 0.3)
    make = FITTERS["dask"].make
    with pytest.raises(RunError, match=r"give the scheduler once: by --dask ADDRESS or by --dask-file FILE"):
        make(None, dask="tcp://a:1", dask_file="b")
    with pytest.raises(RunError, match=r"give the scheduler once"):
        make(None, mixed=True)
    with pytest.raises(RunError, match=r"nothing.json: there is no such scheduler file"):
        make(None, dask_file=str(tmp_path / "nothing.json"))
    with pytest.raises(RunError, match=r"ca.pem: there is no such file"):
        make(None, dask="tls://127.0.0.1:1", dask_tls_ca="ca.pem")
    with pytest.raises(RunError, match=r"127.0.0.1:1: the cluster's scheduler cannot be reached"):
        make(None, dask="tcp://127.0.0.1:1")


def test_on_devices_a_worker_trains_one_fit_on_each(processes: Processes, client: Any) -> None:
    processes.start_worker(0, "--no-nanny", "--preload", "support.toy_device", threads=3)
    processes.start_worker(1, threads=2)
    client.wait_for_workers(2, timeout=60)
    with DEVICES.with_row(TOY):
        said: list[str] = []
        fitter = DaskFitter(client, trade=TELLING, device="toy")
        fitter.tell(said.append)
        assert isinstance(fitter, OnDevices)
        assert dict(fitter.kinds) == {"cpu": 5, "toy": 2}
        assert fitter.n_workers == 5
        fitter.place("toy")
        assert fitter.n_workers == 2
        fitter.prepare(small_work())
        results = trained(fitter, fakes(12, 0.0))
    assert {result.score("accuracy") for result in results} == {1.0, 2.0}
    assert sum("is asked for nothing: it has no toy" in text for text in said) == 1


def test_a_device_that_no_worker_has_is_refused(processes: Processes, client: Any) -> None:
    fitter = DaskFitter(client, trade=FAKE)
    fitter.ask("gpu")  # nobody is there who could tell
    processes.start_worker(0)
    client.wait_for_workers(1, timeout=60)
    with pytest.raises(RunError, match=r"^--device: there is no GPU here, got gpu"):
        fitter.ask("gpu")
    with pytest.raises(RunError, match=r"^--device: there is no GPU here, got gpu"):
        fitter.place("gpu")
