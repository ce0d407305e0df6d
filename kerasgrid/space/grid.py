"""The candidates of a space, and how many there are."""

from __future__ import annotations

from kerasgrid.axes.axis import MAX_CANDIDATES
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.sampling import sample
from kerasgrid.errors import SpaceError
from kerasgrid.space.spec import Space


def grid_size(space: Space) -> int | None:
    """Return the number of all combinations, without building any; None if a distribution makes it endless.

    Exact for a single object in ``params``. Where several overlap, candidates that they share count each time.
    """
    sizes = [block.size for block in space.blocks]
    finite = [size for size in sizes if size is not None]
    return sum(finite) if len(finite) == len(sizes) else None


def round_sizes(space: Space) -> tuple[int, ...]:
    """Return how many candidates each round of a random space draws: as equal as can be, the larger ones first."""
    assert space.trials is not None
    share, rest = divmod(space.trials, space.rounds or 1)
    return tuple(share + (index < rest) for index in range(space.rounds or 1))


def candidates(space: Space) -> tuple[Candidate, ...]:
    """Return the candidates that a search of this space tries, all different; of several rounds, the first's.

    A grid comes in the order of scikit-learn's ``ParameterGrid``, object by object of ``params``, and model by model
    in each. A random space gives ``trials`` candidates, or all there are if there are fewer, see
    :func:`kerasgrid.axes.sampling.sample`.

    Raises:
        SpaceError: The grid has more than 100,000 candidates.
    """
    if space.strategy == "random":
        assert space.trials is not None
        return sample(space.blocks, round_sizes(space)[0], space.seed)
    size = grid_size(space)
    assert size is not None, "a grid with a distribution is refused when it is read"
    if size > MAX_CANDIDATES:
        rule = f"the grid has {size:,} candidates, more than {MAX_CANDIDATES:,}"
        raise SpaceError(rule, where="params", hint="take fewer values, or the random strategy")
    every = [block.at(index) for block in space.blocks for index in range(block.size or 0)]
    # One block alone repeats nothing, and hashing every candidate would take most of the time.
    return tuple(every) if len(space.blocks) == 1 else tuple(dict.fromkeys(every))
