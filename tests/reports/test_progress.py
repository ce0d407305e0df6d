"""What a search shows while it goes on: plain lines, or a bar on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping

import pytest
from rich.console import Console
from support.trials import made_run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.fitter import OnMachines
from kerasgrid.reports.text.machines import machines_text
from kerasgrid.reports.text.progress import (
    LiveProgress,
    PlainProgress,
    failure_line,
    make_progress,
    reused_line,
    state_line,
    training_line,
)
from kerasgrid.run.machines import Machine
from kerasgrid.run.pace import Pace
from kerasgrid.run.tally import Tally

FITS = [Fit(Candidate({"learning_rate": rate}), fold) for rate in (0.1, 0.2, 0.3) for fold in range(2)]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def result(fit: Fit, value: float = 0.5) -> FitResult:
    return FitResult(fit, "ok", {"val_accuracy": [value]})


def failed(fit: Fit, error: str = "out of memory") -> FitResult:
    return FitResult(fit, "failed", error=error)


def console(*, terminal: bool = False, width: int = 120) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)


def shown(screen: Console) -> str:
    """Return what was written, without what moves the cursor."""
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)


def test_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    assert isinstance(make_progress(console(terminal=True)), LiveProgress)
    assert isinstance(make_progress(console()), PlainProgress)


class Two(FakeFitter):
    """Trains on two machines."""

    machines: Mapping[str, int] = {"north": 3, "south": 1}
    n_done: Mapping[str, int] = {"north": 2}

    def __init__(self) -> None:
        super().__init__(lambda fit: 0.5)

    def tell(self, say: Callable[[str], None]) -> None:
        say("the machines are far apart")


def test_the_machines_of_a_fitter_are_told() -> None:
    fitter, told = Two(), []
    assert isinstance(fitter, OnMachines)
    fitter.tell(told.append)
    assert told == ["the machines are far apart"]
    tally = Tally(6, 2, "accuracy")
    tally.fitter = fitter
    assert state_line(tally) == "0/6 fits, 4 workers on 2 machines: north 3 (2 fits), south 1 (0 fits)"


def test_machines_in_a_line() -> None:
    few = (Machine("north", 3, 1200), Machine("south", 0, 1), Machine("west", 2, 0))
    assert machines_text(few, 3) == "5 workers on 2 machines: north 3 (1,200 fits), south 0 (1 fit), west 2 (0 fits)"
    # Of many, not each.
    assert machines_text(few, 2) == "5 workers on 2 machines, 0 to 1,200 fits each"
    assert machines_text(few[2:], 3) == "2 workers on 1 machine"
    assert machines_text((), 3) == ""


def test_lines() -> None:
    tally = Tally(4321, 3, "accuracy")
    for _ in range(1234):
        tally.add(failed(FITS[0]), reused=True)
    assert reused_line(tally) == "reusing 1,234 of 4,321 fits"
    assert state_line(tally) == "1,234/4,321 fits, 1234 failed"
    assert failure_line(failed(FITS[1])) == f"fit failed: candidate {FITS[1].candidate.id}, fold 1: out of memory"


def test_the_state_tells_counts_the_best_and_the_time_left() -> None:
    clock = Clock()
    tally = Tally(6, 2, "accuracy", clock)
    assert state_line(tally) == "0/6 fits"
    tally.add(result(FITS[0], 0.8))
    assert state_line(tally) == "1/6 fits"
    clock.now = 30.0
    tally.add(result(FITS[1], 0.9))
    assert state_line(tally) == "2/6 fits, best accuracy 0.8500, 2 min 0 s left"
    tally.add(FitResult(FITS[2], "diverged"))
    tally.add(failed(FITS[3]))
    assert state_line(tally) == "4/6 fits, best accuracy 0.8500, 1 diverged, 1 failed, 20.0 s left"
    tally.add(result(FITS[4]))
    tally.add(result(FITS[5]))
    assert state_line(tally) == "6/6 fits, best accuracy 0.8500, 1 diverged, 1 failed"


class Ahead(Deadline):
    """So many seconds ahead, for good."""

    @property
    def to_the_end(self) -> float:
        return self.seconds - 11.0

    @property
    def left(self) -> float:
        return self.to_the_end - 5.0


def test_where_time_ends_a_search_the_time_told_is_the_search_s_own() -> None:
    clock = Clock()
    tally = Tally(6, 2, "accuracy", clock)
    tally.deadline = Ahead(36.0)
    # Whether all can be done in it is not known yet.
    assert training_line(tally) == "training 6 fits, for 25.0 s at most"
    assert state_line(tally) == "0/6 fits"
    tally.add(result(FITS[0]))
    clock.now = 10.0
    tally.add(result(FITS[1]))
    assert tally.seconds_left == 40.0
    assert state_line(tally) == "2/6 fits, best accuracy 0.5000, 25.0 s of 36.0 s left"
    # With time for all of them it is the time that they take.
    clock.now = 10.1
    for fit in FITS[2:5]:
        tally.add(result(fit))
    assert state_line(tally).endswith("2.5 s left")


def test_at_the_start_earlier_searches_tell_whether_the_time_covers_it() -> None:
    tally = Tally(6, 2, "accuracy", Clock(), n_workers=2)
    expected = {"seconds_expected": property(lambda _: 60.0)}
    known = type("Known", (Tally,), expected)(6, 2, "accuracy", Clock())
    known.deadline = Ahead(36.0)
    assert training_line(known) == "training as many of 6 fits as 25.0 s allow"
    known.deadline = Ahead(100.0)
    assert training_line(known) == "training 6 fits, about 1 min 0 s"
    assert training_line(tally) == "training 6 fits"


def test_plain_lines_come_every_ten_seconds() -> None:
    clock, screen = Clock(), console(width=20)
    tally, progress = Tally(6, 2, "accuracy", clock), PlainProgress(screen)
    tally.add(result(FITS[0]), reused=True)
    progress.started(tally)
    for now, fit in ((5.0, FITS[1]), (11.0, FITS[2]), (12.0, FITS[3]), (20.9, FITS[4])):
        clock.now = now
        tally.add(result(fit))
        progress.fit_done(tally, result(fit))
    clock.now = 21.0
    tally.add(result(FITS[5], 0.7))
    progress.fit_done(tally, result(FITS[5], 0.7))
    progress.refitting(tally, made_run())
    progress.stop()
    assert shown(screen).splitlines() == [
        "reusing 1 of 6 fits",
        "training 5 fits",
        "3/6 fits, best accuracy 0.5000, 18.0 s left (11.0 s)",
        "6/6 fits, best accuracy 0.6000 (21.0 s)",
        "training the best candidate on all training data",
    ]


def test_plain_lines_of_a_first_start() -> None:
    screen = console()
    PlainProgress(screen).started(Tally(1, 1, "accuracy"))
    assert shown(screen) == "training 1 fit\n"


@pytest.mark.parametrize(
    ("seconds", "line"), [(30.0, "training 5 fits, about 1 min 15 s\n"), (3.0, "training 5 fits\n")]
)
def test_what_earlier_searches_tell_is_said_where_it_is_long(seconds: float, line: str) -> None:
    earlier = [(FITS[0].candidate.resolved("classification").params, 10, seconds)]
    screen, tally = console(), Tally(6, 2, "accuracy", pace=Pace(FITS, "classification", 10, earlier), n_workers=2)
    tally.add(failed(FITS[0]), reused=True)
    PlainProgress(screen).started(tally)
    assert line in shown(screen)


def test_plain_lines_with_nothing_to_do() -> None:
    screen, tally = console(), Tally(1, 1, "accuracy")
    tally.add(result(FITS[0]), reused=True)
    PlainProgress(screen).started(tally)
    assert shown(screen) == "reusing 1 of 1 fits\n"


@pytest.mark.parametrize("terminal", [False, True])
def test_failures_are_told_at_once_and_are_no_markup(terminal: bool) -> None:
    screen, tally = console(terminal=terminal), Tally(6, 2, "accuracy")
    progress = make_progress(screen)
    progress.started(tally)
    tally.add(failed(FITS[0], "[red]InternalError[/]"))
    progress.fit_done(tally, failed(FITS[0], "[red]InternalError[/]"))
    progress.stop()
    assert f"fit failed: candidate {FITS[0].candidate.id}, fold 0: [red]InternalError[/]" in shown(screen)


def test_the_bar() -> None:
    clock, screen = Clock(), console(terminal=True)
    tally, progress = Tally(6, 2, "accuracy", clock), LiveProgress(screen)
    tally.add(result(FITS[0]), reused=True)
    progress.started(tally)
    assert shown(screen).splitlines()[0] == "reusing 1 of 6 fits"
    for now, fit in ((1.0, FITS[1]), (2.0, FITS[2])):
        clock.now = now
        tally.add(result(fit))
        progress.fit_done(tally, result(fit))
    progress.stop()
    assert "3/6 fits, best accuracy 0.5000, 3.0 s left 0:00:0" in shown(screen)


def test_the_bar_while_workers_start() -> None:
    screen = console(terminal=True)
    progress = LiveProgress(screen)
    progress.started(Tally(6, 2, "accuracy"))
    progress.stop()
    assert "starting workers" in shown(screen)


def test_the_bar_tells_of_the_refit() -> None:
    screen, tally = console(terminal=True), Tally(2, 2, "accuracy")
    progress = LiveProgress(screen)
    progress.started(tally)
    for fit in FITS[:2]:
        tally.add(result(fit))
        progress.fit_done(tally, result(fit))
    progress.refitting(tally, made_run())
    progress.stop()
    assert "2/2 fits, best accuracy 0.5000, training the best on all training data" in shown(screen)


def test_there_is_no_bar_with_nothing_to_do() -> None:
    screen, tally = console(terminal=True), Tally(1, 1, "accuracy")
    tally.add(result(FITS[0]), reused=True)
    progress = LiveProgress(screen)
    progress.started(tally)
    progress.stop()
    assert shown(screen) == "reusing 1 of 1 fits\n"


def test_a_refit_alone_has_a_bar() -> None:
    screen, tally = console(terminal=True), Tally(1, 1, "accuracy")
    tally.add(result(FITS[0]), reused=True)
    progress = LiveProgress(screen)
    progress.started(tally)
    progress.refitting(tally, made_run())
    progress.stop()
    assert shown(screen).startswith("reusing 1 of 1 fits\n")
    assert "1/1 fits, best accuracy 0.5000, training the best on all training data" in shown(screen)


def test_stopping_before_the_start_does_no_harm() -> None:
    for terminal in (False, True):
        screen = console(terminal=terminal)
        make_progress(screen).stop()
        assert shown(screen).strip() == ""
