"""Fits that differ in their epochs alone, trained once: each is bit for bit what it is alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.made import images, numbers

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.prefixes import shared
from kerasgrid.system.quiet import quiet_stderr

with quiet_stderr():
    from kerasgrid.engine.trainer import Trainer

ENDS = (1, 2, 5, 9)
N = 60
FOLDS = [Fold(np.arange(44, dtype=np.int32), np.arange(44, N, dtype=np.int32))]

MLP: dict[str, Any] = {"model": "mlp", "hidden_units": (5,), "batch_size": 10, "learning_rate": 0.02}
CNN: dict[str, Any] = {
    "model": "cnn", "conv_filters": (2, 3), "hidden_units": (4,), "batch_norm": True, "dropout": 0.3, "batch_size": 10,
    "learning_rate": 0.02,
}  # fmt: skip
STOPPING = {"patience": 2, "validation_split": 0.3}
PREDICTED: dict[str, Any] = {"metrics": ("balanced_accuracy", "f1_macro")}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp": (MLP, {}),
    "dropout, penalties and bounds": ({**MLP, "dropout": 0.4, "l2": 0.01, "l1": 0.001, "clipnorm": 0.1}, {}),
    "cnn": (CNN, {}),
    "images that are changed": ({**CNN, "augmentation": {"flip": "horizontal", "shift": 0.2}}, PREDICTED),
    "averages": ({**MLP, "ema_momentum": 0.8, "optimizer": "momentum"}, PREDICTED),
    "averages, batch norm": ({**CNN, "ema_momentum": 0.8}, {}),
    "metrics of the last epoch": (MLP, PREDICTED),
    "metrics of each epoch": (MLP, {**PREDICTED, "curve_metrics": ("f1_macro",)}),
    "steps": (MLP, {"curve_every": 3}),
    "stopped early": ({**MLP, "early_stopping": STOPPING, "learning_rate": 0.5}, PREDICTED),
    "stopped early, the last weights": (
        {**MLP, "early_stopping": {**STOPPING, "restore_best_weights": False}, "learning_rate": 0.5}, PREDICTED,
    ),
    "stopped early, averages": (
        {**CNN, "early_stopping": {**STOPPING, "patience": 6}, "ema_momentum": 0.5, "learning_rate": 0.05}, PREDICTED,
    ),
    "a plateau": ({**MLP, "reduce_on_plateau": {"patience": 0, "min_delta": 0.5}}, PREDICTED),
    "diverging": ({**MLP, "hidden_units": (4, 4), "activation": "linear", "optimizer": "SGD", "learning_rate": 0.3},
                  PREDICTED),
}  # fmt: skip


def fits(params: dict[str, Any], asked: dict[str, Any], ends: Sequence[int] = ENDS) -> list[Fit]:
    return [Fit(Candidate({**params, "epochs": end}), 0, seed=3, **asked) for end in ends]


def told(result: FitResult) -> tuple[Any, ...]:
    """Return all of a result but its seconds; texts of numbers, of which those that are none are equal, too."""
    curves = ({name: repr([*values]) for name, values in one.items()} for one in (result.curve, result.steps))
    return result.fit, result.status, *curves, result.n_parameters, result.error, result.best_epoch, result.restored


def check(dataset: Dataset, asked: Sequence[Fit], *, compiled: bool = False) -> list[FitResult]:
    """Check that fits are trained together as each alone, in a program that has trained others, and return them."""
    (group,) = shared(asked, dataset.task)
    sizes = None
    if compiled:
        sizes = BatchSizes.of(asked[0].candidate.resolved(dataset.task).params, len(FOLDS[0].train), N - 44)
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
    own = {"model": "support.own_models:build", "model__units": 6, "model__activation": "relu", "batch_size": 10}
    table = replace(images(N), x_train=images(N).x_train.reshape(N, -1))
    check(table, fits({**own, "early_stopping": STOPPING}, PREDICTED))


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
