"""Two commands on one run: a second writer is told who holds it, and what reads goes on reading."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from support.written import Ended, called, write

import kerasgrid
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.run.store import Store
from kerasgrid.watch.live import LiveRun

Call = Callable[..., Ended]

RATES = [0.0001 * number for number in range(1, 401)]

SEARCH = """
import sys, time
from pathlib import Path
import kerasgrid
from kerasgrid.fits.fake import FakeFitter

def unhurried(fit):
    time.sleep(0.02)
    print("fit", flush=True)

fitter = FakeFitter(lambda fit: 1.0 - fit.candidate["learning_rate"], on_fit=unhurried)
kerasgrid.search("tiny.json", out="runs/tiny", fitter=fitter, progress=False)
"""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tiny.json", params={"hidden_units": [[4]], "learning_rate": RATES, "epochs": 2})
    return partial(called, monkeypatch, capsys)


@pytest.fixture
def searching(call: Call) -> Iterator[subprocess.Popen[str]]:
    """A search in a process of its own, that has trained some fits and goes on for seconds."""
    with subprocess.Popen([sys.executable, "-c", SEARCH, "my data"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(10):
            assert process.stdout.readline() == "fit\n"
        yield process
        process.kill()


def n_fits() -> int:
    with Store.open_readonly(Path("runs/tiny")) as store:
        return len(store.everything())


def test_what_reads_goes_on_while_a_search_writes(call: Call, searching: subprocess.Popen[str]) -> None:
    before = n_fits()
    shown = call("show", "tiny")
    assert shown.code == 0, shown.err
    assert "1     0.99" in shown.out
    reported = call("report", "tiny")
    assert reported.code == 0, reported.err
    assert Path("runs/tiny/report.html").stat().st_size > 0
    exported = call("export", "tiny", "--to", "json", "--out", "trials.json")
    assert exported.code == 0, exported.err
    assert len(json.loads(Path("trials.json").read_text(encoding="utf-8"))) >= before // 2
    answers = LiveRun("tiny", lambda: Path("runs/tiny")).answers()
    page = answers["/"]()
    assert page is not None
    assert b"tiny" in page.content
    assert searching.poll() is None
    assert n_fits() > before


@pytest.mark.parametrize("command", [("search", "tiny.json"), ("confirm", "tiny")])
def test_a_second_writer_is_told_who_writes(
    call: Call, searching: subprocess.Popen[str], command: tuple[str, ...]
) -> None:
    ended = call(*command)
    assert ended.code == 2
    lines = [line for line in ended.err.splitlines() if line.startswith("kerasgrid:")]
    (line,) = lines
    told = f"kerasgrid: runs/tiny: another search is writing here (process {searching.pid} on this machine, since 20"
    assert line.startswith(told)
    assert line.endswith(" UTC: -c my data)")
    assert searching.poll() is None


def test_a_killed_writer_holds_nothing(call: Call, searching: subprocess.Popen[str]) -> None:
    searching.send_signal(signal.SIGKILL)
    searching.wait()
    kept = n_fits()
    assert kept >= 9  # the tenth had begun
    fitter = FakeFitter(lambda fit: 1.0 - float(str(fit.candidate["learning_rate"])))
    kerasgrid.search("tiny.json", out="runs/tiny", fitter=fitter, progress=False)
    assert len(fitter.trained) == 2 * len(RATES) - kept
    assert not Path("runs/tiny/run.lock.holder").exists()
