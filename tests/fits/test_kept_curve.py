"""Curves that are kept in little memory are, number by number, what they were."""

from __future__ import annotations

import copy
import math
import pickle
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasgrid.fits.kept_curve import KeptCurve, kept

CURVES = st.dictionaries(st.sampled_from(["loss", "val_loss", "accuracy", "val_f1"]), st.lists(st.floats(), max_size=4))


def bits(values: object) -> list[bytes]:
    return [struct.pack("d", value) for value in values]  # type: ignore[attr-defined]


@given(curve=CURVES)
def test_it_is_what_it_was(curve: dict[str, list[float]]) -> None:
    found = kept(curve)
    for one in (found, pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert list(one) == list(curve)
        assert len(one) == len(curve)
        for name, values in curve.items():
            assert name in one
            assert type(one[name]) is list
            assert bits(one[name]) == bits(values)
    assert bool(found) == bool(curve)
    assert found.get("steps") is None
    assert "steps" not in found


def test_it_equals_a_dict_and_looks_like_one() -> None:
    curve = {"loss": [0.5, 0.25], "val_f1": [1.0]}
    assert kept(curve) == curve
    assert curve == kept(curve)
    assert kept(curve) != {"loss": [0.5, 0.5], "val_f1": [1.0]}
    assert repr(kept(curve)) == repr(curve)
    with pytest.raises(KeyError):
        kept(curve)["accuracy"]


def test_whole_numbers_stay_whole() -> None:
    steps = {"iteration": [10, 20], "loss": [0.5, math.inf]}
    assert kept(steps) is steps


def test_it_takes_a_third_of_the_memory() -> None:
    def taken(keep: object) -> int:
        tracemalloc.start()
        curves = [
            keep({name: [n + epoch / 3 for epoch in range(3)] for name in ("loss", "a", "val_loss", "val_a")})  # type: ignore[operator]
            for n in range(1000)
        ]
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(curves) == 1000
        return size

    kept({"loss": [0.0]})
    assert 3 * taken(KeptCurve) < taken(dict)
