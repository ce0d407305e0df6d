"""Plans: what a space asks for on a data set; and tallies: how far a search of one is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.plans import DOCUMENT, LEARNING_RATES, Clock, N, dataset, plan_of, space

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset, Splits
from kerasgrid.errors import DataError, SpaceError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.run.beginning import begin
from kerasgrid.run.growing import grown
from kerasgrid.run.plan import Plan
from kerasgrid.run.planning import make_plan
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally
from kerasgrid.space.spec import Space, space_from_dict

PLAN = plan_of()


def test_a_plan_comes_back_from_a_store(tmp_path: Path) -> None:
    plan = plan_of(space(seed=5))
    with Store.create_or_open(tmp_path) as store:
        begin(grown(plan, {}), store)
        back = Plan.from_meta(store.meta(), "here")
    assert back.to_meta() == plan.to_meta()
    assert back.candidates == plan.candidates
    assert dict(back.fits) == dict(plan.fits)
    assert list(back.fits) == list(plan.fits)
    assert back.space == plan.space
    assert back.metric == "accuracy"
    assert [back.final_key(c) for c in back.candidates] == [plan.final_key(c) for c in plan.candidates]


def test_keys_tell_apart_all_that_determines_numbers() -> None:
    plans = [
        plan_of(),
        plan_of(space(seed=1)),
        plan_of(data=dataset(shift=0.5)),
        plan_of(space({"epochs": 3})),
        plan_of(space(cv=3)),
        plan_of(space(cv=None, validation_split=0.2)),
    ]
    keys = [key for plan in plans for key in plan.fits]
    assert len(set(keys)) == len(keys) == 6 + 6 + 6 + 6 + 9 + 3
    finals = {plan.final_key(candidate) for plan in plans[:4] for candidate in plan.candidates}
    assert len(finals) == 12
    # Folds make no difference for a refit on everything.
    assert plans[4].final_key(PLAN.candidates[0]) == PLAN.final_key(PLAN.candidates[0])


def test_neither_the_test_set_nor_names_nor_the_order_change_a_fits_key() -> None:
    other = plan_of(
        space({"learning_rate": LEARNING_RATES[::-1]}, name="other", metric="loss"), dataset(test_shift=1.0)
    )
    assert set(other.fits) == set(PLAN.fits)
    assert other.metric == "loss"
    assert other.final_key(PLAN.candidates[0]) != PLAN.final_key(PLAN.candidates[0])


def images(height: int, width: int) -> Dataset:
    y = np.arange(N) % 3
    x = np.zeros((N, height, width), np.float32)
    return Dataset("pictures", x, y, None, None, "classification", ("a", "b", "c"), "made")


def cnn(**params: Any) -> Space:
    return space_from_dict({**DOCUMENT, "model": "cnn", "params": {"hidden_units": [[4]], "epochs": 1, **params}})


def test_a_plan_without_a_test_set() -> None:
    plan, folds = make_plan(cnn(conv_filters=[[2]]), images(8, 6))
    assert plan.dataset["n_test"] == 0
    assert plan.dataset["input_shape"] == [8, 6]
    assert plan.test_fingerprint == ""
    assert plan.fold_fingerprints == tuple(fold.fingerprint for fold in folds)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"kernel_size": 7, "padding": "valid"},
            "params.kernel_size: the kernel must fit the image, which is 8×6 at convolution 1, got 7 "
            '(use a smaller kernel, fewer conv_filters, or padding "same")',
        ),
        (
            {"kernel_size": [3, 5], "padding": "valid", "conv_filters": [[2], [2, 2]], "pool_size": 1},
            "params.kernel_size: the kernel must fit the image, which is 4×2 at convolution 2, got 5 "
            '(use a smaller kernel, fewer conv_filters, or padding "same")',
        ),
        (
            {"conv_filters": [[1, 1], [1, 1, 1]], "kernel_size": 9},
            "params.pool_size: the pool must fit the image, which is 2×1 after convolution 3, got 2 "
            "(use a smaller pool or fewer conv_filters)",
        ),
    ],
)
def test_impossible_shapes_are_refused_before_any_training(params: dict[str, Any], message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        make_plan(cnn(**params), images(8, 6))
    assert str(caught.value) == message


def test_a_table_is_no_image() -> None:
    with pytest.raises(SpaceError) as caught:
        make_plan(space_from_dict({**DOCUMENT, "model": ["mlp", "cnn"]}), dataset())
    assert str(caught.value) == (
        "model: the model cnn needs images (height × width, or height × width × channels), got inputs of shape 4 "
        "(use the model mlp for tables, or use the space table_classification)"
    )


def test_a_metric_of_another_task_is_refused() -> None:
    with pytest.raises(SpaceError, match=r'^metric: must suit the task classification, got "r2" \(one of accuracy, '):
        make_plan(space(metric="r2"), dataset())


def test_too_few_samples_for_the_folds_are_refused() -> None:
    with pytest.raises(DataError, match=r"^made: 3 classes have fewer samples than the 11 folds: a \(10\), .* \(use"):
        make_plan(space(cv=11), dataset())


# Tallies


def result(rate: float, fold: int, value: float, metric: str = "accuracy", status: str = "ok") -> FitResult:
    fit = Fit(Candidate({"learning_rate": rate}), fold)
    return FitResult(fit, status, {f"val_{metric}": [0.0, value]})  # type: ignore[arg-type]


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 0.7), ("mse", 0.3)])
def test_the_best_is_of_complete_trials(metric: str, best: float) -> None:
    tally = Tally(6, 2, metric)
    assert tally.best is None
    tally.add(result(0.1, 0, 0.2, metric))
    tally.add(result(0.2, 0, 0.6, metric))
    assert tally.best is None
    tally.add(result(0.1, 1, 0.4, metric), reused=True)
    assert tally.best == pytest.approx(0.3)
    tally.add(result(0.2, 1, 0.8, metric))
    assert tally.best == pytest.approx(best)
    tally.add(result(0.3, 0, math.nan, metric, "diverged"))
    tally.add(FitResult(Fit(Candidate({"learning_rate": 0.3}), 1), "failed", error="no luck"))
    assert tally.best == pytest.approx(best)
    assert (tally.done, tally.reused, tally.diverged, tally.failed) == (6, 1, 1, 1)


def test_the_time_left_follows_the_pace_since_the_first_result() -> None:
    clock = Clock()
    tally = Tally(10, 2, "accuracy", clock)
    tally.add(result(0.1, 0, 0.5), reused=True)
    clock.now = 100.0
    assert tally.seconds_left is None
    # The first result includes the start of the workers: it tells no pace.
    tally.add(result(0.1, 1, 0.5))
    assert tally.seconds_left is None
    clock.now = 104.0
    tally.add(result(0.2, 0, 0.5))
    tally.add(result(0.2, 1, 0.5))
    assert tally.seconds_left == pytest.approx(4.0 / 2 * 6)
    assert tally.elapsed == 104.0


def test_a_default_that_is_written_down_retrains_nothing(tmp_path: Path) -> None:
    written = plan_of(space({"activation": "relu", "l2": 0.0}))
    assert set(written.fits) == set(PLAN.fits)
    assert [written.final_key(c) for c in written.candidates] == [PLAN.final_key(c) for c in PLAN.candidates]
    # What the store says of the same fits is taken for this plan's, in this plan's words.
    results = {key: FitResult(fit, "ok") for key, fit in PLAN.fits.items()}
    assert [result.fit for result in written.own(results)] == list(written.fits.values())


def test_candidates_that_differ_in_written_down_defaults_only_count_once() -> None:
    params = DOCUMENT["params"]
    twice = plan_of(space_from_dict({**DOCUMENT, "params": [params, {**params, "l2": [0.0, 0.1]}]}))
    assert len(twice.candidates) == 2 * len(PLAN.candidates)
    assert twice.candidates[: len(PLAN.candidates)] == PLAN.candidates


def test_other_groups_are_other_fits_where_samples_are_watched() -> None:
    """Even in the same folds: whole groups are watched."""
    data, folds = dataset(), {"validation_split": 0.5, "cv": None}
    halves = [np.arange(N) * 2 // N, np.arange(N) * 4 // N]
    values = {"early_stopping": [None, {"patience": 1}]}
    plans = [plan_of(space(values, **folds), replace(data, splits=Splits(groups=groups))) for groups in halves]
    first, second = plans
    both = replace(second, fold_fingerprints=first.fold_fingerprints)
    assert len(set(first.fits) & set(both.fits)) == len(first.fits) // 2
    finals = [[plan.final_key(candidate) for candidate in first.candidates] for plan in (first, both)]
    assert [one == other for one, other in zip(*finals, strict=True)] == [
        candidate["early_stopping"] is None for candidate in first.candidates
    ]
