"""Steps in a space: evenly spread first candidates, and candidates near another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random

from kerasgrid.axes.axis import Axis, Choices, Distribution
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.sampling import STALE_LIMIT
from kerasgrid.axes.value import Value
from kerasgrid.insight.factors import identity, is_number
from kerasgrid.strategies.points import share_of


class _Given(Random):
    """A generator whose first number is given: what an axis draws with it is at that place of its range."""

    def __init__(self, first: float, seed: str) -> None:
        super().__init__(seed)
        self._first: float | None = first

    def random(self) -> float:
        first, self._first = self._first, None
        return super().random() if first is None else first

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        low, high = (0, start) if stop is None else (start, stop)
        return low + min(int(self.random() * (high - low)), high - low - 1)


def evenly(blocks: Sequence[Block], n: int, seed: int) -> tuple[Candidate, ...]:
    """Return so many different candidates that fill a space evenly, or all there are if there are fewer.

    They are points of the additive recurrence with the generalised golden ratio (M. Roberts 2018, "The unreasonable
    effectiveness of quasirandom sequences"), from a place that the seed gives. More of them begin with those of fewer.

    Args:
        blocks: The axes.
        n: How many.
        seed: From 0.
    """
    found: dict[Candidate, None] = {}
    stale = 0
    for candidate in _sequence(blocks, seed):
        stale = stale + 1 if candidate in found else 0
        found.setdefault(candidate)
        if len(found) == n or stale >= STALE_LIMIT:
            break
    return tuple(found)


def near(candidate: Candidate, blocks: Sequence[Block], rng: Random, width: float) -> Candidate | None:
    """Return a candidate of the space near another; None if no block has it.

    About a third of its axes change, one at least: a number by about ``width`` of its range, a choice to the next
    or the one before, a choice of words to any other.
    """
    block = block_of(candidate, blocks)
    if block is None:
        return None
    free = [name for name, axis in block.axes.items() if axis.size != 1]
    if not free:
        return candidate
    always = rng.choice(free)
    changed = {
        name: near_value(block.axes[name], candidate[name], rng, width)
        for name in free
        if name == always or rng.random() < 1 / 3
    }
    return Candidate({**candidate, **changed})


def near_value(axis: Axis, value: Value, rng: Random, width: float) -> Value:
    """Return a value of an axis near another one of it; see :func:`near`."""
    if isinstance(axis, Choices):
        return _near_choice(axis, value, rng)
    if isinstance(axis, Distribution) and is_number(value):
        share = share_of(axis, float(value)) + rng.gauss(0, width)  # type: ignore[arg-type]
        return axis.draw(_Given(min(max(share, 0.0), 1 - 1e-12), "unused"))
    return axis.draw(rng)


def middle(axis: Axis) -> Value:
    """Return the value in the middle of an axis."""
    return axis.draw(_Given(0.5, "middle"))


def block_of(candidate: Candidate, blocks: Sequence[Block]) -> Block | None:
    """Return the first block that has this candidate's model and axes; None if there is none."""
    names = candidate.keys() - {"model"}
    return next((b for b in blocks if b.model == candidate["model"] and b.axes.keys() == names), None)


def _near_choice(axis: Choices, value: Value, rng: Random) -> Value:
    places = {identity(choice): place for place, choice in enumerate(axis.values)}
    place = places.get(identity(value), 0)
    if all(is_number(choice) or isinstance(choice, tuple) for choice in axis.values):
        return axis.values[min(max(place + rng.choice((-1, 1)), 0), len(axis.values) - 1)]
    others = [choice for choice in axis.values if identity(choice) != identity(value)]
    return rng.choice(others) if others else value


def _sequence(blocks: Sequence[Block], seed: int) -> Iterator[Candidate]:
    n_dims = 1 + max(len(block.axes) for block in blocks)
    ratio = _ratio(n_dims)
    rng = Random(f"{seed}:evenly")
    offsets = [rng.random() for _ in range(n_dims)]
    for number in count(1):
        shares = [(offset + number * ratio ** -(dim + 1)) % 1.0 for dim, offset in enumerate(offsets)]
        block = blocks[min(int(shares[0] * len(blocks)), len(blocks) - 1)]
        values = {
            name: axis.draw(_Given(share, f"{seed}:{number}:{name}"))
            for share, (name, axis) in zip(shares[1:], block.axes.items(), strict=False)
        }
        yield Candidate({"model": block.model, **values})


def _ratio(n_dims: int) -> float:
    """Return the positive root of x^(n+1) = x + 1, of which the golden ratio is that for one dimension."""
    ratio = 2.0
    for _ in range(64):
        ratio = (1.0 + ratio) ** (1.0 / (n_dims + 1))
    return ratio
