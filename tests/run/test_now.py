"""What a search is at: told cheaply, and by nobody who is not there any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.plans import plan_of
from support.searches import score, searched

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import AtWork
from kerasgrid.run.now import FILE, Now, Working, working
from kerasgrid.run.store import Store

CANDIDATE = Candidate({"model": "mlp", "hidden_units": (64, 32), "epochs": 3})


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def at(worker: str, fold: int = 0, since: float = 1.8e9) -> AtWork:
    return AtWork(worker, Fit(CANDIDATE, fold), since)


def test_what_the_workers_are_at_comes_back(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path):
        now = Now(tmp_path)
        assert working(tmp_path) is None
        looks = AtWork("node-7 · 2", Fit(CANDIDATE, 1, 2, pauses=True), 1.8e9)
        now.tell(lambda: [at("1"), looks])
        found = working(tmp_path)
        assert found == Working((at("1"), looks))
        assert found.fits[1].fit.pauses
        now.does("training the best candidate on all training data")
        doing = working(tmp_path)
        assert doing is not None
        assert (doing.fits, doing.does) == ((), "training the best candidate on all training data")
        now.end()
        assert working(tmp_path) is None


def test_when_it_ends_is_told_if_its_time_is_limited(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path):
        now = Now(tmp_path, seconds=60.0)
        before = time.time()
        now.does("starting the workers")
        first = working(tmp_path)
        now.tell(lambda: [at("1")])
        for found in (first, working(tmp_path)):
            assert found is not None
            assert found.ends == pytest.approx(before + 60.0, abs=1.0)


def test_it_is_written_once_a_second_however_many_fits_there_are(tmp_path: Path) -> None:
    clock, asked = Clock(), []

    def found(fold: int) -> list[AtWork]:
        asked.append(fold)
        return [at("1", fold)]

    def on_disk() -> int:
        fold: int = json.loads((tmp_path / FILE).read_text())["fits"][0]["fold"]
        return fold

    now = Now(tmp_path, clock)
    assert now.tell(lambda: found(0)) == float("inf")
    for fold in range(1, 1000):
        clock.now += 0.0005
        assert 0 < now.tell(lambda fold=fold: found(fold)) <= 1.0  # type: ignore[misc]
    # Not even asked for meanwhile; who waits is told when to come again.
    assert (asked, on_disk()) == ([0], 0)
    clock.now = 101.0
    now.tell(lambda: found(999))
    assert (asked, on_disk()) == ([0, 999], 999)
    # What stays as it is is not written again.
    clock.now = 200.0
    (tmp_path / FILE).unlink()
    assert now.tell(lambda: found(999)) == float("inf")
    assert not (tmp_path / FILE).exists()


def test_what_is_done_next_is_told_at_once(tmp_path: Path) -> None:
    now = Now(tmp_path, Clock())
    now.does("choosing what to try next")
    assert now.tell(lambda: [at("1")]) == float("inf")
    assert "fits" in json.loads((tmp_path / FILE).read_text())


def test_a_disk_that_does_not_take_it_ends_nothing(tmp_path: Path) -> None:
    now = Now(tmp_path / "gone")
    now.does("training")
    now.end()
    assert working(tmp_path / "gone") is None


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '{"process": 0}', '{"fits": [1]}', '{"process": PID, "fits": [{}]}']
)
def test_what_is_no_such_file_tells_nothing(tmp_path: Path, text: str) -> None:
    with Store.create_or_open(tmp_path):
        (tmp_path / FILE).write_text(text.replace("PID", str(os.getpid())))
        assert working(tmp_path) is None


def test_a_search_tells_what_it_is_at_and_nothing_when_it_has_ended(tmp_path: Path) -> None:
    seen: list[Working | None] = []
    fitter = FakeFitter(score, on_fit=lambda fit: seen.append(working(tmp_path)))
    searched(plan_of(), tmp_path, fitter)
    assert seen[0] is not None
    assert [(one.worker, one.fit) for one in seen[0].fits] == [("1", fitter.trained[0])]
    # Before the refit, which is no fit of a fold.
    assert seen[-1] is not None
    assert seen[-1].does == "training the best candidate on all training data"
    assert not (tmp_path / FILE).exists()


def test_a_search_that_is_interrupted_tells_nothing_either(tmp_path: Path) -> None:
    def interrupt(fit: Fit) -> None:
        raise KeyboardInterrupt

    searched(plan_of(), tmp_path, FakeFitter(score, on_fit=interrupt))
    assert not (tmp_path / FILE).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from kerasgrid.run.now import Now
from kerasgrid.run.store import Store
folder = Path(sys.argv[1])
store = Store.create_or_open(folder)
Now(folder).does("training")
print("there", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_search_has_left_counts_for_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        found = working(tmp_path)
        assert found is not None
        assert found.does == "training"
        process.kill()
        process.wait()
    assert (tmp_path / FILE).exists()
    assert working(tmp_path) is None
    # Nor for what the next search in the folder is at.
    with Store.create_or_open(tmp_path):
        assert working(tmp_path) is None
        Now(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_who_gives_no_sign_of_life_any_more_counts_for_nothing(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path):
        Now(tmp_path).does("training")
        assert working(tmp_path) is not None
        long_ago = (tmp_path / "run.lock.holder").stat().st_mtime - 60
        os.utime(tmp_path / "run.lock.holder", (long_ago, long_ago))
        assert working(tmp_path) is None
