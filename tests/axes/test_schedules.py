"""Every schedule of the learning rate keeps the contract, and is the formula that its source has."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from support.schedule_contract import ScheduleContract

from kerasgrid.axes.objects import Fields
from kerasgrid.axes.parameter import Parameter
from kerasgrid.axes.parameters import PARAMETERS, resolve, structure
from kerasgrid.axes.schedules import SCHEDULES, Schedule, factor_at
from kerasgrid.errors import SpaceError

ROW = PARAMETERS["learning_rate_schedule"]


class TestSchedules(ScheduleContract):
    @pytest.fixture(params=list(SCHEDULES.values()), ids=list(SCHEDULES))
    def schedule(self, request: pytest.FixtureRequest) -> Schedule:
        found: Schedule = request.param
        return found


def value(name: str, **fields: float) -> Any:
    return ROW.normalise({"name": name, **fields}, "here")


@pytest.mark.parametrize("t", [0.0, 0.1, 0.37, 0.99])
def test_coslog4_is_that_of_realmlp(t: float) -> None:
    expected = 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t)))
    assert factor_at("coslog4", t) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("given", "t", "factor"),
    [
        (value("constant", warmup=0.5), 0.25, 0.5),
        (value("cosine", alpha=0.2), 0.5, 0.6),
        (value("cosine", warmup=0.5), 0.75, 0.5),
        (value("exponential", decay_rate=0.25), 0.5, 0.5),
        (value("step", drop=0.5, every=0.25), 0.49, 0.5),
        (value("step", drop=0.5, every=0.25), 0.5, 0.25),
        (value("polynomial", power=2), 0.5, 0.25),
        (value("one_cycle"), 0.3, 1.0),
        (value("one_cycle", warmup=0.5, start=0.5), 0.25, 0.75),
        (value("one_cycle", warmup=0), 0.0, 1.0),
        # 1, 2 and 4 of 7 parts.
        (value("cosine_restarts"), 0.5 / 7, 0.5),
        (value("cosine_restarts"), 1 / 7, 1.0),
        (value("cosine_restarts"), 2 / 7, 0.5),
        (value("cosine_restarts", m_mul=0.5), 3 / 7, 0.25),
        (value("cosine_restarts", cycles=4, t_mul=1), 0.625, 0.5),
        (value("coslog4", warmup=0.4), 0.2, 0.5 * 0.0),
    ],
)
def test_points_of_the_curves(given: Any, t: float, factor: float) -> None:
    assert factor_at(given, t) == pytest.approx(factor, abs=1e-4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("cosin", 'here: must be one of constant, cosine, exponential, step, polynomial, one_cycle, cosine_restarts, '
         'coslog4, got "cosin" (did you mean cosine?)'),
        ({"name": "cosine", "warmup": 1}, "here.warmup: must be a number of at least 0 and below 1, got 1"),
        ({"name": "step", "every": 0}, "here.every: must be a number of at least 0.001 and at most 1, got 0"),
        ({"name": "cosine", "power": 2}, "here.power: unknown key (known are warmup, alpha)"),
        ({"name": "cosine_restarts", "t_mul": 0.5}, "here.t_mul: must be a number of at least 1 and at most 10, got "
         "0.5"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(given: Any, message: str) -> None:
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        ROW.normalise(given, "here")


def test_the_kind_and_what_is_not_zero_make_another_program() -> None:
    constant = structure(resolve({}, "classification"))
    cosine, warm, warmer, step = (
        structure(resolve({"learning_rate_schedule": given}, "classification"))
        for given in ("cosine", {"name": "cosine", "warmup": 0.1}, {"name": "cosine", "warmup": 0.2}, "step")
    )
    assert warm == warmer
    assert len({constant, cosine, warm, step}) == 4
    # What only looks at a fit changes no graph.
    looked_at = {"early_stopping": {"patience": 3}, "reduce_on_plateau": {}}
    assert structure(resolve(looked_at, "classification")) == constant


def test_one_more_is_one_row() -> None:
    slope = Parameter("slope", "float", "how steep", "", structural=False, default=0.5, low=0, high=1)
    row = Schedule("falling", "falls as a line", Fields(slope), lambda ops, t, of: 1 - of["slope"] * t, 1.0, 0.5)
    with SCHEDULES.with_row(row):
        assert resolve({"learning_rate_schedule": "falling"}, "regression")["learning_rate_schedule"] == "falling"
        assert factor_at(value("falling", slope=1), 0.25) == 0.75
    with pytest.raises(SpaceError, match="must be one of constant"):
        value("falling")
