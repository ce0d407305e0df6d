"""Learning curves of finished fits, in as little memory as their numbers need: a run may have 100,000 of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Any

_Layout = Mapping[str, slice]
"""Where each line is among the numbers of all."""


class KeptCurve(Mapping[str, Sequence[float]]):
    """Lines of floats by name; equal to a dict of lists of them, which take three times as much memory."""

    __slots__ = ("_layout", "_numbers")

    def __init__(self, curve: Mapping[str, Sequence[float]]) -> None:
        self._layout = _layout(tuple(curve), tuple(map(len, curve.values())))
        # Bytes have less beside their numbers than an array.
        self._numbers = array("d", [*chain.from_iterable(curve.values())]).tobytes()

    def __getitem__(self, name: str) -> Sequence[float]:
        return memoryview(self._numbers).cast("d")[self._layout[name]].tolist()

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout)

    def __len__(self) -> int:
        return len(self._layout)

    def __contains__(self, name: object) -> bool:
        return name in self._layout

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return KeptCurve, (dict(self),)


def kept(curve: Mapping[str, Sequence[float]]) -> Mapping[str, Sequence[float]]:
    """Return the same lines in less memory, number by number what they are: where one is no float, as they are."""
    if not curve:
        return _NOTHING
    return KeptCurve(curve) if {float}.issuperset(map(type, chain.from_iterable(curve.values()))) else curve


@lru_cache(maxsize=4096)
def _layout(names: Sequence[str], lengths: Sequence[int]) -> _Layout:
    # Most fits of a run have lines of the same names and lengths.
    ends = pairwise(accumulate(lengths, initial=0))
    return {name: slice(start, end) for name, (start, end) in zip(names, ends, strict=True)}


_NOTHING = KeptCurve({})
