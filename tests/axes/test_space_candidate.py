import pickle
import re

import pytest
from hypothesis import given
from support.strategies import candidates

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.parameters import resolve, structure
from kerasgrid.errors import SpaceError


def test_the_id_is_pinned():
    """It is written into runs; another one would orphan their fits."""
    candidate = Candidate({"model": "mlp", "hidden_units": [64, 32], "learning_rate": 1e-3, "batch_norm": True})
    assert candidate.canonical == '{"batch_norm":true,"hidden_units":[64,32],"learning_rate":0.001,"model":"mlp"}'
    assert candidate.id == "a128034a63"
    assert candidate["hidden_units"] == (64, 32)
    assert repr(Candidate({"epochs": 3, "batch_size": 2})) == "Candidate(batch_size=2, epochs=3)"


def test_one_is_not_true():
    assert Candidate({"a": 1}) != Candidate({"a": True})
    assert Candidate({"a": 1}) != {"a": 1}


@given(candidates())
def test_the_order_of_names_does_not_matter_and_pickling_keeps_it(candidate):
    turned = Candidate(dict(reversed(list(candidate.items()))))
    for other in (turned, pickle.loads(pickle.dumps(candidate))):
        assert other == candidate
        assert hash(other) == hash(candidate)
        assert list(other) == sorted(candidate)
    assert re.fullmatch("[0-9a-f]{10}", candidate.id)


def test_a_candidate_is_resolved_once_for_a_task():
    candidate = Candidate({"learning_rate": 1e-3})
    resolved = candidate.resolved("classification")
    assert resolved is candidate.resolved("classification")
    assert resolved.params == resolve(candidate, "classification")
    assert next(iter(resolved.params)) == "model"
    assert resolved.structure == structure(resolved.params)
    assert resolved.structure is resolved.structure
    assert candidate.resolved("regression").params["loss"] == "mean_squared_error"
    # Defaults count as if they were written down.
    assert resolved.canonical == Candidate({}).resolved("classification").canonical
    assert resolved.canonical != candidate.resolved("regression").canonical
    with pytest.raises(TypeError, match="does not support item assignment"):
        resolved.params["learning_rate"] = 1.0


def test_being_resolved_changes_no_candidate():
    candidate, other = Candidate({"dropout": 0.5}), Candidate({"dropout": 0.5})
    before = pickle.dumps(candidate)
    candidate.resolved("classification")
    assert candidate == other
    assert hash(candidate) == hash(other)
    assert pickle.dumps(candidate) == before


def test_what_cannot_be_resolved_says_so_each_time():
    candidate = Candidate({"momentum": 0.5})
    for _ in range(2):
        with pytest.raises(SpaceError, match=r"^params.momentum: only SGD, momentum and nesterov take it"):
            candidate.resolved("classification")


@given(candidates())
def test_resolving_a_candidate_is_resolving_its_values(candidate):
    assert dict(candidate.resolved("classification").params) == resolve(dict(candidate), "classification")
