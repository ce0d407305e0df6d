"""The time that is left, told from unlike fits; what a search takes, told before it begins, from runs beside it."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.plans import Clock, plan_of, space
from support.searches import searched

from kerasgrid.fits.fake import FakeFitter
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.run.database import FILE
from kerasgrid.run.earlier_times import earlier_times
from kerasgrid.run.forecast import Forecast
from kerasgrid.run.pace import Pace
from kerasgrid.run.plan import Plan
from kerasgrid.run.tally import Tally

UNLIKE: list[dict[str, Any]] = [
    {"epochs": [2, 4, 8, 16], "hidden_units": [[8], [32, 32]], "optimizer": ["SGD", "Adam"]},
    {"epochs": [5, 50], "batch_size": [8, 16, 32], "learning_rate": [0.001, 0.01, 0.1]},
    {"learning_rate": [10.0**-n for n in range(1, 17)]},
    {"hidden_units": [[8], [16], [32], [64], [128], [256], [512], [1024]], "dropout": [0.0, 0.2]},
]


def takes(fit: Fit) -> float:
    """A step that takes what it takes, and products, with ten percent of noise."""
    params = fit.candidate.resolved("classification").params
    units: Any = params["hidden_units"]
    steps = int(str(params["epochs"])) * math.ceil(15 / int(str(params["batch_size"])))
    step = 3e-4 * (1.3 if params["optimizer"] == "Adam" else 1.0) + 2e-8 * sum(n * n for n in units)
    noise = random.Random(fit.candidate.id + str(fit.fold)).gauss(0, 0.1)
    return steps * step * math.exp(noise)


def result(fit: Fit, seconds: float) -> FitResult:
    return FitResult(fit, "ok", {"val_accuracy": [0.5]}, seconds)


def off(plan: Plan, seed: int) -> float:
    """The logarithm of the estimate after a tenth of the fits over what the rest then took, on one worker."""
    clock, fits = Clock(), list(plan.fits.values())
    if seed:
        random.Random(seed).shuffle(fits)
    tally = Tally(len(fits), plan.n_folds, "accuracy", clock, Pace(fits, plan.task, plan.n_fit_samples))
    n = max(3, len(fits) // 10)
    clock.now = 5.0
    for fit in fits[:n]:
        clock.now += takes(fit)
        tally.add(result(fit, takes(fit)))
    assert tally.seconds_left is not None
    return math.log(tally.seconds_left / sum(map(takes, fits[n:])))


def test_after_a_tenth_the_time_left_is_right_to_within_thirty_percent() -> None:
    found = [abs(off(plan_of(space(params, cv=3)), seed)) for params in UNLIKE for seed in range(6)]
    assert np.median(found) < math.log(1.3)


def test_what_was_there_before_tells_what_fits_take_and_is_not_left() -> None:
    plan = plan_of(space({"epochs": [1, 3]}))
    fits = list(plan.fits.values())
    pace = Pace(fits, plan.task, plan.n_fit_samples)
    assert pace.seconds_left(len(fits)) is None
    pace.add(result(fits[0], 2.0), is_first=False, reused=True)
    assert pace.seconds_since_first() == 0.0
    left = pace.seconds_left(len(fits) - 1)
    # Of three learning rates and two folds, a fit of one epoch is done: five of 2 s and six of 6 s are left.
    assert left == pytest.approx(46.0, rel=0.05)
    assert pace.seconds_left(len(fits)) == pytest.approx(left + left / (len(fits) - 1), rel=0.3)


def test_one_that_diverged_tells_nothing_of_the_others() -> None:
    plan = plan_of()
    fits = list(plan.fits.values())
    pace = Pace(fits, plan.task, plan.n_fit_samples)
    pace.add(FitResult(fits[0], "diverged", {}, 0.01), is_first=True, reused=False)
    assert pace.seconds_left(5) is None


def test_candidates_that_are_named_later_are_asked_for_then() -> None:
    small, large = plan_of(), plan_of(space({"learning_rate": [0.001, 0.01, 0.1, 1.0]}))
    pace = Pace(small.fits.values(), small.task, small.n_fit_samples)
    pace.add(result(next(iter(small.fits.values())), 1.0), is_first=True, reused=False)
    # Two whom nobody has named yet are taken for the mean of the others.
    assert pace.seconds_left(7) == pytest.approx(7.0, rel=0.01)
    pace.ask(large.fits.values())
    assert pace.seconds_left(7) == pytest.approx(7.0, rel=0.01)


def test_runs_beside_a_run_tell_what_its_fits_take(tmp_path: Path) -> None:
    plan = plan_of()
    searched(plan, tmp_path / "before", FakeFitter(lambda fit: 0.5, seconds=4.0))
    searched(plan, tmp_path / "own", FakeFitter(lambda fit: 0.5, seconds=9.0))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / FILE).write_text("no database")
    times = earlier_times(plan, tmp_path / "own")
    assert [(n, seconds) for _, n, seconds in times] == [(plan.n_fit_samples, 4.0)] * 6
    assert [params["learning_rate"] for params, _, _ in times] == [
        fit.candidate["learning_rate"] for fit in plan.fits.values()
    ]
    told = Forecast.of(plan, 1, 2, times)
    assert told is not None
    # Six fits of 4 s on two workers, and a graph in each; a refit of twice the samples; 3 s before, and 3 s after.
    assert told.seconds_of_fits == pytest.approx(12.5)
    assert told.seconds == pytest.approx(3 + 12.5 + 8 + 3)


def test_runs_of_other_data_tell_nothing(tmp_path: Path) -> None:
    plan = plan_of()
    searched(plan, tmp_path / "before", FakeFitter(lambda fit: 0.5, seconds=4.0))
    other = plan_of()
    other = Plan(**{**{name: getattr(other, name) for name in other.__dataclass_fields__}, "n_outputs": 4})
    assert earlier_times(other, tmp_path / "own") == []
    assert Forecast.of(other, 1, 2, []) is None
