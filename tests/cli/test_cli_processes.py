"""The command line in processes of its own, with real training: what is on standard error, interrupts and kills."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from support.written import Ended, called, write, write_irises

from kerasgrid.api.opening import open_run
from kerasgrid.errors import RunError
from kerasgrid.run.store import Store


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command line is called in, with a space in it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tiny.json")
    return tmp_path


def environment() -> dict[str, str]:
    # What a user has, who has set nothing.
    return {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS"))}


def kerasgrid(here: Path, *arguments: str) -> Ended:
    command = [sys.executable, "-m", "kerasgrid", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here, env=environment())
    return Ended(done.returncode, done.stdout, done.stderr)


def assert_progress_only(err: str, *lines: str) -> None:
    """Check the lines on standard error; on a slow machine there may be more of them about the state."""
    states = r"(?:\d+/\d+ fits[^\n]*\((?:\d+\.\d s|\d+ ms)\)\n)*"
    assert re.fullmatch("".join(rf"{line}\n{states}" for line in lines), err), err


Here = Callable[..., Ended]


@pytest.fixture
def kerasgrid_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """The command line in this process, for what does not depend on its being in one of its own."""
    return lambda *arguments: called(monkeypatch, capsys, *arguments)


BEST_KEYS = {
    "name", "params", "model", "metric", "mean", "standard_error", "std", "scores", "folds", "repeats", "confirmed",
    "tie_set", "n_candidates", "n_fits", "status", "test", "final_training", "dataset", "seed", "versions", "created",
    "gain", "ensemble", "baselines", "classes", "targets", "inputs", "columns", "left_out", "device",
}  # fmt: skip


@pytest.mark.slow
def test_a_real_search_over_a_table(here: Path) -> None:
    write_irises(here / "irises.csv")
    params = {"hidden_units": [[8]], "learning_rate": [0.1, 1e-6], "epochs": 20}
    write(here / "irises.json", name="irises", dataset={"path": "irises.csv", "target": "kind"}, params=params)
    ended = kerasgrid(here, "search", "irises.json", "--jobs", "1")
    assert ended.code == 0, ended.err
    assert_progress_only(
        ended.err,
        "  length  number    0 … 2.6",
        "  width   number    0 … 2",
        "  kind    target",
        "kind: 3 classes setosa, versicolor, virginica",
        "length alone predicts the target, by thresholds: if it is not known beforehand, --drop length",
        "width alone predicts the target, each of its values is of one class: .*, --drop width",
        "training 4 fits",
        r"4/4 fits, best accuracy \d\.\d{4} \((?:\d+\.\d s|\d+ ms)\)",
        "training the best candidate on all training data",
    )
    lines = ended.out.splitlines()
    assert lines[0] == "irises"
    assert re.fullmatch(r"1     [01]\.\d{4} ± 0\.\d{4}  (?:\d+\.\d s|\d+ ms)  0\.1", lines[4])
    assert "Refitted on all training data; there is no test set." in lines
    assert lines[-1] == "model:           runs/irises/model.keras"
    best = json.loads((here / "runs/irises/best_params.json").read_text())
    assert set(best) == BEST_KEYS
    assert best["params"] == {"model": "mlp", **params, "hidden_units": [8], "learning_rate": 0.1}
    assert best["mean"] > 0.8
    assert (best["status"], best["test"], best["n_fits"]) == ("complete", None, {"asked": 4, "done": 4})
    assert (here / "runs/irises/model.keras").stat().st_size > 1000
    assert sorted(path.name for path in (here / "runs/irises").iterdir()) == [
        "best_params.json", "curves.html", "curves.png", "model.keras", "report.html", "results.csv",
        "run.lock", "run.sqlite", "space.json", "summary.md",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("drawn")
def test_a_real_search_over_a_regression(here: Path, kerasgrid_here: Here) -> None:
    x = np.random.default_rng(0).random((60, 3), np.float32)
    y = np.stack([x.sum(axis=1), x[:, 0] - x[:, 1]], axis=1)
    np.savez(here / "sums.npz", x_train=x[:50], y_train=y[:50], x_test=x[50:], y_test=y[50:])
    params = {"hidden_units": [[8]], "optimizer": ["Adam", "SGD"], "learning_rate": 0.05, "epochs": 30}
    write(here / "sums.json", name="sums", cv=None, validation_split=0.2, params=params)
    ended = kerasgrid_here("search", "sums.json", "--dataset", "sums.npz", "--jobs", "1")
    assert ended.code == 0, ended.err
    assert_progress_only(
        ended.err,
        "y_train: 2 numbers to predict",
        "training 2 fits",
        r"2/2 fits, best mse \S+ \((?:\d+\.\d s|\d+ ms)\)",
        "training the best candidate on all training data",
    )
    assert ended.out.startswith("sums\n")
    assert re.search(
        r"^Best mse: \S+ \(one hold-out split; the lowest of 2, so a little optimistic\)$", ended.out, re.MULTILINE
    )
    assert re.search(r"^Test set: loss \S+, mse \S+, mae \S+, r2 \S+ \(of 0 \S+, of 1 \S+\)$", ended.out, re.MULTILINE)
    best = json.loads((here / "runs/sums-sums/best_params.json").read_text())
    assert set(best) == BEST_KEYS
    assert (best["metric"], best["folds"], best["standard_error"]) == ("mse", 1, None)
    final = open_run(str(here / "runs/sums-sums")).final
    assert final is not None
    pairs = np.array(final.predictions)
    assert pairs.shape == (2, 10, 2)
    assert pairs[..., 0] == pytest.approx(y[50:].T, abs=1e-6)
    assert np.mean((pairs[..., 0] - pairs[..., 1]) ** 2) == pytest.approx(best["test"]["mse"], rel=1e-4)
    assert (here / "runs/sums-sums/predicted.png").stat().st_size > 1000
    each = {f"{metric} of {target}" for metric in ("mse", "mae", "r2") for target in (0, 1)}
    assert set(best["test"]) == {"loss", "mse", "mae", "r2"} | each
    assert best["test"]["r2"] > 0.5
    assert (here / "runs/sums-sums/model.keras").exists()


def test_a_real_check(here: Path) -> None:
    ended = kerasgrid(here, "check", "digits")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert re.fullmatch(r"time        about \d+\.\d s on \d+ workers?", lines.pop(4))
    assert lines == [
        "digits: the space is valid",
        "data        digits, 1,437 to train, 360 to test, inputs 8×8 (scikit-learn)",
        "candidates  12 × 3 folds = 36 fits, compared by accuracy",
        "a fit       958 samples, 300 iterations",
        "models      4 to compile, 2,410 to 6,570 weights",
        "         2,410 weights, 3 candidates  activation relu, hidden_units 32",
        "         6,570 weights, 3 candidates  activation relu, hidden_units 64×32",
        "         2,410 weights, 3 candidates  activation tanh, hidden_units 32",
        "         6,570 weights, 3 candidates  activation tanh, hidden_units 64×32",
    ]


def search_until(here: Path, n_fits: int) -> subprocess.Popen[str]:
    """Start a search of two short fits that go on as two that never end; return once ``n_fits`` are stored."""
    write_long(here, epochs=[2, 10**7])
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasgrid", "search", "long.json", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=here,
        env=environment(),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while n_stored(here) < n_fits:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.1)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process


def write_long(here: Path, epochs: list[int]) -> None:
    write(here / "long.json", name="long", params={"hidden_units": [[4]], "learning_rate": 0.01, "epochs": epochs})


def n_stored(here: Path) -> int:
    if not (here / "runs/long/run.sqlite").exists():
        return 0
    try:
        with Store.open_readonly(here / "runs/long") as store:
            return len(store.everything())
    except RunError:  # it is just being made
        return 0


def assert_goes_on(here: Path, kerasgrid_here: Here) -> None:
    # The fits that never end made way for others, or so would this test.
    write_long(here, epochs=[2, 3])
    ended = kerasgrid_here("search", "long.json", "--jobs", "1")
    assert ended.code == 0
    assert_progress_only(
        ended.err,
        "reusing 2 of 4 fits",
        "training 2 fits",
        r"4/4 fits, best accuracy \d\.\d{4} \((?:\d+\.\d s|\d+ ms)\)",
        "training the best candidate on all training data",
    )
    assert json.loads((here / "runs/long/best_params.json").read_text())["status"] == "complete"


@pytest.mark.slow
def test_a_real_interrupt(here: Path, kerasgrid_here: Here) -> None:
    process = search_until(here, 2)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert_progress_only(
        err, "training 4 fits", "kerasgrid: interrupted; the same command goes on where this one stopped"
    )
    assert "Incomplete: 2 of 4 fits are done." in out.splitlines()
    assert "best parameters: runs/long/best_params.json" in out.splitlines()
    assert (here / "runs/long/report.html").exists()
    assert json.loads((here / "runs/long/best_params.json").read_text())["status"] == "partial"
    assert_goes_on(here, kerasgrid_here)


@pytest.mark.slow
def test_a_real_kill(here: Path, kerasgrid_here: Here) -> None:
    process = search_until(here, 2)
    process.kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert_progress_only(err, "training 4 fits")
    # What is known can be looked at all the same.
    shown = kerasgrid_here("show", "long")
    assert (shown.code, shown.err) == (0, "")
    assert "Incomplete: 2 of 4 fits are done." in shown.out.splitlines()
    assert_goes_on(here, kerasgrid_here)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_an_interrupt_while_the_workers_are_prepared(here: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "kerasgrid", "search", "tiny.json"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=here, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        # The server that imports TensorFlow: it belongs to the process group, so it gets the interrupt, too.
        while not any("forkserver" in " ".join(child.cmdline()) for child in psutil.Process(process.pid).children()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.removeprefix("training 4 fits\n") == (
        "kerasgrid: interrupted; the same command goes on where this one stopped\n"
    )


INTERRUPTED_AMID_AN_EXEC = """
import os, signal
from kerasgrid.api import searching
from kerasgrid.cli import app as cli

def load_data(*args, **options):
    # As many modules do while they are imported; after it, Python would end by the signal whatever we say.
    exec("os.kill(os.getpid(), signal.SIGINT)\\nwhile True: pass")

searching.dataset_for = load_data
cli.main()
"""


def test_an_interrupt_amid_an_exec_of_text(here: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED_AMID_AN_EXEC, "search", "tiny.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here, env=environment())
    message = "kerasgrid: interrupted; the same command goes on where this one stopped\n"
    assert (done.returncode, done.stdout, done.stderr) == (130, "", message)
