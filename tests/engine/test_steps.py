"""Learning curves of single steps: from the engine to the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.made import images
from support.plans import plan_of, space
from support.trials import made_run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import resolve
from kerasgrid.errors import SpaceError
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.insight.step_means import mean_steps
from kerasgrid.reports.write import write_reports
from kerasgrid.run.store import Store
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData
    from kerasgrid.engine.steps import step_curve
    from kerasgrid.engine.training import Outcome, Seeds, Training

INDEX = np.arange(24, dtype=np.int32)


def test_a_curve_is_the_mean_of_the_steps_since_the_value_before() -> None:
    assert step_curve([4.0, 2.0, 3.0, 1.0, 5.0], 2) == {"iteration": [2, 4, 5], "loss": [3.0, 2.0, 5.0]}
    assert step_curve([4.0, 2.0], 5) == {"iteration": [2], "loss": [3.0]}
    assert step_curve([], 5) == {"iteration": [], "loss": []}


def test_the_curve_of_a_trial_is_the_mean_of_its_fits() -> None:
    first = {"iteration": [2, 4, 5], "loss": [1.0, 0.5, 0.25]}
    second = {"iteration": [2, 4, 6], "loss": [3.0, 1.5, 0.25]}
    assert mean_steps([first, second]) == {"iteration": [2, 4], "loss": [2.0, 1.0]}
    assert mean_steps([]) == {}
    asked = plan_of(space(curve_every=2))
    results = {
        key: FitResult(fit, "ok", {"loss": [1.0], "val_accuracy": [fit.candidate["learning_rate"]]}, steps=curve)  # type: ignore[list-item]
        for (key, fit), curve in zip(asked.fits.items(), [first, second, first, second, {}, {}], strict=True)
    }
    trials = asked.rank(results)
    assert [trial.steps.get("loss") for trial in trials] == [None, [2.0, 1.0], [2.0, 1.0]]


def test_iterations_are_drawn_where_there_are_some(tmp_path: Path) -> None:
    asked = plan_of(space(curve_every=2))
    curve = {"iteration": [2, 4], "loss": [2.0, 0.01]}
    results = {
        key: FitResult(fit, "ok", {"loss": [1.0], "val_accuracy": [0.5]}, steps=curve)
        for key, fit in asked.fits.items()
    }
    paths = write_reports(made_run(asked.rank(results), folder=tmp_path))
    assert tmp_path / "iterations.png" in paths.pictures
    assert (tmp_path / "iterations.png").read_bytes()[:4] == b"\x89PNG"
    plain = plan_of()
    assert not write_reports(made_run(plain.rank({}), folder=tmp_path)).pictures
    assert not (tmp_path / "iterations.png").exists()


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    params = resolve({"hidden_units": (5,), "batch_size": 7, "epochs": 3, "learning_rate": 0.01}, "classification")
    with quiet_stderr():
        data = ResidentData(images())
        program = Program(params, data)
    seeds = Seeds.of(0, 0, 0)
    wild = {**params, "learning_rate": 1e30, "loss": "mean_squared_error"}
    trainings = [
        Training(params, INDEX[:16], INDEX[16:], seeds),
        Training(params, INDEX[:16], INDEX[16:], seeds, curve_every=1),
        Training(params, INDEX[:16], INDEX[16:], seeds, curve_every=2),
        Training(wild, INDEX[:16], INDEX[16:], seeds, curve_every=1),
        Training(params, INDEX[:16], INDEX[16:], seeds),
    ]
    return [program.run(training, data, keep_weights=True) for training in trainings]


def test_looking_at_the_steps_changes_nothing(outcomes: list[Outcome]) -> None:
    plain, single, double, _, again = outcomes
    for other in (single, double, again):
        assert other.curve == plain.curve
        for one, two in zip(plain.weights, other.weights, strict=True):
            np.testing.assert_array_equal(one, two)
    assert plain.steps == again.steps == {}


def test_the_steps_of_an_epoch_make_its_loss(outcomes: list[Outcome]) -> None:
    _, single, double, *_ = outcomes
    # 16 samples in batches of 7, 7 and 2.
    assert single.steps["iteration"] == list(range(1, 10))
    losses = np.reshape(single.steps["loss"], (3, 3))
    np.testing.assert_allclose(losses @ [7, 7, 2] / 16, single.curve["loss"], rtol=1e-5)
    assert double.steps["iteration"] == [2, 4, 6, 8, 9]
    flat = losses.ravel()
    np.testing.assert_allclose(double.steps["loss"], [*flat[:8].reshape(4, 2).mean(axis=1), flat[8]], rtol=1e-6)


def test_a_fit_that_diverges_has_the_steps_that_it_took(outcomes: list[Outcome]) -> None:
    wild = outcomes[3]
    assert wild.status == "diverged"
    assert len(wild.steps["loss"]) == 3 * len(wild.curve["loss"]) < 9


def test_a_space_asks_for_them_and_a_fit_without_is_another_fit() -> None:
    plain, asked = plan_of(space()), plan_of(space(curve_every=100))
    assert {fit.curve_every for fit in asked.fits.values()} == {100}
    assert not set(plain.fits) & set(asked.fits)
    assert [fit.candidate for fit in plain.fits.values()] == [fit.candidate for fit in asked.fits.values()]
    # Keys of searches that do not ask are what they were.
    fit = Fit(Candidate({"model": "mlp"}), 0)
    assert fit.key("classification", "a", "b") == Fit(fit.candidate, 0, curve_every=0).key("classification", "a", "b")
    with pytest.raises(SpaceError, match=r"^curve_every: must be at least 1, got 0$"):
        space(curve_every=0)


def test_the_store_keeps_them_beside_the_curve(tmp_path: Path) -> None:
    fit = Fit(Candidate({"model": "mlp"}), 0)
    steps = {"iteration": [2, 3], "loss": [0.5, float("inf")]}
    curve = {"loss": [0.5], "val_accuracy": [0.25]}
    with Store.create_or_open(tmp_path) as store:
        store.put("with", FitResult(fit, "ok", curve, steps=steps))
        store.put("without", FitResult(fit, "ok", curve))
        known = store.known(["with", "without"])
    assert known["with"].steps == steps
    assert known["without"].steps == {}
    assert known["with"].curve == known["without"].curve == curve


def test_the_store_keeps_the_line_of_a_final(tmp_path: Path) -> None:
    line = {"x": [0.0, 1.0], "y": [1.0, 2.0], "x_train": [0.5], "y_train": [1.5]}
    with Store.create_or_open(tmp_path) as store:
        store.put_final("a", FinalResult("ok", line=line))
        store.put_final("b", FinalResult("ok"))
        assert store.final("a") == FinalResult("ok", line=line)
        assert store.final("b") == FinalResult("ok")


def test_a_final_of_before_lines_were_kept_is_read(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put_final("a", FinalResult("ok", line={"x": []}))
        old: Any = '{"status": "ok", "curve": {}, "test": null, "confusion_matrix": null, "model_path": null, '
        old += '"seconds": 1.0, "error": null}'
        store._connection.execute("UPDATE finals SET result = ?, checksum = NULL", [old])
        assert store.final("a") == FinalResult("ok", seconds=1.0)
