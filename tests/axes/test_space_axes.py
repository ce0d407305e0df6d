import math
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import choice_axes, distribution_axes

from kerasgrid.axes.axis import Choices, Distribution, rounded
from kerasgrid.axes.axis_reading import parse_axis
from kerasgrid.axes.parameters import PARAMETERS
from kerasgrid.errors import SpaceError

NUMERIC = tuple(parameter for parameter in PARAMETERS.values() if parameter.numeric)


def parse(name, raw):
    return parse_axis(PARAMETERS[name], raw, f"params.{name}")


@pytest.mark.parametrize(
    ("name", "raw", "values"),
    [
        ("epochs", 15, (15,)),
        ("learning_rate", [1, 0.1], (1.0, 0.1)),
        ("activation", ["relu", "swish"], ("relu", "silu")),
        ("batch_norm", [True, False], (True, False)),
        ("hidden_units", [[128, 64], []], ((128, 64), ())),
        ("hidden_units", [[]], ((),)),
        ("init_stddev", [None, 0.1], (None, 0.1)),
        ("learning_rate", {"log_space": {"low": 1e-4, "high": 1e-1, "num": 4}}, (1e-4, 1e-3, 1e-2, 1e-1)),
        ("dropout", {"lin_space": {"low": 0, "high": 0.4, "num": 5}}, (0.0, 0.1, 0.2, 0.3, 0.4)),
        ("batch_size", {"log_space": {"low": 16, "high": 64, "num": 3}}, (16, 32, 64)),
        ("epochs", {"lin_space": {"low": 1, "high": 3, "num": 9}}, (1, 2, 3)),
    ],
)
def test_choices(name, raw, values):
    axis = parse(name, raw)
    assert isinstance(axis, Choices)
    assert axis.values == values
    assert [type(value) for value in axis.values] == [type(value) for value in values]


def test_a_narrow_row_is_not_merged_by_rounding():
    axis = parse("learning_rate", {"lin_space": {"low": 1.0, "high": 1.000001, "num": 5}})
    assert axis.size == 5


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("activation", [], "params.activation: must have at least one choice, got []"),
        (
            "hidden_units",
            [],
            "params.hidden_units: must have at least one choice, got [] "
            "([[]] is one network without hidden layers)",
        ),
        ("activation", ["relu", "relu"], 'params.activation: choices must differ, got "relu" twice'),
        (
            "activation",
            ["silu", "swish"],
            'params.activation: choices must differ, got "swish", which is "silu" twice',
        ),
        ("hidden_units", [[4], [4]], "params.hidden_units: choices must differ, got [4] twice"),
        (
            "learning_rate",
            [0.1, [0.2]],
            "params.learning_rate[1]: must be a number above 0, got [0.2]",
        ),
        (
            "hidden_units",
            [128, 64],
            "params.hidden_units: must be a list of lists, one list of sizes for each network, got [128, 64] "
            "(write [[128, 64]] for one network of 2 layers or [[128], [64]] for 2 networks)",
        ),
        (
            "hidden_units",
            [128],
            "params.hidden_units: must be a list of lists, one list of sizes for each network, got [128] "
            "(write [[128]] for one network of 1 layer)",
        ),
        (
            "hidden_units",
            [[128], 64],
            "params.hidden_units: must be a list of lists, one list of sizes for each network, got [[128], 64] "
            "(write [64] instead of 64)",
        ),
        (
            "hidden_units",
            128,
            "params.hidden_units: must be a list of lists, one list of sizes for each network, got 128 "
            "(write [[128]])",
        ),
        (
            "hidden_units",
            "128",
            'params.hidden_units: must be a list of lists, one list of sizes for each network, got "128"',
        ),
        (
            "hidden_units",
            [[64], [0]],
            "params.hidden_units[1]: must be a list of whole numbers, each at least 1, got [0]",
        ),
        (
            "learning_rate",
            {"log_uniform": {"low": 0.1, "high": 0.01}},
            "params.learning_rate.log_uniform: low must be below high, got low=0.1, high=0.01",
        ),
        (
            "dropout",
            {"log_uniform": {"low": 0, "high": 0.5}},
            "params.dropout.log_uniform: low must be above 0, got low=0.0",
        ),
        (
            "dropout",
            {"uniform": {"low": 0, "high": 1}},
            "params.dropout.uniform.high: must be a number of at least 0 and below 1, got 1.0",
        ),
        (
            "learning_rate",
            {"uniform": {"low": 0, "high": 1}},
            "params.learning_rate.uniform.low: must be a number above 0, got 0.0",
        ),
        (
            "epochs",
            {"lin_space": {"low": 1.5, "high": 3, "num": 3}},
            "params.epochs.lin_space.low: must be a whole number of at least 1, got 1.5",
        ),
        (
            "batch_norm",
            {"log_uniform": {"low": 0.1, "high": 1}},
            "params.batch_norm.log_uniform: a distribution needs a number, batch_norm must be true or false",
        ),
        (
            "hidden_units",
            {"int_uniform": {"low": 1, "high": 9}},
            "params.hidden_units.int_uniform: a distribution needs a number, hidden_units must be a list of whole "
            'numbers, each at least 1 (draw depth and width: {"layers": …, "units": …})',
        ),
        (
            "batch_size",
            {"uniform": {"low": 1, "high": 9}},
            "params.batch_size.uniform: batch_size must be a whole number, uniform draws fractions "
            "(write int_uniform)",
        ),
        (
            "epochs",
            {"log_uniform": {"low": 1, "high": 9}},
            "params.epochs.log_uniform: epochs must be a whole number, log_uniform draws fractions "
            "(write int_log_uniform)",
        ),
        (
            "learning_rate",
            {"loguniform": {"low": 1, "high": 9}},
            "params.learning_rate: there is no such distribution, got loguniform (did you mean log_uniform?)",
        ),
        (
            "learning_rate",
            {"zipf": {}},
            "params.learning_rate: there is no such distribution, got zipf (one of uniform, log_uniform, int_uniform, "
            "int_log_uniform, lin_space, log_space)",
        ),
        (
            "learning_rate",
            {"uniform": {}, "log_uniform": {}},
            "params.learning_rate: an object must have exactly one key, got uniform, log_uniform (one of uniform, "
            "log_uniform, int_uniform, int_log_uniform, lin_space, log_space)",
        ),
        (
            "learning_rate",
            {},
            "params.learning_rate: an object must have exactly one key, got none (one of uniform, log_uniform, "
            "int_uniform, int_log_uniform, lin_space, log_space)",
        ),
        ("learning_rate", {"uniform": {"low": 1}}, "params.learning_rate.uniform.high: is missing"),
        ("learning_rate", {"uniform": 3}, "params.learning_rate.uniform: must be a JSON object, got 3"),
        (
            "learning_rate",
            {"uniform": {"low": 1, "high": 2, "hihg": 3}},
            "params.learning_rate.uniform.hihg: unknown key (did you mean high?)",
        ),
        (
            "learning_rate",
            {"uniform": {"low": True, "high": 2}},
            "params.learning_rate.uniform.low: must be a number, got true",
        ),
        (
            "epochs",
            {"int_uniform": {"low": 1.5, "high": 2}},
            "params.epochs.int_uniform.low: must be a whole number, got 1.5",
        ),
        (
            "learning_rate",
            {"lin_space": {"low": 1, "high": 2, "num": 1}},
            "params.learning_rate.lin_space.num: must be at least 2, got 1",
        ),
        (
            "learning_rate",
            {"uniform": {"low": "a", "hi": 2}},
            "3 problems\n  params.learning_rate.uniform.low: must be a number, got \"a\"\n"
            "  params.learning_rate.uniform.high: is missing\n"
            "  params.learning_rate.uniform.hi: unknown key (did you mean high?)",
        ),
    ],
)  # fmt: skip
def test_messages(name, raw, message):
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        parse(name, raw)


@given(st.data(), st.integers(0, 2**32))
def test_draws_lie_within_the_bounds_and_have_the_type(data, seed):
    parameter = data.draw(st.sampled_from(NUMERIC))
    raw = data.draw(distribution_axes(parameter))
    ((kind, bounds),) = raw.items()
    axis = parse_axis(parameter, raw, "")
    assert isinstance(axis, Distribution)
    assert axis.log == ("log" in kind)
    for value in (axis.draw(rng) for rng in [Random(seed)] for _ in range(5)):
        assert bounds["low"] <= value <= bounds["high"]
        assert parameter.normalise(value, "") == value
        assert type(value) is (int if parameter.kind == "int" else float)
        assert value in (rounded(value), bounds["low"], bounds["high"])


@given(st.data())
def test_a_row_has_its_end_points(data):
    parameter = data.draw(st.sampled_from(NUMERIC))
    highest = 999 if parameter.kind == "float" else int(min(parameter.high or 999, 999))
    low, high = sorted(data.draw(st.lists(st.integers(1, highest), min_size=2, max_size=2, unique=True)))
    if parameter.kind == "float":
        low, high = low / 1000, high / 1000
    num = data.draw(st.integers(2, 50))
    kind = data.draw(st.sampled_from(["lin_space", "log_space"]))
    values = parse_axis(parameter, {kind: {"low": low, "high": high, "num": num}}, "").values
    assert (values[0], values[-1]) == (low, high)
    assert list(values) == sorted(set(values))
    assert len(values) == num or parameter.kind == "int"


@given(st.data())
def test_drawn_choices_are_choices(data):
    parameter = data.draw(st.sampled_from(tuple(PARAMETERS.values())))
    axis = parse_axis(parameter, data.draw(choice_axes(parameter)), "")
    assert isinstance(axis, Choices)
    assert axis.draw(Random(0)) in axis.values
    assert tuple(axis.at(i) for i in range(axis.size)) == axis.values


def test_int_uniform_on_a_number_gives_floats():
    axis = parse("l2", {"int_uniform": {"low": 1, "high": 2}})
    assert axis.size == 2
    assert {repr(axis.draw(Random(seed))) for seed in range(20)} == {"1.0", "2.0"}


def test_ends_of_int_distributions_are_drawn():
    for kind in ("int_uniform", "int_log_uniform"):
        axis = parse("epochs", {kind: {"low": 1, "high": 4}})
        rng = Random(0)
        assert {axis.draw(rng) for _ in range(200)} == {1, 2, 3, 4}


@pytest.mark.parametrize("kind", ["uniform", "log_uniform"])
def test_the_distribution_is_scipys(kind):
    from scipy import stats

    axis = parse("learning_rate", {kind: {"low": 1e-6, "high": 1e-2}})
    rng = Random(0)
    law = stats.loguniform(1e-6, 1e-2) if kind == "log_uniform" else stats.uniform(1e-6, 1e-2 - 1e-6)
    assert stats.kstest([axis.draw(rng) for _ in range(2000)], law.cdf).pvalue > 0.01


def test_int_log_uniform_prefers_small_numbers_as_logarithms_do():
    axis = parse("epochs", {"int_log_uniform": {"low": 1, "high": 100}})
    rng = Random(0)
    share = sum(axis.draw(rng) <= 10 for _ in range(4000)) / 4000
    assert share == pytest.approx(math.log(10.5 / 0.5) / math.log(100.5 / 0.5), abs=0.03)
