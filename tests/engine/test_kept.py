"""States that are kept: a fit that goes on from one, in another process, is bit for bit what it is without."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from support.made import images, numbers
from support.shared_epochs import CASES, FOLDS, MLP, OWN, PREDICTED, N, fits, sizes_of, told

from kerasgrid.data.dataset import Dataset
from kerasgrid.fits.states import States
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.course import Course
    from kerasgrid.engine.kept import longest_state
    from kerasgrid.engine.trainer import Trainer

PLENTY = 10**8


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


def check(
    dataset: Dataset,
    params: dict[str, Any],
    asked: dict[str, Any],
    folder: Path,
    ends: tuple[int, ...] = (2, 5, 9),
    *,
    compiled: bool = False,
) -> None:
    """Check that fits that go on from those of fewer epochs are what they are alone."""
    each = fits(params, asked, ends)
    sizes = sizes_of(each[0], dataset.task) if compiled else None
    states = States(folder / "states", PLENTY, "key")
    with quiet_stderr():
        trainers = [Trainer(dataset, FOLDS, 1) for _ in range(2)]
        alone = [result for fit in each for result, _ in trainers[0].train((fit,), sizes)]
        # Each goes on in another program than the one that it was paused in, as in another process.
        gone_on = []
        for fit, end, trainer in zip(each, ends, cycle(reversed(trainers)), strict=False):
            before = longest_state(states, end)
            [(result, _)] = trainer.train((fit,), sizes, states)
            gone_on.append(result)
            # What was trained before counts.
            assert before is None or result.seconds >= before.told["seconds"] > 0
    assert all(result.status != "failed" for result in alone), alone[0].error
    assert [told(result) for result in gone_on] == [told(result) for result in alone]
    assert [path.name for path in (folder / "states").iterdir()] == [f"key-{alone[-1].n_epochs}.state"]


@pytest.mark.parametrize("name", CASES)
def test_what_goes_on_is_what_it_is_alone(name: str, tmp_path: Path, trained: list[tuple[int, int]]) -> None:
    check(images(N), *CASES[name], tmp_path)
    if "early_stopping" not in CASES[name][0] and name != "diverging":
        assert trained == [(0, 2), (0, 5), (0, 9), (0, 2), (2, 5), (5, 9)]


def test_so_it_is_where_xla_compiles(tmp_path: Path) -> None:
    params = {**MLP, "dropout": 0.4, "batch_norm": True, "ema_momentum": 0.9}
    check(images(N), params, PREDICTED, tmp_path, compiled=True)


def test_regression_and_models_of_ones_own(tmp_path: Path) -> None:
    check(numbers(N), {**MLP, "target_scaling": "standard"}, {"metrics": ("median_absolute_error",)}, tmp_path / "a")
    table = replace(images(N), x_train=images(N).x_train.reshape(N, -1))
    check(table, OWN, PREDICTED, tmp_path / "b")


def test_what_had_stopped_or_diverged_is_trained_no_further(tmp_path: Path, trained: list[tuple[int, int]]) -> None:
    check(images(N), *CASES["stopped early"], tmp_path / "a", ends=(30, 40))
    assert trained[-1][0] == trained[-1][1] < 30
    check(images(N), *CASES["diverging"], tmp_path / "b", ends=(30, 40))
    assert trained[-1][0] == trained[-1][1] < 30


def test_several_go_on_together_and_fewer_epochs_begin_anew(tmp_path: Path, trained: list[tuple[int, int]]) -> None:
    states = States(tmp_path, PLENTY, "key")
    with quiet_stderr():
        trainer = Trainer(images(N), FOLDS, 1)
        for ends in ((3, 4), (6, 8), (5,)):
            list(trainer.train(tuple(fits(MLP, {}, ends)), None, states))
    assert trained == [(0, 3), (3, 4), (4, 6), (6, 8), (0, 5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key-5.state", "key-8.state"]


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_state_is_none(tmp_path: Path, trained: list[tuple[int, int]], damage: bytes | None) -> None:
    states = States(tmp_path, PLENTY, "key")
    with quiet_stderr():
        trainer = Trainer(images(N), FOLDS, 1)
        (short, long) = fits(MLP, {}, (3, 6))
        list(trainer.train((short,), None, states))
        (path,) = tmp_path.iterdir()
        path.write_bytes(path.read_bytes()[:-300] if damage is None else damage)
        [(result, _)] = trainer.train((long,), None, states)
        [(alone, _)] = trainer.train((long,))
    assert told(result) == told(alone)
    assert trained[1] == (0, 6)


def test_a_fit_that_fails_keeps_nothing_and_a_full_disk_fails_no_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with quiet_stderr():
        trainer = Trainer(images(N), FOLDS, 1)
        [(result, _)] = trainer.train(tuple(fits(MLP, {}, (2,))), None, States(tmp_path / "file" / "states", PLENTY))
        assert result.status == "ok"
        monkeypatch.setattr(os, "replace", lambda *args: 1 / 0)
        monkeypatch.setattr("kerasgrid.engine.course.Course.go_on", lambda *args: 1 / 0)
        [(result, _)] = trainer.train(tuple(fits(MLP, {}, (2,))), None, States(tmp_path / "states", PLENTY))
    assert result.status == "failed"
    assert not (tmp_path / "states").exists()
