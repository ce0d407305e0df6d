"""Worker processes that are started afresh, as on Windows and macOS, instead of forked: the same in all else."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fitter_contract import FitterContract, good, numbers, workload
from support.written import called, write

from kerasgrid.errors import RunError
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.fitter import Fitter
from kerasgrid.workers.local import LocalFitter
from kerasgrid.workers.processes import start_method

METHOD = "KERASGRID_START_METHOD"


@pytest.fixture(scope="class")
def spawned() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(METHOD, "spawn")
        yield patched


@pytest.mark.slow
@pytest.mark.usefixtures("spawned")
class TestSpawnedFitter(FitterContract):
    @classmethod
    def make(cls) -> Fitter:
        return LocalFitter(1)


def trained() -> dict[Fit, tuple[object, ...]]:
    fitter = LocalFitter(1)
    fitter.prepare(workload())
    with fitter:
        return {result.fit: numbers(result) for result in fitter.train([Fit(good(), 0), Fit(good(1), 1)])}


def test_the_numbers_are_those_of_forked_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(METHOD, raising=False)
    forked = trained()
    monkeypatch.setenv(METHOD, "spawn")
    assert {status for status, *_ in forked.values()} == {"ok"}
    assert trained() == forked


@pytest.mark.usefixtures("spawned")
def test_a_whole_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "tiny.json")
    ended = called(monkeypatch, capsys, "search", "tiny.json", "--jobs", "1")
    assert ended.code == 0, ended.err
    best = json.loads((tmp_path / "runs/tiny/best_params.json").read_text(encoding="utf-8"))
    assert (best["status"], best["n_fits"]) == ("complete", {"asked": 4, "done": 4})
    assert (tmp_path / "runs/tiny/model.keras").stat().st_size > 0


@pytest.mark.parametrize(
    ("platform", "able", "method"),
    [
        ("linux", ["fork", "spawn", "forkserver"], "forkserver"),
        ("darwin", ["spawn", "fork", "forkserver"], "spawn"),
        ("win32", ["spawn"], "spawn"),
    ],
)
def test_how_workers_start(monkeypatch: pytest.MonkeyPatch, platform: str, able: list[str], method: str) -> None:
    monkeypatch.delenv(METHOD, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: able)
    assert start_method() == method
    monkeypatch.setenv(METHOD, "spawn")
    assert start_method() == "spawn"


@pytest.mark.parametrize(
    ("able", "told", "message"),
    [
        (["fork", "spawn", "forkserver"], "fork", "^KERASGRID_START_METHOD: must be forkserver or spawn, got fork$"),
        (["spawn"], "forkserver", "^KERASGRID_START_METHOD: must be spawn, got forkserver$"),
    ],
)
def test_a_start_method_that_there_is_not(
    monkeypatch: pytest.MonkeyPatch, able: list[str], told: str, message: str
) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: able)
    monkeypatch.setenv(METHOD, told)
    with pytest.raises(RunError, match=message):
        start_method()
