"""The store: round trips, one writer, and nothing lost to kill -9."""

from __future__ import annotations

import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trials import diverged, failed, final_result, fit_result

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import FinalResult, Fit, FitResult, Stint
from kerasgrid.run.store import APPLICATION_ID, FILE, SCHEMA_VERSION, Store

CANDIDATE = Candidate(
    {"model": "mlp", "hidden_units": (512, 256), "learning_rate": 0.001, "batch_norm": True, "x": None}
)

WRITER = """
import sys
from pathlib import Path
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.axes.candidate import Candidate
from kerasgrid.run.store import Store

with Store.create_or_open(Path(sys.argv[1])) as store:
    for number in range(100_000):
        curve = {"loss": [1.0] * 200, "val_accuracy": [0.5] * 200}
        store.put(f"{number:06d}", FitResult(Fit(Candidate({"x": number}), 0), "ok", curve))
        print(number, flush=True)
"""


def writer(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)


def test_results_survive_closing(tmp_path: Path) -> None:
    written = {
        "ok": fit_result(CANDIDATE, 0, 0.9),
        "diverged": diverged(CANDIDATE, 1),
        "failed": failed(CANDIDATE, 2, "한국어 </script>\n\udcff"),
    }
    with Store.create_or_open(tmp_path / "new" / "run") as store:
        for key, result in written.items():
            store.put(key, result)
    with Store.open_readonly(tmp_path / "new" / "run") as store:
        read = store.known(written)
        assert list(read) == list(written)
        assert read["ok"] == written["ok"]
        assert read["ok"].fit.candidate["hidden_units"] == (512, 256)
        assert math.isnan(read["diverged"].curve["loss"][-1])
        assert read["failed"].error == "한국어 </script>\n?"
        assert sorted(result.status for result in store.everything().values()) == ["diverged", "failed", "ok"]


def test_failed_fits_are_not_finished(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put("a", fit_result(CANDIDATE, 0, 0.9))
        store.put("b", diverged(CANDIDATE, 1))
        store.put("c", failed(CANDIDATE, 2))
        assert set(store.finished(["a", "b", "c", "d"])) == {"a", "b"}
        store.put("c", fit_result(CANDIDATE, 2, 0.8))
        assert set(store.finished(["a", "b", "c", "d"])) == {"a", "b", "c"}
        assert len(store.everything()) == 3


def test_asks_for_thousands_of_keys(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put("1500", fit_result(CANDIDATE, 0, 0.9))
        assert list(store.finished(str(number) for number in range(2000))) == ["1500"]


def test_takes_numbers_of_numpy(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    curve = {"loss": np.array([0.5, np.inf], dtype=np.float32)}
    with Store.create_or_open(tmp_path) as store:
        store.put("a", FitResult(Fit(CANDIDATE, 0), "ok", curve, np.float32(0.5), np.int64(7)))
        result = store.known(["a"])["a"]
    assert result.curve == {"loss": [0.5, math.inf]}
    assert (result.seconds, result.n_parameters) == (0.5, 7)


@given(
    st.dictionaries(st.text(), st.lists(st.floats(), max_size=5), min_size=1, max_size=3),
    st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), max_size=4
    ),
)
def test_any_curve_and_candidate_come_back(curve: dict[str, list[float]], params: dict[str, object]) -> None:
    import tempfile

    result = FitResult(Fit(Candidate(params), 1, 2, 3), "ok", curve, 0.25, 9)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder, Store.create_or_open(Path(folder)) as store:
        store.put("key", result)
        read = store.known(["key"])["key"]
    assert repr(read) == repr(result)


def test_who_trained_a_fit_and_when_comes_back_and_makes_no_other_result(tmp_path: Path) -> None:
    told = fit_result(CANDIDATE, 0, 0.9).trained(Stint(1.8e9, 1.8e9 + 0.125, "node-7 · 2"))
    with Store.create_or_open(tmp_path) as store:
        store.put("with", told)
        store.put("without", told.trained(None))
    with Store.open_readonly(tmp_path) as store:
        known = store.everything()
        assert store.n_unreadable == 0
    assert known["with"].stint == told.stint
    assert known["without"].stint is None
    assert known["with"] == known["without"]
    assert told.of(told.fit).stint == told.stint


def test_meta_is_replaced_by_name(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.set_meta(space={"name": "é"}, seed=0)
        store.set_meta(seed=None)
        assert store.meta() == {"seed": None, "space": {"name": "é"}}


def test_final_comes_back(tmp_path: Path) -> None:
    without = FinalResult("failed", error="no space")
    with Store.create_or_open(tmp_path) as store:
        assert store.final("a") is None
        store.put_final("a", final_result())
        store.put_final("b", without)
        assert store.final("a") == final_result()
        assert store.final("b") == without


def test_only_one_writer(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path):
        with pytest.raises(
            RunError, match=rf"{tmp_path}: another search is writing here \(process {os.getpid()} on this"
        ):
            Store.create_or_open(tmp_path)
        Store.open_readonly(tmp_path).close()
    Store.create_or_open(tmp_path).close()


def test_a_writer_on_another_machine_and_one_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "run.lock.holder"
    with Store.create_or_open(tmp_path):
        written = json.loads(text.read_text(encoding="utf-8"))
        told = {**written, "host": "node7", "process": 12, "since": "2026-01-31 12:00:00 UTC", "command": "kerasgrid x"}
        text.write_text(json.dumps(told), encoding="utf-8")
        message = (
            r"another search is writing here \(process 12 on node7, since 2026-01-31 12:00:00 UTC: kerasgrid x\) "
            r"\(whether it still runs can be seen on node7 alone; if it does not, remove run.lock and run.lock.holder "
            r"here and run the same command again\)$"
        )
        with pytest.raises(RunError, match=message) as caught:
            Store.create_or_open(tmp_path)
        assert caught.value.exit_code == 2
        text.unlink()
        message = (
            r"another search is writing here \(process unknown\) \(if none is, remove run.lock here and run the same"
        )
        with pytest.raises(RunError, match=message):
            Store.create_or_open(tmp_path)


def test_reads_while_another_writes(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store, Store.open_readonly(tmp_path) as reader:
        store.put("a", fit_result(CANDIDATE, 0, 0.9))
        assert len(reader.everything()) == 1
        with pytest.raises(
            RunError, match=r"the run cannot be read or written, got attempt to write a readonly database"
        ):
            reader.put("b", fit_result(CANDIDATE, 0, 0.9))


def test_a_full_disk_is_no_wrong_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.create_or_open(tmp_path) as store:
        store._connection.execute("PRAGMA max_page_count = 1")
        full = (
            r"run\.sqlite: the run cannot be read or written, got database or disk is full \(make room and run the same"
        )
        with pytest.raises(RunError, match=full) as caught:
            store.set_meta(space="x" * 1_000_000)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("n_written", [0, 1, 25])
def test_kill_loses_no_committed_fit(tmp_path: Path, n_written: int) -> None:
    with writer(tmp_path) as process:
        assert process.stdout is not None
        for _ in range(n_written):
            process.stdout.readline()
        if n_written > 1:
            with pytest.raises(
                RunError, match=rf"another search is writing here \(process {process.pid} on this machine"
            ):
                Store.create_or_open(tmp_path)
            with Store.open_readonly(tmp_path) as store:
                assert len(store.everything()) >= n_written
        elif n_written == 0:
            time.sleep(0.12)  # somewhere in its start
        process.send_signal(signal.SIGKILL)
        told = [f"{number:06d}" for number in range(n_written)]
        told += [f"{int(line):06d}" for line in process.stdout.read().splitlines() if line]
    if n_written > 0:
        with Store.open_readonly(tmp_path) as store:
            assert len(store.finished(told)) == len(told)
    with Store.create_or_open(tmp_path) as store:
        assert len(store.finished(told)) == len(told)
        store.put("more", fit_result(CANDIDATE, 0, 0.9))
    check = sqlite3.connect(tmp_path / FILE)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(
        RunError, match=r"missing: there is no run here \(its file run.sqlite is missing or still empty\)"
    ):
        Store.open_readonly(tmp_path / "missing")
    (tmp_path / FILE).touch()
    with pytest.raises(RunError, match="there is no run here"):
        Store.open_readonly(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE]


def test_an_empty_file_becomes_a_run(tmp_path: Path) -> None:
    # What is left if the first writer is killed before its first commit.
    (tmp_path / FILE).touch()
    with Store.create_or_open(tmp_path) as store:
        assert store.everything() == {}


def test_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("hello")
    rule = r"run: the folder of a run must be a folder that can be written to, got file exists"
    with pytest.raises(RunError, match=rule):
        Store.create_or_open(tmp_path / "run")


@pytest.mark.parametrize("open_", [Store.create_or_open, Store.open_readonly])
def test_foreign_database_stays_as_it_is(tmp_path: Path, open_) -> None:
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("CREATE TABLE fits (something)")
    other.commit()
    other.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(RunError, match=r"run.sqlite: it was not written by kerasgrid \(choose another folder\)"):
        open_(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("open_", [Store.create_or_open, Store.open_readonly])
def test_no_database(tmp_path: Path, open_) -> None:
    (tmp_path / FILE).write_text("this is no database " * 100)
    with pytest.raises(RunError, match=r"run.sqlite: the file of the run is damaged, got file is not a database"):
        open_(tmp_path)


@pytest.mark.parametrize("open_", [Store.create_or_open, Store.open_readonly])
def test_newer_schema(tmp_path: Path, open_) -> None:
    other = sqlite3.connect(tmp_path / FILE)
    other.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    other.execute("PRAGMA user_version = 99")
    other.close()
    rule = rf"only runs of version {SCHEMA_VERSION} or older can be read here, got version 99 \(upgrade kerasgrid\)"
    with pytest.raises(RunError, match=rule):
        open_(tmp_path)


def test_damaged_file(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        for number in range(300):
            store.put(str(number), fit_result(CANDIDATE, 0, 0.9))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    (tmp_path / FILE).write_bytes(content)
    message = r"the file of the run is damaged, got .* \(kerasgrid repair \S+ salvages what can be read\)$"
    with pytest.raises(RunError, match=message), Store.open_readonly(tmp_path) as store:
        store.everything()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_reads_from_a_readonly_folder(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put("a", fit_result(CANDIDATE, 0, 0.9))
    tmp_path.chmod(0o555)
    try:
        with Store.open_readonly(tmp_path) as store:
            assert len(store.everything()) == 1
    finally:
        tmp_path.chmod(0o755)


def test_strange_folder_names(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20 실험"
    with Store.create_or_open(folder) as store:
        store.put("a", fit_result(CANDIDATE, 0, 0.9))
    with Store.open_readonly(folder) as store:
        assert len(store.everything()) == 1


def test_the_version_changes_with_every_write_and_with_nothing_else(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store, Store.open_readonly(tmp_path) as other:
        versions = [other.version()]
        for write in (
            lambda: store.put("a", fit_result(CANDIDATE, 0, 0.9)),
            lambda: store.put("b", fit_result(CANDIDATE, 1, 0.9)),
            lambda: store.put("b", fit_result(CANDIDATE, 1, 0.8)),
            lambda: store.put("a", fit_result(CANDIDATE, 0, 0.8)),
            lambda: store.set_meta(elapsed=1.0),
            lambda: store.put_final("a", FinalResult("ok")),
            lambda: store.put_final("a", FinalResult("failed")),
        ):
            write()
            versions.append(other.version())
            assert other.version() == versions[-1] == store.version()
    assert len(set(versions)) == 8


def test_imports_are_light() -> None:
    modules = [
        "kerasgrid.run.store",
        "kerasgrid.insight.ranking",
        "kerasgrid.reports.write",
        "kerasgrid.reports.text.console",
    ]
    heavy = ["tensorflow", "keras", "sklearn", "scipy", "matplotlib", "pandas", "hiplot"]
    code = f"import sys, json, {', '.join(modules)}; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(output) == []
