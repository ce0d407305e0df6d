"""Random search: which candidates to draw from the blocks of a space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate

MAX_SEED = 2**32 - 1
"""The largest seed that NumPy and scikit-learn both take."""

STALE_LIMIT = 10_000
"""After so many draws in a row that were all drawn before, the space counts as exhausted."""


def sample(blocks: Sequence[Block], trials: int, seed: int | str) -> tuple[Candidate, ...]:
    """Return ``trials`` different candidates, or all there are if there are fewer.

    The same seed always gives the same candidates, and more trials begin with those of fewer. A finite space is
    drawn from without replacement, each combination as likely as any other. A space with a distribution picks a
    block, each as likely as any other, then draws every axis by itself.

    Args:
        blocks: What to draw from.
        trials: How many candidates, at least 1.
        seed: From 0, or any text.
    """
    sizes = [block.size for block in blocks]
    finite = [size for size in sizes if size is not None]
    stream = _permutation(blocks, finite, seed) if len(finite) == len(sizes) else _draws(blocks, seed)
    return tuple(islice(_different(stream), trials))


def _permutation(blocks: Sequence[Block], sizes: Sequence[int], seed: int | str) -> Iterator[Candidate]:
    """Every combination once, in random order: a Fisher-Yates shuffle that keeps only what it moved."""
    rng = Random(f"{seed}")
    total = sum(sizes)
    moved: dict[int, int] = {}
    for position in range(total):
        other = rng.randrange(position, total)
        index = moved.get(other, other)
        moved[other] = moved.pop(position, position)
        for block, size in zip(blocks, sizes, strict=True):
            if index < size:
                yield block.at(index)
                break
            index -= size


def _draws(blocks: Sequence[Block], seed: int | str) -> Iterator[Candidate]:
    draw = 0
    while True:
        block = blocks[Random(f"{seed}:{draw}").randrange(len(blocks))]
        yield block.draw(f"{seed}:{draw}")
        draw += 1


def _different(stream: Iterator[Candidate]) -> Iterator[Candidate]:
    seen: set[str] = set()
    stale = 0
    for candidate in stream:
        if candidate.canonical not in seen:
            seen.add(candidate.canonical)
            stale = 0
            yield candidate
        elif (stale := stale + 1) >= STALE_LIMIT:
            return
