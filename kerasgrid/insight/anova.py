"""The exact decomposition of the variance between the trials of a complete grid. Pure functions on arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, product
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from kerasgrid.insight.factors import ABSENT, Factor, identity
from kerasgrid.insight.shares import Shares

Owners = npt.NDArray[np.int64]
"""A table of all combinations, an axis a factor, each cell the index of the trial that it is."""

MAX_CELLS = 200_000


class Anova:
    """The exact analysis of variance, for trials that are one each of all combinations."""

    name: ClassVar[str] = "anova"
    is_exact: ClassVar[bool] = True

    def evaluate(
        self, found: Sequence[Factor], rows: Sequence[int], scores: Sequence[float], variance: float | None
    ) -> Shares | None:
        """Return the shares; None of no complete grid. See :class:`kerasgrid.insight.shares.Evaluator`."""
        owner = owners(found, rows)
        if owner is None:
            return None
        shares = decompose(owner, scores, variance)
        return shares or Shares(reason="the trials differ by no more than the noise of their fits")


def owners(found: Sequence[Factor], rows: Sequence[int]) -> Owners | None:
    """Return which trial is which combination of the levels; None unless each combination is one trial's.

    A trial without a parameter stands for all of its levels, since there the parameter changes nothing.

    Args:
        found: The factors.
        rows: Which of their cells count; the trials' indices in the result are those into ``rows``.
    """
    if not found or any(factor.is_range for factor in found):
        return None
    shape = tuple(len(factor.levels) for factor in found)
    missing = [[factor.cells[row] is ABSENT for factor in found] for row in rows]
    sizes = (math.prod(size for size, absent in zip(shape, gaps, strict=True) if absent) for gaps in missing)
    if math.prod(shape) > MAX_CELLS or sum(sizes) != math.prod(shape):
        return None
    table = np.full(shape, -1)
    places = [{identity(level): place for place, level in enumerate(factor.levels)} for factor in found]
    for index, row in enumerate(rows):
        here: list[Sequence[int]] = []
        for factor, place, size in zip(found, places, shape, strict=True):
            cell = factor.cells[row]
            here.append(range(size) if cell is ABSENT else [place[identity(cell)]])
        for combination in product(*here):
            if table[combination] >= 0:
                return None
            table[combination] = index
    # As many as there are combinations, and none twice, is all of them.
    return table


def decompose(owner: Owners, scores: Sequence[float], variance: float | None) -> Shares | None:
    """Return main effects and pairwise interactions of a complete grid, as shares of the variance.

    Every combination of levels counts the same. The sum of squares of an effect holds the fits' noise in known
    measure (for a plain grid: its degrees of freedom × the variance of a mean), which is taken out, as in the unbiased
    estimates of variance components (Searle, Casella and McCulloch, 1992).

    Args:
        owner: The combinations, from :func:`owners`.
        scores: Means of the trials.
        variance: Of such a mean by noise alone; None if it is not known.

    Returns:
        None if the scores do not differ by more than noise would make them.
    """
    y = np.asarray(scores, float)[owner]
    n_cells = owner.size
    total = float(np.var(y))
    # What the mean of all holds of the noise, then what each effect holds: see the traces of its projection.
    least = _trace(owner, ())
    noise_total = 0.0 if variance is None else variance * (n_cells - least) / n_cells
    signal = total - noise_total
    if total <= 1e-24 or signal <= 1e-9 * total:
        return None
    axes = range(owner.ndim)
    means = [y.mean(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    traces = [_trace(owner, (axis,)) for axis in axes]
    grand = y.mean()

    def share(raw: float, trace: float) -> float:
        noise = 0.0 if variance is None else variance * trace / n_cells
        return min(max((raw - noise) / signal, 0.0), 1.0)

    pairs = {}
    for one, other in combinations(axes, 2):
        both = y.mean(axis=tuple(axis for axis in axes if axis not in (one, other)))
        rest = both - means[one][:, None] - means[other][None, :] + grand
        trace = _trace(owner, (one, other)) - traces[one] - traces[other] + least
        pairs[one, other] = share(float(np.mean(rest**2)), trace)
    return Shares(
        main=tuple(share(float(np.var(means[axis])), traces[axis] - least) for axis in axes),
        pairs=pairs,
        noise=None if variance is None else min(noise_total / total, 1.0),
    )


def _trace(owner: Owners, kept: tuple[int, ...]) -> float:
    """Return the trace of A·E·Eᵀ: A averages over all axes but these, E copies each trial into its combinations.

    Noise of variance v in the trials makes the sum over all combinations of the squared averages larger by v times it.
    """
    sizes = [owner.shape[axis] for axis in kept]
    group = np.zeros(owner.size, np.int64)
    for axis, size in zip(kept, sizes, strict=True):
        places = np.arange(size).reshape([-1 if other == axis else 1 for other in range(owner.ndim)])
        group = group * size + np.broadcast_to(places, owner.shape).ravel()
    n_groups = math.prod(sizes)
    counts = np.unique(group * (owner.max() + 1) + owner.ravel(), return_counts=True)[1]
    return float((counts.astype(float) ** 2).sum() / (owner.size / n_groups))
