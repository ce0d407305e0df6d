"""Ranges of the best trials, and the ends at which they sit."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console
from support.scored import scored, space_of
from support.trials import all_fits, diverged, grid, made_run, trials_of

from kerasgrid.axes.axis import Axis
from kerasgrid.fits.explaining import Explained
from kerasgrid.insight.ranges import AxisRange, axis_ranges, edge_of, is_log, top_trials
from kerasgrid.reports.pages.glance import glance_html
from kerasgrid.reports.text.console import print_run
from kerasgrid.reports.text.ranges import edge_lines, range_lines
from kerasgrid.reports.text.summary import summary_text
from kerasgrid.run.suits import AUTO_SEARCHES
from kerasgrid.space.spec import Space

LOG = {"log_uniform": {"low": 1e-6, "high": 1e-2}}


def axis(name: str, raw: Any, strategy: str = "random") -> Axis:
    return space_of({name: raw}, strategy=strategy).blocks[0].axes[name]


def textbook() -> Space:
    return space_of({"learning_rate": LOG, "weight_decay": LOG, "epochs": 2}, strategy="random", trials=100, seed=2)


def near(rate: float):
    def score(candidate) -> float:  # type: ignore[no-untyped-def]
        return 0.92 - 0.1 * abs(math.log10(candidate["learning_rate"] / rate))

    return score


def test_the_range_of_the_best_trials() -> None:
    space = textbook()
    trials = scored(space, near(1e-3))
    rate, decay = axis_ranges(trials, space.blocks, top=5)
    values = [trial.candidate["learning_rate"] for trial in trials[:5]]
    assert rate == AxisRange("learning_rate", min(values), max(values), values[0], None, exact=False)
    assert 5e-4 < rate.low < 1e-3 < rate.high < 2e-3
    assert decay.high / decay.low > 10


def test_who_had_the_axes_chosen_is_not_told_to_widen_them() -> None:
    space = textbook()
    trials = scored(space, near(1e-2))

    def told(name: str) -> tuple[bool, ...]:
        run = made_run(trials, blocks=space.blocks, space=space.changed(name=name))
        shown = io.StringIO()
        print_run(Console(file=shown, force_terminal=False, width=200), run)
        texts = (*range_lines(run), *edge_lines(run), summary_text(run))
        return any("widen" in line for line in texts), "widen" in shown.getvalue(), "widen" in glance_html(run)

    assert told("textbook") == (True, True, True)
    for found in AUTO_SEARCHES:
        assert told(found.space) == (False, False, False)


def test_whoever_asks_for_a_closer_look_is_told_where_to_widen() -> None:
    space = textbook()
    trials = scored(space, near(1e-2))
    run = made_run(trials, blocks=space.blocks, space=space, explained=Explained())
    assert "widen it" in glance_html(run)


def test_lines_are_those_of_the_textbook() -> None:
    space = textbook()
    trials = scored(space, near(1e-2))
    lines = range_lines(made_run(trials, blocks=space.blocks))
    best = trials[0].candidate
    rate, decay = (f"{best[name]:.2g}" for name in ("learning_rate", "weight_decay"))
    assert lines[0].startswith("Best-1 (val accuracy 0.9")
    assert lines[0].endswith(f") | weight_decay {decay} | learning_rate {rate}")
    assert [line[:6] for line in lines[1:5]] == [f"Best-{n}" for n in range(2, 6)]
    assert lines[5] == "Range of the best 5:"
    low = min(trial.candidate["learning_rate"] for trial in trials[:5])
    assert lines[7] == f"learning_rate {low:.2g} … {rate}; {rate} is at the upper end: widen it"
    assert len(lines) == 8


@pytest.mark.parametrize(
    ("n_scored", "n_best"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (8, 4), (9, 5), (30, 5)]
)
def test_the_best_are_the_better_half_at_most(n_scored: int, n_best: int) -> None:
    tried = grid({"learning_rate": [n / 100 for n in range(1, 41)]})
    trials = trials_of(tried, [*all_fits(tried[:n_scored]), *(diverged(c, 0) for c in tried[n_scored:])])
    assert top_trials(trials) == trials[:n_best]


def test_choices_are_shown_as_they_are() -> None:
    space = space_of({"batch_size": [512, 1024, 2048], "dropout": [0.125, 0.25], "activation": ["relu", "selu"]})
    trials = scored(space, lambda c: c["dropout"] - c["batch_size"] / 1e6)
    lines = range_lines(made_run(trials, blocks=space.blocks), top=2)
    assert lines == [
        "Best-1 (val accuracy 0.2495) | activation relu | dropout 0.25 | batch_size 512",
        "Best-2 (val accuracy 0.2495) | activation selu | dropout 0.25 | batch_size 512",
        "Range of the best 2:",
        "dropout 0.25; 0.25 is at the upper end: widen it",
        "batch_size 512; 512 is at the lower end: widen it",
    ]


def test_no_lines_where_there_is_nothing_to_tell() -> None:
    space = textbook()
    trials = scored(space, near(1e-3))
    assert range_lines(made_run(trials)) == []
    assert range_lines(made_run(trials[:2], blocks=space.blocks)) == []
    assert range_lines(made_run([], blocks=space.blocks)) == []
    names = space_of({"activation": ["relu", "selu", "tanh"]})
    assert range_lines(made_run(scored(names, lambda c: len(c["activation"])), blocks=names.blocks)) == []
    tried = grid({"learning_rate": [0.1, 0.2, 0.3, 0.4]})
    lost = trials_of(tried, [*all_fits(tried[:2]), *(diverged(c, 0) for c in tried[2:])])
    rates = space_of({"learning_rate": [0.1, 0.2, 0.3, 0.4]})
    assert range_lines(made_run(lost, blocks=rates.blocks)) == []


@pytest.mark.parametrize(
    ("name", "raw", "value", "edge"),
    [
        ("learning_rate", LOG, 0.0099, "upper"),
        ("learning_rate", LOG, 0.0070, None),
        ("learning_rate", LOG, 1.1e-6, "lower"),
        ("learning_rate", {"uniform": {"low": 0.1, "high": 1.0}}, 0.5, None),
        ("dropout", {"uniform": {"low": 0.0, "high": 0.5}}, 0.001, None),
        ("dropout", {"uniform": {"low": 0.0, "high": 0.5}}, 0.499, "upper"),
        ("dropout", [0.0, 0.2, 0.4], 0.0, None),
        ("dropout", [0.0, 0.2, 0.4], 0.4, "upper"),
        ("dropout", [0.0, 0.2, 0.4], 0.2, None),
        ("batch_size", [1, 2, 4], 1, None),
        ("batch_size", [2, 4, 8], 2, "lower"),
        ("batch_size", 8, 8, None),
        ("epochs", {"int_uniform": {"low": 5, "high": 10}}, 10, "upper"),
        ("epochs", {"int_log_uniform": {"low": 5, "high": 10}}, 5, "lower"),
    ],
)
def test_ends_of_axes(name: str, raw: Any, value: float, edge: str | None) -> None:
    assert edge_of(name, axis(name, raw), value) == edge


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([0.001, 0.01, 0.1], True),
        ([0.001, 0.002, 0.01], True),
        ([0.1, 0.2, 0.3], False),
        ([0.0, 0.001, 0.1], False),
        ([16, 32, 64], True),
        ([10, 20, 30], False),
        ([5, 10], False),
        ([1, 1000], True),
    ],
)
def test_which_choices_are_logarithmic(values: list[float], log: bool) -> None:
    name = "batch_size" if isinstance(values[0], int) else "weight_decay"
    assert is_log(axis(name, values, "grid")) is log


def test_a_trial_is_told_by_the_block_that_made_it() -> None:
    params = [
        {"optimizer": "SGD", "learning_rate": [0.01, 0.1, 1.0]},
        {"optimizer": "Adam", "learning_rate": [0.0001, 0.001, 0.01]},
    ]
    space = space_of(params)
    best = scored(space, lambda c: -abs(c["learning_rate"] - 0.01) + 0.001 * (c["optimizer"] == "Adam"))
    assert axis_ranges(best, space.blocks, top=1)[0].edge == "upper"
    other = [replace(trial, rank=0) for trial in best if trial.candidate["optimizer"] == "SGD"]
    assert axis_ranges(other, space.blocks, top=1)[0].edge == "lower"
