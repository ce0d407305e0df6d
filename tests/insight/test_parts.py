"""Depth and width by themselves: in effects, ranges, narrower spaces and columns."""

from __future__ import annotations

import math
from typing import Any

import pytest
from support.scored import scored, space_of
from support.trials import made_run

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.effects import effects
from kerasgrid.insight.factors import ABSENT, factors
from kerasgrid.insight.ranges import AxisRange, axis_ranges, misfit
from kerasgrid.reports.export.optuna_study import distributions
from kerasgrid.reports.tables.columns import columns
from kerasgrid.reports.text.ranges import edge_lines, range_lines
from kerasgrid.run.making import _log_axes
from kerasgrid.space.spec import Space

DRAWN = {
    "layers": {"int_uniform": {"low": 1, "high": 4}},
    "units": {"int_log_uniform": {"low": 16, "high": 512}},
    "shape": ["constant", "pyramid"],
}


def by(depth: float, width: float, shape: float = 0.0):
    """A score to which depth, width and shape each add something."""

    def score(candidate: Candidate) -> float:
        sizes: Any = candidate.get("hidden_units", (128,))
        return (
            0.5
            + depth * len(sizes)
            + (width * math.log2(sizes[0]) if sizes else 0.0)
            + shape * (len(sizes) > 1 and sizes[1] < sizes[0])
        )

    return score


def drawn(trials: int = 60) -> Space:
    return space_of({"hidden_units": DRAWN, "learning_rate": [0.1, 0.01]}, strategy="random", trials=trials)


def test_a_grid_is_decomposed_by_depth_and_width() -> None:
    space = space_of({"hidden_units": {"layers": [1, 2, 3], "units": [16, 64]}, "learning_rate": [0.1, 0.01]})
    found = effects(scored(space, by(depth=0.01, width=0.02)), space.blocks)
    assert found.method == "anova"
    # Variances of 0.01 × (1, 2, 3) and of 0.02 × (4, 6).
    depth, width = 1e-4 * 2 / 3, 4e-4
    assert {axis.factor.name: axis.importance for axis in found.axes} == pytest.approx(
        {"hidden_units: units": width / (depth + width), "hidden_units: layers": depth / (depth + width),
         "learning_rate": 0.0}
    )  # fmt: skip
    layers = next(axis for axis in found.axes if axis.factor.name == "hidden_units: layers")
    assert [(level.value, level.n_trials) for level in layers.levels] == [(1, 4), (2, 4), (3, 4)]


def test_a_grid_with_shapes_is_complete_although_one_layer_has_none() -> None:
    both = ["constant", "pyramid"]
    space = space_of({"hidden_units": {"layers": [0, 1, 2], "units": [16, 64], "shape": both}})
    trials = scored(space, by(depth=0.01, width=0.0, shape=0.03))
    found = {factor.name: factor for factor in factors(trials, space.blocks)}
    assert list(found) == ["hidden_units: layers", "hidden_units: units", "hidden_units: shape"]
    assert found["hidden_units: shape"].cells.count(ABSENT) == 3
    assert found["hidden_units: units"].cells.count(ABSENT) == 1
    assert effects(trials, space.blocks).method == "anova"


def test_what_was_drawn_is_told_by_depth_and_width() -> None:
    space = drawn(120)
    trials = scored(space, by(depth=0.03, width=0.005))
    found = effects(trials, space.blocks)
    assert found.method == "forest"
    names = [axis.factor.name for axis in found.axes]
    assert sorted(names) == ["hidden_units: layers", "hidden_units: shape", "hidden_units: units", "learning_rate"]
    assert names[0] == "hidden_units: layers"
    units = next(axis.factor for axis in found.axes if axis.factor.name == "hidden_units: units")
    assert (units.is_range, units.log, units.low, units.high) == (True, True, 16, 512)


def test_lists_of_networks_stay_one_axis() -> None:
    space = space_of({"hidden_units": [[16], [16, 16], [64], [64, 64]]})
    trials = scored(space, by(depth=0.01, width=0.02))
    assert [factor.name for factor in factors(trials, space.blocks)] == ["hidden_units"]
    mixed = space_of([{"hidden_units": {"layers": [1, 2], "units": 8}}, {"hidden_units": [[10, 30]]}])
    trials = scored(mixed, by(depth=0.01, width=0.02))
    assert [factor.name for factor in factors(trials, mixed.blocks)] == ["hidden_units"]


def test_a_model_that_takes_no_sizes_and_one_with_its_default() -> None:
    space = space_of(
        [{"model": "mlp", "hidden_units": {"layers": [1, 2], "units": [8, 16]}}, {"model": "mlp", "dropout": 0.1}]
    )
    trials = scored(space, by(depth=0.01, width=0.02))
    units = next(f for f in factors(trials, space.blocks) if f.name == "hidden_units: units")
    assert units.levels == (8, 16, 128)


def test_ranges_and_lines() -> None:
    space = drawn()
    trials = scored(space, by(depth=0.03, width=0.001))
    found = {one.name: one for one in axis_ranges(trials, space.blocks)}
    assert list(found) == ["hidden_units: layers", "hidden_units: units", "learning_rate"]
    assert found["hidden_units: layers"] == AxisRange("hidden_units: layers", 4, 4, 4, "upper", exact=False)
    lines = range_lines(made_run(trials, blocks=space.blocks))
    assert "hidden_units: layers 4; 4 is at the upper end: widen it" in lines


def test_no_layer_at_all_is_not_proposed_to_who_did_not_ask_for_it() -> None:
    space = drawn()
    lines = edge_lines(made_run(scored(space, by(depth=-0.5, width=0.001)), blocks=space.blocks))
    assert [line for line in lines if "layers" in line] == []
    # Fewer layers than two are.
    deep = space_of({"hidden_units": {"layers": [2, 3, 4], "units": [16, 64]}})
    lines = edge_lines(made_run(scored(deep, by(depth=-0.5, width=0.001)), blocks=deep.blocks))
    assert [line for line in lines if "layers" in line] == [
        "hidden_units: layers 2 … 3; 2 is at the lower end: widen it"
    ]


def test_a_candidate_is_told_from_another_blocks() -> None:
    block = drawn().blocks[0]
    for sizes, wrong in (((64, 32), 0), ((64, 64, 64, 64), 0), ((64, 20), 1), ((8, 8), 1), ((64,) * 5, 1), ((), 1)):
        assert misfit(Candidate({"hidden_units": sizes, "learning_rate": 0.1}), block) == wrong


def test_each_part_is_narrowed_by_itself() -> None:
    space = drawn(200)
    narrow = space.narrowed(scored(space, by(depth=-0.5, width=0.05))).params["hidden_units"]
    layers, units = narrow["layers"]["int_uniform"], narrow["units"]["int_log_uniform"]
    # Without any layer it would be another kind of model.
    assert (layers["low"], layers["high"]) == (1, 2)
    assert 128 < units["low"] < 512 < units["high"]
    # Single layers have no shape, so nothing is said against either.
    assert narrow["shape"] == ["constant", "pyramid"]
    narrow = space.narrowed(scored(space, by(depth=0.5, width=0.05, shape=1.0))).params["hidden_units"]
    assert narrow["shape"] == ["pyramid"]
    assert narrow["layers"]["int_uniform"] == {"low": 3, "high": 5}


def test_choices_of_depth_and_width_are_narrowed_too() -> None:
    choices = {"layers": [1, 2, 3, 4], "units": [16, 32, 64]}
    space = space_of({"hidden_units": choices})
    narrow = space.narrowed(scored(space, by(depth=-1.0, width=0.01)), top=2).params["hidden_units"]
    assert narrow == {"layers": 1, "units": [32, 64, 128]}
    asked = space_of({"hidden_units": {**choices, "layers": [0, 1, 2]}})
    narrow = asked.narrowed(scored(asked, by(depth=-1.0, width=0.01)), top=2).params["hidden_units"]
    assert 0 in narrow["layers"]
    maps = space_of({"conv_filters": {"layers": {"int_uniform": {"low": 1, "high": 2}}, "units": [8]}, "model": "cnn"},
                    strategy="random", trials=9)  # fmt: skip
    narrow = maps.narrowed(scored(maps, lambda candidate: float(len(candidate["conv_filters"])))).params
    # Images end: there are no more blocks than before.
    assert narrow["conv_filters"]["layers"]["int_uniform"]["high"] == 2


def test_rounds_look_around_the_best_networks() -> None:
    space = space_of({"hidden_units": DRAWN}, strategy="random", trials=50, rounds=2)
    trials = scored(space, by(depth=-0.5, width=0.0))
    for trial in trials:
        object.__setattr__(trial, "round", 1)
    second = space.tried.next(trials, "classification")
    assert len(second) == 25
    assert {len(candidate["hidden_units"]) for candidate in second} == {0, 1, 2}


def test_the_plot_has_columns_for_depth_and_width() -> None:
    space = drawn(30)
    trials = scored(space, by(depth=0.01, width=0.02))
    run = made_run(trials, blocks=space.blocks, log_axes=_log_axes(space))
    assert run.log_axes == {"hidden_units: units"}
    found = {column.name: column for column in columns(run)}
    assert not found["hidden_units"].axis
    layers, units = found["hidden_units: layers"], found["hidden_units: units"]
    assert (layers.kind, units.kind, layers.axis, units.axis) == ("numericpercentile", "numericlog", True, True)
    assert layers.cells == tuple(len(trial.candidate["hidden_units"]) for trial in trials)
    assert found["hidden_units: shape"].kind == "categorical"


def test_a_study_of_optuna_has_the_networks_as_choices() -> None:
    pytest.importorskip("optuna")
    space = drawn(5)
    run = made_run(scored(space, by(depth=0.01, width=0.02)), blocks=space.blocks)
    assert len(distributions(run)["hidden_units"].choices) == 5
