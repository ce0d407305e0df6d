"""kerasgrid export and watch on the command line: what they print and how they exit."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.plans import plan_of
from support.searches import searched

from kerasgrid.fits.fake import FakeFitter


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A current folder with a run."""
    folder = tmp_path_factory.mktemp("here")
    searched(plan_of(), folder / "runs" / "tiny", FakeFitter(lambda fit: 0.5))
    return folder


def start(here: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "kerasgrid", *arguments],
        cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(here: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(here, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_export_says_where_and_how_to_open_it(here: Path) -> None:
    assert ended(here, "export", "tiny", "--to", "csv") == (0, "runs/tiny/trials.csv\n", "")
    assert (here / "runs/tiny/trials.csv").read_bytes() == (here / "runs/tiny/results.csv").read_bytes()


def test_export_to_tensorboard_imports_no_tensorflow(here: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    code = (
        "import sys; from kerasgrid.api.opening import export_run; print(export_run('tiny', 'tensorboard', None)[1]);"
        "sys.exit('tensorflow' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "tensorboard --logdir runs/tiny/tensorboard\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny", "--to", "xml"], "--to: must be one of csv, parquet, json, tensorboard, optuna, got xml"),
        (["tinny", "--to", "csv"], "tinny: there is no run here (did you mean tiny?)"),
    ],
)
def test_export_refuses(here: Path, arguments: list[str], message: str) -> None:
    assert ended(here, "export", *arguments) == (2, "", f"kerasgrid: {message}\n")


@pytest.mark.parametrize("run", ["tiny", "later"])
def test_ctrl_c_ends_watching_with_exit_code_0(here: Path, run: str) -> None:
    process = start(here, "watch", run, "--port", "0")
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        port = int(address.removeprefix("http://127.0.0.1:").removesuffix("/"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/state.json")
        assert connection.getresponse().status == 200
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "")
    assert err == ("" if run == "tiny" else "kerasgrid: waiting for the run later\n")


def test_watch_names_a_port_in_use(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = f"kerasgrid: port {port}: is in use (choose another with --port)\n"
        assert ended(here, "watch", "tiny", "--port", str(port)) == (2, "", message)
    code, _, err = ended(here, "watch", "tiny", "--port", "65536")
    assert code == 2
    assert "--port" in err
