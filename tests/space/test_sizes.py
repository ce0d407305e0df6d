"""Sizes on the disk, as a space file has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.json_schema import valid
from support.plans import space

from kerasgrid.errors import SpaceError
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import space_from_dict


@pytest.mark.parametrize(("given", "n_bytes"), [
    (True, 2 * 10**9), (False, None), (None, None), ("2 GB", 2 * 10**9), ("500MB", 5 * 10**8), (" 1.5 kB ", 1500),
    ("7 B", 7), ("3 TB", 3 * 10**12), (123, 123),
])  # fmt: skip
def test_a_size_is_a_number_of_bytes(given: Any, n_bytes: int | None) -> None:
    one = space(keep_states=given)
    assert one.keep_states == n_bytes
    assert one.to_dict().get("keep_states") == n_bytes
    assert space_from_dict(json.loads(one.to_json())) == one


@pytest.mark.parametrize("given", ["2 gigabytes", "GB", "-1 GB", "0 MB", 0, -5, 1.5, [1], {"size": 1}, "9999 TB", ""])
def test_what_is_none_is_refused(given: Any) -> None:
    with pytest.raises(SpaceError, match=r'^keep_states: must be true, false or a size such as "2 GB", got '):
        space(keep_states=given)


def test_editors_are_told_so() -> None:
    rule = space_schema()["properties"]["keep_states"]
    assert all(valid(given, rule) for given in (True, False, None, "2 GB", "1.5kB", 123))
    assert not any(valid(wrong, rule) for wrong in ("2 gigabytes", "GB", 0, 1.5, [1]))
