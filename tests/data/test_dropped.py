"""Columns that are named in one text, with commas between them and in them."""

from __future__ import annotations

import pytest

from kerasgrid.data.dropped import columns_of_parts, parts_of_list

NAMES = ["a", "b", "Income, USD", "x,y", "x", "y"]


@pytest.mark.parametrize(
    ("text", "names", "meant"),
    [
        ("a, b", NAMES, ("a", "b")),
        (" a ,,b,", NAMES, ("a", "b")),
        ("Income, USD", NAMES, ("Income, USD",)),
        ("a,Income,USD,b", NAMES, ("a", "Income, USD", "b")),
        # Columns by themselves stay so.
        ("x,y", NAMES, ("x", "y")),
        ("x,y", ["x", "x,y"], ("x,y",)),
        ("p,q,r", ["p,q", "p,q,r"], ("p,q,r",)),
        ("c, a", NAMES, ("c", "a")),
        ("", NAMES, ()),
    ],
)
def test_what_a_list_means(text: str, names: list[str], meant: tuple[str, ...]) -> None:
    assert columns_of_parts(parts_of_list(text), names) == meant
