"""Pictures drawn by a process of their own are the same, and there whatever becomes of that process."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support import searches
from support.drawings import bad, drawing_of, not_here
from support.plans import plan_of, space
from support.searches import score
from support.trials import made_run

from kerasgrid.api.opening import rewrite_reports
from kerasgrid.api.searching import Outcome
from kerasgrid.errors import RunError
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit
from kerasgrid.reports.ahead import illustrator
from kerasgrid.reports.ahead import watcher as ahead
from kerasgrid.reports.ahead.illustrator import Illustrator, NoIllustrator
from kerasgrid.reports.ahead.watcher import DrawnAhead, suitable_illustrator
from kerasgrid.reports.files import REPORTS, ReportFile
from kerasgrid.reports.pictures import curves, effects_figure
from kerasgrid.run.making import read_run
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally
from kerasgrid.run.watcher import Silence
from kerasgrid.space.spec import Space

WIDE = space({"learning_rate": [0.001, 0.01, 0.1], "optimizer": ["Adam", "SGD"]})


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine is busy, the process takes longer to start than a user would wait for it."""
    monkeypatch.setattr(illustrator, "_PATIENCE", 60.0)


def process_of(drawing: Illustrator) -> int:
    assert drawing.pid is not None
    return drawing.pid


def run(
    folder: Path,
    asked: Space = WIDE,
    on_fit: Callable[[Fit], None] = lambda fit: None,
    illustrator: NoIllustrator | None = None,
) -> Outcome:
    fitter = FakeFitter(score, on_fit=on_fit)
    return searches.run(folder, fitter, plan_of(asked), illustrator=illustrator or NoIllustrator())[0]


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in the folder that does not tell of time."""
    pictures = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    return pictures | {path.name: b"" for path in folder.iterdir() if path.name not in pictures}


@contextmanager
def unable_to_draw_trials() -> Iterator[None]:
    """This process cannot draw them; another one can."""

    def fails() -> None:
        raise AssertionError("drawn by this process")

    with pytest.MonkeyPatch.context() as patch:
        for module in (curves, effects_figure):
            patch.setattr(module, "style", fails)
        yield


@pytest.fixture(scope="module")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run without the process; whoever goes on in it takes a copy."""
    folder = tmp_path_factory.mktemp("plain")
    run(folder)
    return folder


@pytest.fixture(scope="module")
def plain(plain_folder: Path) -> dict[str, bytes]:
    """What is in that folder."""
    found = contents(plain_folder)
    assert {"curves.png", "effects.png", "run.sqlite"} <= set(found)
    return found


@pytest.fixture(scope="module")
def started() -> Iterator[Illustrator]:
    """One for all tests that order and fetch, and leave it as it was: it takes a second to import what it needs."""
    with Illustrator() as drawing:
        drawing.start()
        yield drawing


def test_another_process_draws_the_same(tmp_path: Path, plain: dict[str, bytes]) -> None:
    with unable_to_draw_trials():
        outcome = run(tmp_path, illustrator=Illustrator())
    assert contents(tmp_path) == plain
    assert [path.name for path in outcome.paths.pictures][:2] == ["curves.png", "effects.png"]
    assert rewrite_reports(str(tmp_path)).pictures == outcome.paths.pictures
    assert contents(tmp_path).items() >= plain.items()


def test_every_picture_of_trials_can_be_sent(tmp_path: Path, plain_folder: Path) -> None:
    run(tmp_path, space({"learning_rate": [0.001, 0.01], "optimizer": ["Adam", "SGD"]}, strategy="one_factor"))
    with Store.open_readonly(tmp_path) as store:
        one_factor = read_run(store)
    steps = {"iteration": [2, 4], "loss": [2.0, 0.01]}
    one_factor = replace(one_factor, trials=[replace(trial, steps=steps) for trial in one_factor.trials])
    with Store.open_readonly(plain_folder) as store:
        wide = read_run(store)
    drawn = set()
    for shown in (one_factor, wide):
        for row in REPORTS.values():
            if row.stage == "trials" and (content := row.content(shown)) is not None:
                sent, content_of = pickle.loads(pickle.dumps((shown, row.content)))
                assert content_of(sent) == content
                drawn.add(row.name)
    assert drawn == {"curves.png", "effects.png", "iterations.png", "one_factor.png"}


def test_what_there_is_nothing_to_draw_for_is_removed(tmp_path: Path, plain_folder: Path) -> None:
    folder = Path(shutil.copytree(plain_folder, tmp_path / "run"))
    single = space({"learning_rate": 0.01})
    run(folder, single, illustrator=Illustrator())
    assert not (folder / "effects.png").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, None])
@pytest.mark.parametrize("fold", [1, -1])
def test_pictures_are_there_whatever_becomes_of_the_process(
    tmp_path: Path, plain: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, number: int | None, fold: int
) -> None:
    """Killed, stopped or given up before the pictures are ordered, or after."""
    monkeypatch.setattr(illustrator, "_PATIENCE", 0.1)
    drawing = Illustrator()

    def on_fit(fit: Fit) -> None:
        if fit.fold == fold and drawing.is_there:
            if number is None:
                drawing.stop()
            else:
                os.kill(process_of(drawing), number)

    run(tmp_path, on_fit=on_fit, illustrator=drawing)
    assert contents(tmp_path) == plain
    assert not drawing.is_there


def test_it_can_be_given_up_in_the_midst_of_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are ordered in one thread and given up in another: here, just before the order would be sent."""
    drawing = Illustrator()
    failures: list[BaseException] = []
    monkeypatch.setattr(threading, "excepthook", lambda failed: failures.append(failed.exc_value))
    giver = threading.Thread(target=drawing.stop)
    starts = threading.Thread.start

    def late(thread: threading.Thread) -> None:
        if thread.name == "pictures sent":
            starts(giver)
            giver.join(0.2)
        starts(thread)

    monkeypatch.setattr(threading.Thread, "start", late)
    with drawing:
        drawing.start()
        drawing.order(made_run(), list(REPORTS.values()))
        giver.join()
        assert not drawing.is_there
    assert not failures


def test_pictures_are_there_though_no_process_starts(
    tmp_path: Path, plain: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(illustrator, "start_aside", full)
    run(tmp_path, illustrator=Illustrator())
    assert contents(tmp_path) == plain


def test_a_change_of_the_trials_is_seen(tmp_path: Path) -> None:
    found = run(tmp_path).run
    row, others = not_here("a"), replace(found, trials=list(found.trials))
    tally = Tally(1, 1, "accuracy")
    with Illustrator() as drawing, DrawnAhead(Silence(), drawing) as watcher, REPORTS.with_row(row):
        watcher.started(tally)
        watcher.refitting(tally, found)
        assert watcher.made(row, replace(found, elapsed=1000.0)) == b"a by %d" % process_of(drawing)
        with pytest.raises(ValueError, match="a"):
            watcher.made(row, others)


def test_an_error_of_the_process_is_none_of_ours(started: Illustrator) -> None:
    here, other = os.getpid(), process_of(started)
    rows = [not_here("a"), drawing_of("b", other), drawing_of("d")]
    started.order(made_run(), rows)
    drawn = {row.name: started.made(row, made_run()) for row in rows}
    assert drawn == {"a": b"a by %d" % other, "b": b"b by %d" % here, "d": b"d by %d" % other}


def test_nothing_to_draw_is_none_there_as_well(started: Illustrator) -> None:
    started.order(made_run(), [REPORTS["curves.png"]])
    assert started.made(replace(REPORTS["curves.png"], content=lambda run: b"drawn here"), made_run()) is None


def test_a_picture_that_cannot_be_sent_is_drawn_here(started: Illustrator) -> None:
    row = ReportFile("a", "a", lambda run: b"here", "trials")
    started.order(made_run(), [row])
    assert started.made(row, made_run()) == b"here"


def test_a_large_order_to_a_process_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(illustrator, "_PATIENCE", 0.1)
    with Illustrator() as drawing:
        drawing.start()
        os.kill(process_of(drawing), signal.SIGSTOP)
        row = drawing_of("a")
        drawing.order(made_run(name="x" * 10_000_000), [row])
        assert drawing.made(row, made_run()) == b"a by %d" % os.getpid()
        assert not drawing.is_there


def test_an_error_of_ours_is_told(started: Illustrator) -> None:
    row = ReportFile("a", "a", bad, "trials")
    started.order(made_run(), [row])
    with pytest.raises(ValueError, match="non-hexadecimal"):
        started.made(row, made_run())


def test_ctrl_c_is_for_the_other_process() -> None:
    with Illustrator() as drawing:
        drawing.start()
        os.kill(process_of(drawing), signal.SIGINT)
        drawing.order(made_run(), [not_here("a")])
        os.kill(process_of(drawing), signal.SIGINT)
        assert drawing.made(not_here("a"), made_run()) == b"a by %d" % process_of(drawing)


def test_a_full_disk_is_told_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move = os.replace

    def full(old: Path, new: Path) -> None:
        if Path(new).name == "curves.png":
            raise OSError(28, "No space left on device")
        move(old, new)

    monkeypatch.setattr(os, "replace", full)
    message = r"curves\.png: the file cannot be written, got no space left on device \(make room and run the same "
    for options in ({}, {"illustrator": Illustrator()}):
        with unable_to_draw_trials() if options else nullcontext(), pytest.raises(RunError, match=message) as caught:
            run(tmp_path / str(len(options)), **options)
        assert caught.value.exit_code == 1
        assert not list((tmp_path / str(len(options))).glob(".*"))


def test_it_is_not_started_for_nothing(tmp_path: Path, plain_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(plain_folder, tmp_path / "run"))
    monkeypatch.setattr(illustrator, "start_aside", lambda *_: pytest.fail("started"))
    run(folder, illustrator=Illustrator())


@pytest.mark.parametrize(("n_cores", "is_there"), [(1, False), (2, True)])
def test_a_single_core_has_none(monkeypatch: pytest.MonkeyPatch, n_cores: int, is_there: bool) -> None:
    monkeypatch.setattr(ahead, "n_cores", lambda: n_cores)
    drawing = suitable_illustrator()
    assert isinstance(drawing, NoIllustrator)
    assert isinstance(drawing, Illustrator) == is_there


def test_what_it_imports_at_full_priority_is_little() -> None:
    heavy = "'numpy' in sys.modules or 'pydantic' in sys.modules"
    program = f"import sys, kerasgrid.reports.ahead.illustrator; sys.exit({heavy})"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_rest_is_imported_beside_the_search() -> None:
    program = f"""
import sys
for name in {illustrator._IMPORTS!r}:
    __import__(name)
before = set(sys.modules)
from kerasgrid.reports.pictures import curves
from kerasgrid.reports.pictures import effects_figure
from kerasgrid.reports.pictures import figure
from kerasgrid.reports.pictures import iterations
from kerasgrid.reports.pictures import one_factor
with figure.style():
    figure.png(figure.new_figure(1, 1))
late = set(sys.modules) - before
assert not [name for name in late if not name.startswith("PIL.")], late
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


SCRIPT = """
import os, sys, time
sys.path.insert(0, os.environ["DRAWINGS"])
from support.drawings import drawing_of
from support.trials import made_run
from kerasgrid.reports.ahead import illustrator
illustrator._PATIENCE = 60.0  # the machine may be busy
with illustrator.Illustrator() as drawing:
    drawing.start()
    print(drawing.pid, flush=True)
    row = drawing_of("a", os.getpid(), float(sys.argv[1]))
    drawing.order(made_run(), [row])
    time.sleep(float(sys.argv[2]))
    print(drawing.made(row, made_run()).decode(), flush=True)
"""


def script(tmp_path: Path, *seconds: float) -> subprocess.Popen[str]:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py"), *map(str, seconds)]
    environment = {**os.environ, "DRAWINGS": str(Path(__file__).parents[1])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    process = script(tmp_path, 0, 0)
    out, err = process.communicate(timeout=60)
    first, second = out.splitlines()
    assert (process.returncode, second, err) == (0, f"a by {first}", "")


@pytest.mark.parametrize("after", [0.0, 1.5])
def test_it_ends_with_its_parent(tmp_path: Path, after: float) -> None:
    """While it imports, or in the middle of a picture."""
    process = script(tmp_path, 60, 60)
    assert process.stdout is not None
    other = psutil.Process(int(process.stdout.readline()))
    time.sleep(after)
    assert other.is_running()
    process.kill()
    # Whoever reads what the parent wrote waits for no other process.
    assert process.communicate(timeout=10) == ("", "")
    deadline = time.monotonic() + 10
    while other.is_running() and other.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
