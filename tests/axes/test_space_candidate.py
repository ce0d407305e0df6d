import pickle
import re

from hypothesis import given
from support.strategies import candidates

from kerasgrid.axes.candidate import Candidate


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
