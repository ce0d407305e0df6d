"""Which fits are one training."""

from __future__ import annotations

from typing import Any

import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.objects import Fields
from kerasgrid.axes.schedules import SCHEDULES, Schedule
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.prefixes import epochs_of, shared

TASK = "classification"


def fit(epochs: int | None = None, fold: int = 0, repeat: int = 0, **more: Any) -> Fit:
    asked = {name: more.pop(name) for name in ("seed", "curve_every", "metrics", "curve_metrics") if name in more}
    given = {} if epochs is None else {"epochs": epochs}
    return Fit(Candidate({"model": "mlp", **given, **more}), fold, repeat, **asked)


def test_those_that_differ_in_their_epochs_alone_are_one_in_the_order_of_their_epochs() -> None:
    asked = [fit(20), fit(5, 1), fit(40), fit(5), fit(20, 1), fit(7, dropout=0.1)]
    assert shared(asked, TASK) == [(asked[3], asked[0], asked[2]), (asked[1], asked[4]), (asked[5],)]
    assert [epochs_of(one, TASK) for one in asked] == [20, 5, 40, 5, 20, 7]
    assert shared([], TASK) == []


def test_what_is_written_down_as_it_is_by_default_makes_no_difference() -> None:
    asked = [fit(5), fit(), fit(20, dropout=0.0, learning_rate_schedule={"name": "constant", "warmup": 0.0})]
    assert shared(asked, TASK) == [tuple(asked)]
    assert epochs_of(asked[1], TASK) == 10


@pytest.mark.parametrize("other", [
    {"fold": 1}, {"repeat": 1}, {"seed": 1}, {"curve_every": 5}, {"metrics": ("f1_macro",)}, {"learning_rate": 0.5},
    {"metrics": ("f1_macro",), "curve_metrics": ("f1_macro",)}, {"batch_size": 7}, {"early_stopping": {}},
])  # fmt: skip
def test_what_else_differs_makes_two(other: dict[str, Any]) -> None:
    assert len(shared([fit(5), fit(10, **other)], TASK)) == 2


@pytest.mark.parametrize("same", [
    {"early_stopping": {"patience": 3}}, {"reduce_on_plateau": {}}, {"ema_momentum": 0.9}, {"dropout": 0.2},
    {"optimizer": "AdamW", "weight_decay": 0.1, "clipnorm": 1.0},
])  # fmt: skip
def test_what_looks_at_epochs_that_were_is_no_hindrance(same: dict[str, Any]) -> None:
    assert len(shared([fit(5, **same), fit(10, **same)], TASK)) == 1


@pytest.mark.parametrize("schedule", [
    *(name for name in SCHEDULES if name != "constant"), {"name": "constant", "warmup": 0.1},
])  # fmt: skip
def test_schedules_span_all_epochs(schedule: Any) -> None:
    same = {"learning_rate_schedule": schedule}
    assert len(shared([fit(5, **same), fit(10, **same)], TASK)) == 2


def test_so_does_a_schedule_that_was_added() -> None:
    same = {"learning_rate_schedule": "falling"}
    with SCHEDULES.with_row(Schedule("falling", "falls", Fields(), lambda ops, t, of: 1 - t, 1.0, 0.0)):
        assert len(shared([fit(5, **same), fit(10, **same)], TASK)) == 2
