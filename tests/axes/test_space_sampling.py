import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from support.strategies import space_documents

from kerasgrid.axes import sampling
from kerasgrid.axes.axis import DepthWidth, Distribution
from kerasgrid.space.grid import candidates, grid_size
from kerasgrid.space.spec import space_from_dict

RATES = {"log_uniform": {"low": 1e-6, "high": 1e-2}}


def drawn(params, **changes):
    raw = {"name": "mine", "dataset": "digits", "strategy": "random", "params": params, **changes}
    return candidates(space_from_dict(raw))


@given(space_documents("random"), st.integers(1, 20))
def test_fewer_trials_are_the_beginning_of_more(raw, trials):
    many = candidates(space_from_dict({**raw, "trials": 20}))
    assert candidates(space_from_dict({**raw, "trials": trials})) == many[:trials]


@given(space_documents("random"))
def test_draws_are_different_and_come_from_the_axes(raw):
    space = space_from_dict(raw)
    tried = candidates(space)
    size = grid_size(space)
    assert len(set(tried)) == len(tried) <= space.tried.n_candidates
    if size is not None and isinstance(raw["params"], dict):
        assert len(tried) == min(size, space.tried.n_candidates)
    for candidate in tried:
        assert any(_holds(block, candidate) for block in space.blocks)


def _holds(block, candidate):
    if {"model", *block.axes} != set(candidate) or block.model != candidate["model"]:
        return False
    return all(_is_of(axis, candidate[name]) for name, axis in block.axes.items())


def _is_of(axis, value):
    if isinstance(axis, Distribution):
        return axis.low <= value <= axis.high
    if isinstance(axis, DepthWidth) and axis.values is None:
        return all(axis.low <= size <= axis.high for size in value)
    return value in axis.values


def test_the_draws_of_a_seed_are_pinned():
    """They are part of every finished run: another version must not draw others."""
    tried = drawn({"learning_rate": RATES, "optimizer": ["SGD", "Adam"]}, trials=3)
    assert [(c["learning_rate"], c["optimizer"]) for c in tried] == [
        (0.00144745, "SGD"),
        (0.000966944, "SGD"),
        (5.68423e-06, "SGD"),
    ]
    assert [c["epochs"] for c in drawn({"epochs": list(range(1, 101))}, trials=5)] == [47, 12, 35, 50, 32]


def test_another_seed_draws_others():
    assert not set(drawn({"learning_rate": RATES}, seed=1)) & set(drawn({"learning_rate": RATES}, seed=0))


def test_another_axis_does_not_disturb_the_draws():
    alone = drawn({"learning_rate": RATES})
    beside = drawn({"learning_rate": RATES, "weight_decay": RATES})
    assert [c["learning_rate"] for c in alone] == [c["learning_rate"] for c in beside]
    assert all(c["learning_rate"] != c["weight_decay"] for c in beside)


def test_a_finite_space_smaller_than_trials_is_tried_whole():
    tried = drawn({"epochs": [1, 2, 3], "optimizer": ["SGD", "Adam"]}, trials=100)
    assert len(tried) == 6
    assert tried != tuple(sorted(tried, key=lambda c: (c["epochs"], c["optimizer"])))


def test_a_huge_finite_space_is_drawn_from_at_once():
    start = time.process_time()
    tried = drawn({"batch_size": {"int_uniform": {"low": 1, "high": 10**30}}, "epochs": [1, 2]}, trials=1000)
    assert len(set(tried)) == 1000
    assert time.process_time() - start < 1


def test_a_distribution_of_few_values_ends(monkeypatch):
    monkeypatch.setattr(sampling, "STALE_LIMIT", 200)
    tried = drawn({"epochs": {"int_log_uniform": {"low": 1, "high": 4}}}, trials=10)
    assert sorted(c["epochs"] for c in tried) == [1, 2, 3, 4]


def test_a_finite_union_draws_every_combination_alike():
    params = [{"epochs": [1]}, {"epochs": [2, 3, 4]}]
    first = Counter(drawn(params, trials=1, seed=seed)[0]["epochs"] for seed in range(800))
    assert set(first) == {1, 2, 3, 4}
    assert all(150 < count < 250 for count in first.values())


def test_an_endless_union_draws_every_object_alike():
    params = [{"l2": {"uniform": {"low": 0, "high": 1}}}, {"dropout": {"uniform": {"low": 0, "high": 0.5}}}]
    share = sum("l2" in c for c in drawn(params, trials=1000)) / 1000
    assert 0.45 < share < 0.55
