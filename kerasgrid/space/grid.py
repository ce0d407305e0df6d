"""The candidates of a space, and how many there are."""

from __future__ import annotations

from kerasgrid.axes.candidate import Candidate
from kerasgrid.space.spec import Space


def grid_size(space: Space) -> int | None:
    """Return the number of all combinations, without building any; None if a distribution makes it endless.

    Exact for a single object in ``params``. Where several overlap, candidates that they share count each time.
    """
    sizes = [block.size for block in space.blocks]
    finite = [size for size in sizes if size is not None]
    return sum(finite) if len(finite) == len(sizes) else None


def candidates(space: Space) -> tuple[Candidate, ...]:
    """Return the candidates that a search of this space tries, all different; of several rounds, the first's.

    A grid comes in the order of scikit-learn's ``ParameterGrid``, object by object of ``params``, and model by model
    in each. A random space gives ``trials`` candidates, or all there are if there are fewer, see
    :func:`kerasgrid.axes.sampling.sample`.

    Raises:
        SpaceError: The grid has more than 100,000 candidates.
    """
    return space.tried.first
