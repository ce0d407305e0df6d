"""The local fitter on real, tiny fits: same numbers for any number of workers, and nothing lost when one dies."""

from __future__ import annotations

import errno
import importlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from support.fitter_contract import FitterContract, workload
from support.fitters import local

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.engine.keras_setup import check_backend
from kerasgrid.errors import RunError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.fitter import AtWork, Fitter
from kerasgrid.fits.metric import METRICS
from kerasgrid.fits.workload import Workload
from kerasgrid.workers import crew
from kerasgrid.workers.local import LocalFitter

N = 120


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    generator = np.random.default_rng(0)
    y = np.arange(N) % 3
    x = (generator.random((N, 5)) + 0.5 * y[:, None]).astype(np.float32)
    return Dataset("made", x, y, x[:30] + 0.01, y[:30], "classification", ("a", "b", "c"), "made")


@pytest.fixture(scope="module")
def folds(dataset: Dataset) -> tuple[Fold, ...]:
    return make_folds(dataset, cv=2, validation_split=None, seed=0)


@pytest.fixture(scope="module")
def one(dataset: Dataset, folds: tuple[Fold, ...]) -> Iterator[LocalFitter]:
    """One of a single worker, for all tests that only train by it: a worker takes longer to begin than all its fits."""
    with local(dataset, folds, 1) as fitter:
        yield fitter


def candidate(**params: object) -> Candidate:
    return Candidate({"model": "mlp", "hidden_units": (4,), "epochs": 3, "learning_rate": 0.02, **params})


def by_fit(results: list[FitResult]) -> dict[Fit, FitResult]:
    assert len({result.fit for result in results}) == len(results)
    return {result.fit: result for result in results}


def worker_pids() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


class TestLocalFitter(FitterContract):
    @classmethod
    def make(cls) -> Fitter:
        return LocalFitter(1)


def test_the_numbers_do_not_depend_on_the_workers(dataset: Dataset, folds: tuple[Fold, ...], one: LocalFitter) -> None:
    candidates = [
        candidate(activation=activation, dropout=dropout, optimizer=optimizer)
        for activation, optimizer in (("relu", "Adam"), ("tanh", "RMSprop"))
        for dropout in (0.2, 0.4)
    ]
    fits = [Fit(c, fold) for c in candidates for fold in range(2)]
    ours = by_fit(list(one.train(fits)))
    with local(dataset, folds, 3) as three:
        theirs = by_fit(list(three.train(list(reversed(fits)))))
    assert set(ours) == set(theirs) == set(fits)
    for fit in fits:
        assert ours[fit].status == "ok"
        assert ours[fit].curve == theirs[fit].curve
        assert ours[fit].n_parameters == theirs[fit].n_parameters == 5 * 4 + 4 + 4 * 3 + 3
        assert sorted(ours[fit].curve) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert {len(values) for values in ours[fit].curve.values()} == {3}
    # Candidates share the seeds of a fold, folds do not: other dropout, other numbers.
    assert len({result.curve["loss"][-1] for result in ours.values()}) == len(fits)


def test_each_repeat_has_folds_and_seeds_of_its_own(dataset: Dataset, one: LocalFitter) -> None:
    repeated = make_folds(dataset, cv=2, validation_split=None, seed=0, repeats=2)
    fits = [Fit(candidate(), fold, repeat) for repeat in range(2) for fold in range(2)]
    first = by_fit(list(one.train(fits[:2])))
    with local(dataset, repeated, 1, 2) as twice:
        both = by_fit(list(twice.train(fits)))
    # The first repeat is what it is without a second.
    assert {fit: both[fit].curve for fit in fits[:2]} == {fit: first[fit].curve for fit in fits[:2]}
    assert len({tuple(result.curve["val_loss"]) for result in both.values()}) == 4


def test_a_diverged_fit_stops_and_the_others_go_on(one: LocalFitter) -> None:
    wild = candidate(learning_rate=1e30, optimizer="SGD", epochs=50, hidden_units=(4, 4), activation="linear")
    tame = candidate(optimizer="SGD", epochs=50, hidden_units=(4, 4), activation="linear")
    results = by_fit(list(one.train([Fit(wild, 0), Fit(tame, 0), Fit(wild, 1), Fit(tame, 1)])))
    for fold in range(2):
        diverged = results[Fit(wild, fold)]
        assert diverged.status == "diverged"
        assert diverged.score("accuracy") is None
        assert 1 <= len(diverged.curve["loss"]) < 50
        # They share a program: nothing non-finite may stay in it.
        assert results[Fit(tame, fold)].status == "ok"


def test_a_failed_fit_says_why_and_the_others_go_on(dataset: Dataset, folds: tuple[Fold, ...]) -> None:
    wrong = Candidate({"model": "cnn", "epochs": 1})
    with local(dataset, folds, 2) as fitter:
        results = by_fit(list(fitter.train([Fit(wrong, 0), Fit(candidate(), 0)])))
    assert results[Fit(wrong, 0)].status == "failed"
    assert "the model cnn needs images" in str(results[Fit(wrong, 0)].error)
    assert results[Fit(candidate(), 0)].status == "ok"


def test_the_winner_is_saved_as_a_plain_model(dataset: Dataset, one: LocalFitter, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    final = one.refit(candidate(epochs=30, dropout=0.1), 0, path)
    again = one.refit(candidate(epochs=30, dropout=0.1), 0, tmp_path / "again.keras")
    assert final.status == "ok"
    assert final.model_path == str(path)
    assert final.test is not None
    assert final.test == again.test
    assert sorted(final.curve) == ["accuracy", "loss"]
    matrix = np.array(final.confusion_matrix)
    assert matrix.sum(axis=1).tolist() == [10, 10, 10]
    assert np.trace(matrix) / 30 == pytest.approx(final.test["accuracy"])
    assert sorted(tmp_path.iterdir()) == [tmp_path / "again.keras", path]
    # It loads where kerasgrid is not installed.
    code = f"""
        import sys; sys.path = [p for p in sys.path if "kerasgrid" not in p]
        import keras, numpy as np
        model = keras.models.load_model({str(path)!r})
        assert "kerasgrid" not in sys.modules
        x, y = np.load({str(tmp_path / "x.npy")!r}), np.load({str(tmp_path / "y.npy")!r})
        print(*model.evaluate(x, y, verbose=0))
    """
    np.save(tmp_path / "x.npy", dataset.x_test)
    np.save(tmp_path / "y.npy", dataset.y_test)
    printed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout.split()
    assert float(printed[-2]) == pytest.approx(final.test["loss"], abs=1e-5)
    assert float(printed[-1]) == pytest.approx(final.test["accuracy"], abs=1e-6)


def test_a_refit_after_leaving_the_training_early(dataset: Dataset, folds: tuple[Fold, ...], tmp_path: Path) -> None:
    short, long = candidate(epochs=1), candidate(epochs=10**7)
    path = tmp_path / "model.keras"
    with local(dataset, folds, 1) as fitter:
        for result in fitter.train([Fit(short, 0), Fit(long, 0)]):
            assert result.fit.candidate == short
            break
        final = fitter.refit(short, 0, path)
    assert final.status == "ok"
    assert path.exists()


def test_a_refit_by_a_worker_that_has_died_is_done_by_another(
    dataset: Dataset, folds: tuple[Fold, ...], tmp_path: Path
) -> None:
    before = worker_pids()
    with local(dataset, folds, 1) as fitter:
        list(fitter.train([Fit(candidate(), 0)]))
        (pid,) = worker_pids() - before
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)], 20)
        final = fitter.refit(candidate(), 0, tmp_path / "model.keras")
    assert (final.status, final.error) == ("ok", None)


def test_a_killed_worker_costs_nothing(dataset: Dataset) -> None:
    fits = [Fit(candidate(epochs=200), fold, repeat) for repeat in range(5) for fold in range(2)]
    results = []
    repeated = make_folds(dataset, cv=2, validation_split=None, seed=0, repeats=5)
    before = worker_pids()
    with local(dataset, repeated, 2, 5) as fitter:
        for result in fitter.train(fits):
            results.append(result)
            if len(results) == 2:
                os.kill(min(worker_pids() - before), signal.SIGKILL)
    assert {result.status for result in results} == {"ok"}
    assert set(by_fit(results)) == set(fits)


def test_what_fits_of_one_training_have_reached_is_not_lost_with_its_worker(
    dataset: Dataset, folds: tuple[Fold, ...]
) -> None:
    fits = [Fit(candidate(epochs=epochs, dropout=0.2), 0) for epochs in (1, 2, 1000, 1001)]
    results, before = [], worker_pids()
    with local(dataset, folds, 1) as fitter:
        for result in fitter.train(fits):
            results.append(result)
            if len(results) == 2:
                (pid,) = worker_pids() - before
                os.kill(pid, signal.SIGKILL)
        assert [result.fit for result in results] == fits
        (alone,) = fitter.train(fits[2:3])
    assert {result.status for result in results} == {"ok"}
    assert results[2].curve == alone.curve


def test_longer_fits_are_handed_out_first(dataset: Dataset) -> None:
    falling = [candidate(epochs=epochs, learning_rate_schedule="cosine") for epochs in (1, 5, 3)]
    fits = [Fit(one, 0, repeat) for repeat in range(2) for one in falling]
    repeated = make_folds(dataset, cv=2, validation_split=None, seed=0, repeats=2)
    with local(dataset, repeated, 1, 2) as fitter:
        found = [(result.fit.repeat, result.n_epochs) for result in fitter.train(fits)]
    assert found == [(0, 5), (0, 3), (0, 1), (1, 5), (1, 3), (1, 1)]


DEADLY = """
import os, signal

def build(params, input_shape, n_outputs):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_fit_that_kills_two_workers_fails(
    dataset: Dataset, folds: tuple[Fold, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    deadly = Fit(Candidate({"model": "deadly:build", "epochs": 1}), 0)
    with local(dataset, folds, 1) as fitter:
        results = by_fit(list(fitter.train([Fit(candidate(), 0), deadly, Fit(candidate(), 1)])))
        final = fitter.refit(deadly.candidate, 0, tmp_path / "model.keras")
    assert results[deadly].status == "failed"
    died = "the worker process died (signal 9); perhaps memory ran out, though no other worker was at work"
    assert results[deadly].error == died
    assert (final.status, final.error) == ("failed", died)
    assert results[Fit(candidate(), 0)].status == results[Fit(candidate(), 1)].status == "ok"


def test_workers_are_replaced_after_a_few_programs(
    dataset: Dataset, folds: tuple[Fold, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "PROGRAMS_PER_WORKER", 2)
    n_programs = 3
    fits = [Fit(candidate(hidden_units=(units,), epochs=1), 0) for units in range(1, n_programs + 1)]
    pids, before = set(), worker_pids()
    with local(dataset, folds, 1) as fitter:
        for _ in fitter.train(fits):
            pids |= worker_pids() - before
    assert len(pids) == 2


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    # A plain script without a __main__ guard, killed amid a long fit.
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import multiprocessing
        import numpy as np
        from kerasgrid.data.dataset import Dataset
        from kerasgrid.data.folds import make_folds
        from kerasgrid.fits.fit import Fit
        from kerasgrid.fits.workload import Workload
        from kerasgrid.workers.local import LocalFitter
        from kerasgrid.axes.candidate import Candidate

        x, y = np.zeros((1000, 50), np.float32), np.arange(1000) % 2
        data = Dataset("made", x, y, None, None, "classification", ("a", "b"), "made")
        folds = make_folds(data, cv=None, validation_split=0.5, seed=0)
        short, long = (Candidate({"model": "mlp", "epochs": epochs}) for epochs in (1, 10**6))
        fitter = LocalFitter(1)
        fitter.prepare(Workload(data, folds))
        with fitter:
            for result in fitter.train([Fit(short, 0), Fit(long, 0)]):
                print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        """)
    )
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        pids = process.stdout.readline().split()
        (folder,) = (tmp_path / "tmp").glob("kerasgrid-*")
        time.sleep(1)
        process.send_signal(signal.SIGKILL)
    assert len(pids) == 1
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (folder.exists() or any(psutil.pid_exists(int(pid)) for pid in pids)):
        time.sleep(0.1)
    assert not folder.exists()
    assert not any(psutil.pid_exists(int(pid)) for pid in pids)


def test_a_long_path_for_temporary_files_is_no_obstacle(tmp_path: Path) -> None:
    # As jobs have it on some clusters; a socket's path may have 108 bytes.
    folder = tmp_path / ("job" * 40)
    folder.mkdir()
    code = """
        import tempfile
        from kerasgrid.workers.processes import start_process
        process = start_process(int, ())
        process.join()
        print(process.exitcode, tempfile.gettempdir())
    """
    environment = {**os.environ, "TMPDIR": str(folder)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"0 {folder}\n", "")


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(RunError, match=r"^KERAS_BACKEND: kerasgrid trains with Keras's tensorflow backend, got jax "):
        check_backend()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    check_backend()


def test_a_deadline_ends_the_training_amid_a_fit(dataset: Dataset, folds: tuple[Fold, ...], tmp_path: Path) -> None:
    short, long = candidate(), candidate(epochs=10**6)
    with local(dataset, folds, 1) as fitter:
        assert [result.fit for result in fitter.train([Fit(short, 0)])] == [Fit(short, 0)]
        started = time.monotonic()
        assert list(fitter.train([Fit(long, 0)], Deadline(1))) == []
        assert time.monotonic() - started < 10
        # Its worker is gone with it, and others go on.
        assert fitter.refit(short, 0, tmp_path / "model.keras").status == "ok"


def test_nothing_is_left_behind_where_the_data_cannot_be_written(
    dataset: Dataset, folds: tuple[Fold, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its server starts now, which has a temporary folder of its own.
    fitter = local(dataset, folds, 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    message = "the data cannot be written to the folder for temporary files, got no space left on device (make room"
    with pytest.raises(RunError, match=re.escape(message)) as caught, fitter:
        pass
    assert caught.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def told(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a program of its own tells of the fits that it trains, under a keras.json of the user."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "keras.json").write_text('{"floatx": "float16", "backend": "jax", "image_data_format": "channels_first"}')
    dataset.save(folder / "data")
    code = f"""
        import json, sys
        from pathlib import Path
        from kerasgrid.data.dataset import Dataset
        from kerasgrid.data.folds import make_folds
        from kerasgrid.fits.fit import Fit
        from kerasgrid.fits.workload import Workload
        from kerasgrid.workers.local import LocalFitter
        from kerasgrid.axes.candidate import Candidate
        data = Dataset.load(Path({str(folder / "data")!r}))
        fitter = LocalFitter()
        fitter.prepare(Workload(data, make_folds(data, cv=2, validation_split=None, seed=0)))
        with fitter:
            results = list(fitter.train([Fit(Candidate({dict(candidate())!r}), fold) for fold in range(2)]))
        print(json.dumps({{
            "status": [result.status for result in results],
            "loss": {{result.fit.fold: result.curve["loss"][-1] for result in results}},
            "imported": sorted({{"tensorflow", "keras"}} & set(sys.modules)),
        }}))
    """
    environment = {**os.environ, "KERAS_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["status"] == ["ok", "ok"]
    return found


def test_the_parent_imports_no_tensorflow(told: dict[str, Any]) -> None:
    assert told["imported"] == []


def test_a_keras_json_of_the_user_changes_no_numbers(one: LocalFitter, told: dict[str, Any]) -> None:
    results = one.train([Fit(candidate(), fold) for fold in range(2)])
    assert told["loss"] == {str(result.fit.fold): result.curve["loss"][-1] for result in results}


TOP_TWO = """
from kerasgrid.fits.metric import METRICS, Metric

METRICS.add(
    Metric("top_2", "top-2 accuracy", greater_is_better=True, task="classification", low=0.0, high=1.0,
           terms=lambda tf, targets, outputs: tf.math.in_top_k(targets, outputs, 2))
)
"""


def test_workers_know_the_rows_that_a_module_of_the_users_has_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "top_two.py").write_text(TOP_TWO)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("top_two")
    try:
        fitter, work = LocalFitter(1), workload()
        fitter.prepare(work)
        assert "top_two" in work.modules
        with fitter:
            (result,) = fitter.train([Fit(candidate(), 0)])
            final = fitter.refit(candidate(), 0, tmp_path / "model.keras")
    finally:
        METRICS.remove("top_2")
        del sys.modules["top_two"]
    assert result.status == final.status == "ok"
    assert len(result.curve["top_2"]) == 3
    assert result.score("top_2") == result.curve["val_top_2"][-1]
    assert (result.score("accuracy") or 0.0) <= (result.score("top_2") or 0.0) <= 1.0
    assert final.test is not None
    assert final.test["accuracy"] <= final.test["top_2"] <= 1.0


def test_what_is_not_prepared_cannot_be_entered() -> None:
    with pytest.raises(RuntimeError, match=r"^a fitter must be prepared before it is entered$"), LocalFitter(1):
        pass


def test_it_tells_what_its_workers_are_at(dataset: Dataset, folds: tuple[Fold, ...]) -> None:
    seen: list[list[AtWork]] = []
    fits = [Fit(candidate(learning_rate=0.01 * n), fold) for n in range(1, 4) for fold in range(2)]

    def tell(at_work: Callable[[], Sequence[AtWork]]) -> float:
        seen.append(list(at_work()))
        return 0.05

    began = time.time()
    fitter = LocalFitter(2)
    fitter.tell_work(tell)
    fitter.prepare(Workload(dataset, folds, n_repeats=1))
    with fitter:
        list(fitter.train(fits))
    told = [one for now in seen for one in now]
    assert {one.fit for one in told} <= set(fits)
    assert {one.worker for one in seen[0]} == {"1", "2"}
    assert all(began <= one.since <= time.time() for one in told)
    assert all(len({one.worker for one in now}) == len(now) for now in seen)
