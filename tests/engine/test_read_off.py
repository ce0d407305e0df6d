"""Fits that differ in their epochs alone, trained once: each is bit for bit what it is alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from support.made import images, numbers
from support.shared_epochs import CASES, ENDS, FOLDS, MLP, OWN, PREDICTED, N, fits, sizes_of, told

from kerasgrid.data.dataset import Dataset
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.prefixes import shared
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.trainer import Trainer


def check(dataset: Dataset, asked: Sequence[Fit], *, compiled: bool = False) -> list[FitResult]:
    """Check that fits are trained together as each alone, in a program that has trained others, and return them."""
    (group,) = shared(asked, dataset.task)
    sizes = sizes_of(asked[0], dataset.task) if compiled else None
    with quiet_stderr():
        one, other = (Trainer(dataset, FOLDS, 1) for _ in range(2))
        alone = [result for fit in asked for result, _ in one.train((fit,), sizes)]
        together = [result for _ in range(2) for result, _ in other.train(group, sizes)][len(group) :]
    assert all(result.status != "failed" for result in alone), alone[0].error
    assert [told(result) for result in together] == [told(result) for result in alone]
    seconds = [result.seconds for result in together]
    assert seconds == sorted(seconds)
    return together


@pytest.mark.parametrize("name", CASES)
def test_what_is_read_off_is_what_each_fit_is_alone(name: str) -> None:
    params, asked = CASES[name]
    results = check(images(N), fits(params, asked))
    if "early_stopping" not in params and name != "diverging":
        assert [result.n_epochs for result in results] == [*ENDS]


@pytest.mark.parametrize("params", [MLP, {**MLP, "dropout": 0.4, "batch_norm": True, "ema_momentum": 0.9}])
@pytest.mark.parametrize("asked", [{}, {**PREDICTED, "curve_metrics": ("f1_macro",)}, PREDICTED])
def test_so_it_is_where_xla_compiles(params: dict[str, Any], asked: dict[str, Any]) -> None:
    check(images(N), fits(params, asked), compiled=True)


def test_a_model_of_ones_own() -> None:
    table = replace(images(N), x_train=images(N).x_train.reshape(N, -1))
    check(table, fits(OWN, PREDICTED))


def test_regression_with_scaled_targets() -> None:
    check(numbers(N), fits({**MLP, "target_scaling": "standard"}, {"metrics": ("median_absolute_error",)}))


def test_it_stops_and_diverges_for_all_that_were_not_reached() -> None:
    stopped = check(images(N), fits(*CASES["stopped early"], ends=(1, 2, 30, 40)))
    assert [result.n_epochs for result in stopped[:2]] == [1, 2]
    assert stopped[2].n_epochs == stopped[3].n_epochs < 30
    assert stopped[2].restored
    diverged = check(images(N), fits(*CASES["diverging"], ends=(1, 30, 40)))
    assert [result.status for result in diverged] == ["ok", "diverged", "diverged"]
    assert diverged[1].n_epochs == diverged[2].n_epochs < 30


def test_what_fails_fails_for_all_that_were_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(images(N), FOLDS, 1)
    (group,) = shared(fits(MLP, {}), "classification")
    with quiet_stderr():
        answers = trainer.train(group)
        assert next(answers)[0].status == next(answers)[0].status == "ok"
        monkeypatch.setattr("kerasgrid.engine.course.Course.go_on", lambda *args: 1 / 0)
        rest = [*answers]
    assert [(result.fit, result.status) for result, _ in rest] == [(fit, "failed") for fit in group[2:]]
    assert {result.error for result, _ in rest} == {"ZeroDivisionError: division by zero"}
    assert [built > 0 for _, built in rest] == [False, True]


def test_calls_of_the_graph_may_end_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fits(MLP, {})
    whole = [told(result) for result in check(images(N), asked)]
    for samples in (1, 100, 3 * N):
        monkeypatch.setattr("kerasgrid.engine.epochs._SAMPLES_PER_CALL", samples)
        for compiled in (False, True):
            found = [told(result) for result in check(images(N), asked, compiled=compiled)]
            if not compiled:
                assert found == whole
