"""Depth and width as axes: sizes of layers, told by how many they are, how wide the first is and how they go on."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.json_schema import valid
from support.strategies import depth_width_axes

from kerasgrid.axes.axis import Choices, DepthWidth, Distribution, endless
from kerasgrid.axes.axis_reading import parse_axis
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.errors import SpaceError
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import Space, space_from_dict

DRAWN = {
    "layers": {"int_uniform": {"low": 1, "high": 4}},
    "units": {"int_log_uniform": {"low": 16, "high": 512}},
    "shape": ["constant", "pyramid"],
}


def parsed(raw: Any, name: str = "hidden_units") -> DepthWidth:
    axis = parse_axis(PARAMETERS[name], raw, name)
    assert isinstance(axis, DepthWidth)
    return axis


def space(params: Any, strategy: str = "grid", **changes: Any) -> Space:
    return space_from_dict({"name": "made", "dataset": "digits", "strategy": strategy, "params": params, **changes})


@pytest.mark.parametrize(
    ("name", "raw", "values"),
    [
        ("hidden_units", {"layers": 3, "units": 100}, [(100, 100, 100)]),
        ("hidden_units", {"layers": 3, "units": 100, "shape": "pyramid"}, [(100, 50, 25)]),
        # A single layer has no shape, and no layer no units.
        ("hidden_units", {"layers": [0, 1, 2], "units": [9, 4], "shape": ["constant", "pyramid"]},
         [(), (9,), (4,), (9, 9), (9, 4), (4, 4), (4, 2)]),
        ("hidden_units", {"layers": 5, "units": 6, "shape": "pyramid"}, [(6, 3, 1, 1, 1)]),
        ("hidden_units", {"layers": {"int_uniform": {"low": 1, "high": 2}}, "units": [8]}, [(8,), (8, 8)]),
        ("conv_filters", {"layers": [1, 3], "units": [8, 16], "shape": "pyramid"},
         [(8,), (16,), (8, 16, 32), (16, 32, 64)]),
        ("conv_filters", {"layers": 4, "units": 300_000, "shape": "pyramid"},
         [(300_000, 600_000, 1_000_000, 1_000_000)]),
        ("hidden_units", {"layers": 1, "units": {"log_space": {"low": 8, "high": 32, "num": 3}}}, [(8,), (16,), (32,)]),
    ],
)  # fmt: skip
def test_values(name: str, raw: Any, values: list[tuple[int, ...]]) -> None:
    axis = parsed(raw, name)
    assert axis.size == len(values)
    assert [axis.at(index) for index in range(len(values))] == values


@given(st.data(), st.integers(0, 99), st.sampled_from(["hidden_units", "conv_filters"]))
def test_what_is_drawn_can_be_taken_apart_again(data: st.DataObject, seed: int, name: str) -> None:
    axis = parsed(data.draw(depth_width_axes(PARAMETERS[name], spread=data.draw(st.booleans()))), name)
    value = axis.draw(Random(seed))
    assert axis.draw(Random(seed)) == value
    assert PARAMETERS[name].normalise(value, "") == value
    assert axis.size is None or value in axis.values
    parts = axis.apart(value)
    assert parts is not None
    filled = {"units": 1, "shape": "constant", **parts}
    assert axis.sizes(filled["layers"], filled["units"], filled["shape"]) == value


def test_each_part_is_drawn_by_itself() -> None:
    wide = {**DRAWN, "units": {"int_log_uniform": {"low": 1000, "high": 2000}}}
    drawn = [[parsed(raw).apart(parsed(raw).draw(Random(seed))) for seed in range(200)] for raw in (DRAWN, wide)]
    assert [parts["layers"] for parts in drawn[0]] == [parts["layers"] for parts in drawn[1]]
    assert {parts["layers"] for parts in drawn[0]} == {1, 2, 3, 4}
    assert {parts.get("shape") for parts in drawn[0]} == {None, "constant", "pyramid"}
    units = [parts["units"] for parts in drawn[0]]
    assert 16 <= min(units) < 20
    assert 450 < max(units) <= 512
    # Half of them below the geometric mean of the bounds.
    assert 80 < sum(unit < 90 for unit in units) < 120


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("hidden_units", (), {"layers": 0}),
        ("hidden_units", (7,), {"layers": 1, "units": 7}),
        ("hidden_units", (7, 7), {"layers": 2, "units": 7, "shape": "constant"}),
        ("hidden_units", (7, 3, 1), {"layers": 3, "units": 7, "shape": "pyramid"}),
        ("hidden_units", (1, 1), {"layers": 2, "units": 1}),
        ("hidden_units", (7, 14), None),
        ("conv_filters", (7, 14), {"layers": 2, "units": 7, "shape": "pyramid"}),
        ("hidden_units", None, None),
    ],
)
def test_taking_apart(name: str, value: Any, parts: Any) -> None:
    assert parsed({"layers": 1, "units": 1}, name).apart(value) == parts


def test_where_something_is_drawn() -> None:
    assert endless(parsed(DRAWN)) == "layers.int_uniform"
    assert endless(parsed({**DRAWN, "layers": 2})) == "units.int_log_uniform"
    assert endless(parsed({"layers": [1, 2], "units": 3})) is None
    assert endless(Distribution("uniform", 0.0, 1.0, as_float=True)) == "uniform"
    assert endless(Choices((1,))) is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"layers": 2}, "p: an object must say how many layers there are, and how many units the first has, got "
         '{"layers": 2} (add units)'),
        ({}, "p: an object must say how many layers there are, and how many units the first has, got {} "
         "(add layers and units)"),
        ({"layers": 2, "units": 3, "shap": "pyramid"}, "p.shap: unknown key (did you mean shape?)"),
        ({"layers": 2, "units": 3, "growth": 2}, "p.growth: unknown key (known are layers, units, shape)"),
        ({"layers": {"int_uniform": {"low": 4, "high": 1}}, "units": 3},
         "p.layers.int_uniform: low must be below high, got low=4, high=1"),
        ({"layers": {"int_uniform": {"low": 0, "high": 101}}, "units": 3},
         "p.layers.int_uniform.high: must be a whole number of at least 0 and at most 100, got 101"),
        ({"layers": 2, "units": [0, 3]},
         "p.units[0]: must be a whole number of at least 1 and at most 1,000,000, got 0"),
        ({"layers": 2, "units": {"uniform": {"low": 1, "high": 3}}}, "p.units.uniform: hidden_units: units must be a "
         "whole number, uniform draws fractions (write int_uniform)"),
        ({"layers": 2, "units": 3, "shape": "cone"}, 'p.shape: must be one of constant, pyramid, got "cone"'),
        ({"layers": [*range(1, 101)], "units": [*range(1, 1002)]},
         "p: must be of at most 100,000 combinations, got 100,100"),
        ({"int_uniform": {"low": 1, "high": 3}}, "p.int_uniform: a distribution needs a number, hidden_units must be a "
         'list of whole numbers, each at least 1 (draw depth and width: {"layers": …, "units": …})'),
        ([{"layers": 2, "units": 3}], "p: must be a list of lists, one list of sizes for each network, got "
         '[{"layers": 2, "units": 3}] (an object that says how many layers there are stands by itself, in no list)'),
    ],
)  # fmt: skip
def test_messages(raw: Any, message: str) -> None:
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        parse_axis(PARAMETERS["hidden_units"], raw, "p")


def test_every_problem_is_told() -> None:
    message = (
        "3 problems\n  p.shap: unknown key (did you mean shape?)\n  p.layers: must be a whole number of at least 0 and "
        'at most 100, got "x"\n  p.units: must be a whole number of at least 1 and at most 1,000,000, got -1'
    )
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        parse_axis(PARAMETERS["hidden_units"], {"shap": 1, "layers": "x", "units": -1}, "p")


def test_a_grid_takes_what_is_finite_alone() -> None:
    finite = space(
        {"hidden_units": {"layers": [1, 2], "units": [8, 4], "shape": ["constant", "pyramid"]}, "l2": [0, 1]}
    )
    assert grid_size(finite) == 12
    tried = candidates(finite)
    assert len(set(tried)) == 12
    assert [candidate["hidden_units"] for candidate in tried[::2]] == [(8,), (4,), (8, 8), (8, 4), (4, 4), (4, 2)]
    assert tried[0].canonical == '{"hidden_units":[8],"l2":0.0,"model":"mlp"}'
    message = (
        "params.hidden_units.layers.int_uniform: a grid takes lists, lin_space or log_space, no distribution (the "
        "random strategy draws from one)"
    )
    with pytest.raises(SpaceError, match="^" + re.escape(message) + "$"):
        space({"hidden_units": DRAWN})


def test_random_search_draws_networks_and_keeps_its_file() -> None:
    drawn = space({"hidden_units": DRAWN}, "random", trials=40)
    assert grid_size(drawn) is None
    tried = candidates(drawn)
    assert len(set(tried)) == 40
    assert {len(candidate["hidden_units"]) for candidate in tried} == {1, 2, 3, 4}
    assert space_from_dict(json.loads(drawn.to_json())) == drawn
    assert candidates(drawn.changed(trials=20)) == tried[:20]
    few = space({"hidden_units": {"layers": {"int_uniform": {"low": 1, "high": 2}}, "units": [4, 8]}}, "random")
    assert grid_size(few) == len(candidates(few)) == 4


def test_one_factor_varies_networks() -> None:
    varied = space({"hidden_units": {"layers": [1, 2], "units": [8]}, "dropout": [0.0, 0.5]}, "one_factor")
    names = [label.name for label in varied.labels.values()]
    assert names == ["baseline", "hidden_units 8×8", "dropout 0.5"]


@given(st.data(), st.sampled_from(["hidden_units", "conv_filters"]))
def test_the_schema_takes_what_the_loader_takes(data: st.DataObject, name: str) -> None:
    schema = space_schema()
    axis = schema["$defs"]["params"]["properties"][name]
    assert valid(data.draw(depth_width_axes(PARAMETERS[name], spread=data.draw(st.booleans()))), axis, schema)
    assert not valid({"layers": 1}, axis, schema)
    assert not valid({"layers": 1, "units": 3, "shape": "cone"}, axis, schema)
