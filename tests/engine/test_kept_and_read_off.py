"""Fits that differ in their epochs alone: each is bit for bit what it is alone.

Trained once and read off on the way, or begun where another ended, whose state was kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.made import images, numbers
from support.shared_epochs import CASES, ENDS, FOLDS, MLP, OWN, PREDICTED, N, fits, sizes_of, told

from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.prefixes import shared
from kerasgrid.fits.states import States
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.course import Course
    from kerasgrid.engine.kept import longest_state
    from kerasgrid.engine.trainer import Trainer

PLENTY = 10**8
IMAGES = images(N)
DATA = {"images": IMAGES, "table": replace(IMAGES, x_train=IMAGES.x_train.reshape(N, -1)), "numbers": numbers(N)}

COMPILED = {**MLP, "dropout": 0.4, "batch_norm": True, "ema_momentum": 0.9}
SCALED = {**MLP, "target_scaling": "standard"}, {"metrics": ("median_absolute_error",)}


class Two(NamedTuple):
    """Two trainers of one data set."""

    task: str
    one: Trainer
    other: Trainer


TwoOf = Callable[..., Two]


@pytest.fixture(scope="module")
def two_of() -> TwoOf:
    """Return what returns the two trainers of a data set that all tests here share.

    To trace a program takes longer than all that is trained by it, and a fit leaves no trace in one: if it did, these
    tests would fail. A compiled program has room for some epochs a call, and is another where that is changed.
    """

    def made(data: str, epochs_per_call: int | None = None) -> Two:
        one, other = (Trainer(DATA[data], FOLDS, 1) for _ in range(2))
        return Two(DATA[data].task, one, other)

    return cache(made)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return from which epoch to which each training went."""
    found: list[tuple[int, int]] = []
    go_on = Course.go_on

    def noted(self: Course, end: int) -> None:
        begin = self.n_done
        go_on(self, end)
        found.append((begin, self.n_done))

    monkeypatch.setattr(Course, "go_on", noted)
    return found


def check_kept(
    trainers: Two,
    params: dict[str, Any],
    asked: dict[str, Any],
    folder: Path,
    ends: tuple[int, ...] = (2, 5, 9),
    *,
    compiled: bool = False,
) -> None:
    """Check that fits that go on from those of fewer epochs are what they are alone."""
    each = fits(params, asked, ends)
    sizes = sizes_of(each[0], trainers.task) if compiled else None
    states = States(folder / "states", PLENTY, "key")
    with quiet_stderr():
        alone = [result for fit in each for result, _ in trainers.one.train((fit,), sizes)]
        # Each goes on in another program than the one that it was paused in, as in another process.
        gone_on = []
        for fit, end, trainer in zip(each, ends, cycle((trainers.other, trainers.one)), strict=False):
            before = longest_state(states, end)
            [(result, _)] = trainer.train((fit,), sizes, states)
            gone_on.append(result)
            # What was trained before counts.
            assert before is None or result.seconds >= before.told["seconds"] > 0
    assert all(result.status != "failed" for result in alone), alone[0].error
    assert [told(result) for result in gone_on] == [told(result) for result in alone]
    assert [path.name for path in (folder / "states").iterdir()] == [f"key-{alone[-1].n_epochs}.state"]


@pytest.mark.parametrize("name", CASES)
def test_what_goes_on_is_what_it_is_alone(
    name: str, two_of: TwoOf, tmp_path: Path, trained: list[tuple[int, int]]
) -> None:
    check_kept(two_of("images"), *CASES[name], tmp_path)
    if "early_stopping" not in CASES[name][0] and name != "diverging":
        assert trained == [(0, 2), (0, 5), (0, 9), (0, 2), (2, 5), (5, 9)]


def test_so_it_is_where_xla_compiles(two_of: TwoOf, tmp_path: Path) -> None:
    check_kept(two_of("images"), COMPILED, PREDICTED, tmp_path, compiled=True)


def test_regression_and_models_of_ones_own(two_of: TwoOf, tmp_path: Path) -> None:
    check_kept(two_of("numbers"), *SCALED, tmp_path / "a")
    check_kept(two_of("table"), OWN, PREDICTED, tmp_path / "b")


def test_what_had_stopped_or_diverged_is_trained_no_further(
    two_of: TwoOf, tmp_path: Path, trained: list[tuple[int, int]]
) -> None:
    check_kept(two_of("images"), *CASES["stopped early"], tmp_path / "a", ends=(30, 40))
    assert trained[-1][0] == trained[-1][1] < 30
    check_kept(two_of("images"), *CASES["diverging"], tmp_path / "b", ends=(30, 40))
    assert trained[-1][0] == trained[-1][1] < 30


def test_several_go_on_together_and_fewer_epochs_begin_anew(
    two_of: TwoOf, tmp_path: Path, trained: list[tuple[int, int]]
) -> None:
    trainer = two_of("images").one
    states = States(tmp_path, PLENTY, "key")
    with quiet_stderr():
        for ends in ((3, 4), (6, 8), (5,)):
            list(trainer.train(tuple(fits(MLP, {}, ends)), None, states))
    assert trained == [(0, 3), (3, 4), (4, 6), (6, 8), (0, 5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key-5.state", "key-8.state"]


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_state_is_none(
    two_of: TwoOf, tmp_path: Path, trained: list[tuple[int, int]], damage: bytes | None
) -> None:
    trainer = two_of("images").one
    states = States(tmp_path, PLENTY, "key")
    with quiet_stderr():
        (short, long) = fits(MLP, {}, (3, 6))
        list(trainer.train((short,), None, states))
        (path,) = tmp_path.iterdir()
        path.write_bytes(path.read_bytes()[:-300] if damage is None else damage)
        [(result, _)] = trainer.train((long,), None, states)
        [(alone, _)] = trainer.train((long,))
    assert told(result) == told(alone)
    assert trained[1] == (0, 6)


def test_a_fit_that_fails_keeps_nothing_and_a_full_disk_fails_no_fit(
    two_of: TwoOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = two_of("images").one
    (tmp_path / "file").touch()
    with quiet_stderr():
        [(result, _)] = trainer.train(tuple(fits(MLP, {}, (2,))), None, States(tmp_path / "file" / "states", PLENTY))
        assert result.status == "ok"
        monkeypatch.setattr(os, "replace", lambda *args: 1 / 0)
        monkeypatch.setattr("kerasgrid.engine.course.Course.go_on", lambda *args: 1 / 0)
        [(result, _)] = trainer.train(tuple(fits(MLP, {}, (2,))), None, States(tmp_path / "states", PLENTY))
    assert result.status == "failed"
    assert not (tmp_path / "states").exists()


def check_read_off(trainers: Two, asked: Sequence[Fit], *, compiled: bool = False) -> list[FitResult]:
    """Check that fits are trained together as each alone, in a program that has trained others, and return them."""
    (group,) = shared(asked, trainers.task)
    sizes = sizes_of(asked[0], trainers.task) if compiled else None
    with quiet_stderr():
        alone = [result for fit in asked for result, _ in trainers.one.train((fit,), sizes)]
        together = [result for _ in range(2) for result, _ in trainers.other.train(group, sizes)][len(group) :]
    assert all(result.status != "failed" for result in alone), alone[0].error
    assert [told(result) for result in together] == [told(result) for result in alone]
    seconds = [result.seconds for result in together]
    assert seconds == sorted(seconds)
    return together


@pytest.mark.parametrize("name", CASES)
def test_what_is_read_off_is_what_each_fit_is_alone(name: str, two_of: TwoOf) -> None:
    params, asked = CASES[name]
    results = check_read_off(two_of("images"), fits(params, asked))
    if "early_stopping" not in params and name != "diverging":
        assert [result.n_epochs for result in results] == [*ENDS]


@pytest.mark.parametrize("params", [MLP, COMPILED])
@pytest.mark.parametrize("asked", [{}, {**PREDICTED, "curve_metrics": ("f1_macro",)}, PREDICTED])
def test_so_is_what_is_read_off_where_xla_compiles(
    params: dict[str, Any], asked: dict[str, Any], two_of: TwoOf
) -> None:
    check_read_off(two_of("images"), fits(params, asked), compiled=True)


def test_a_model_of_ones_own_is_read_off(two_of: TwoOf) -> None:
    check_read_off(two_of("table"), fits(OWN, PREDICTED))


def test_regression_with_scaled_targets_is_read_off(two_of: TwoOf) -> None:
    check_read_off(two_of("numbers"), fits(*SCALED))


def test_it_stops_and_diverges_for_all_that_were_not_reached(two_of: TwoOf) -> None:
    stopped = check_read_off(two_of("images"), fits(*CASES["stopped early"], ends=(1, 2, 30, 40)))
    assert [result.n_epochs for result in stopped[:2]] == [1, 2]
    assert stopped[2].n_epochs == stopped[3].n_epochs < 30
    assert stopped[2].restored
    diverged = check_read_off(two_of("images"), fits(*CASES["diverging"], ends=(1, 30, 40)))
    assert [result.status for result in diverged] == ["ok", "diverged", "diverged"]
    assert diverged[1].n_epochs == diverged[2].n_epochs < 30


def test_what_fails_fails_for_all_that_were_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(IMAGES, FOLDS, 1)
    (group,) = shared(fits(MLP, {}), "classification")
    with quiet_stderr():
        answers = trainer.train(group)
        assert next(answers)[0].status == next(answers)[0].status == "ok"
        monkeypatch.setattr("kerasgrid.engine.course.Course.go_on", lambda *args: 1 / 0)
        rest = [*answers]
    assert [(result.fit, result.status) for result, _ in rest] == [(fit, "failed") for fit in group[2:]]
    assert {result.error for result, _ in rest} == {"ZeroDivisionError: division by zero"}
    assert [built > 0 for _, built in rest] == [False, True]


def test_calls_of_the_graph_may_end_anywhere(monkeypatch: pytest.MonkeyPatch, two_of: TwoOf) -> None:
    asked = fits(MLP, {})
    whole = [told(result) for result in check_read_off(two_of("images"), asked)]
    for samples in (1, 100, 3 * N):
        monkeypatch.setattr("kerasgrid.engine.epochs._SAMPLES_PER_CALL", samples)
        for compiled in (False, True):
            trainers = two_of("images", max(1, samples // N) if compiled else None)
            found = [told(result) for result in check_read_off(trainers, asked, compiled=compiled)]
            if not compiled:
                assert found == whole
