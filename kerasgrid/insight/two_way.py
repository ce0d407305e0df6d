"""The table of scores as candidate + block + residual, and how much the residuals vary. Pure functions on arrays.

The residual variance is pooled over the better half of the candidates (ten at least), less those in the lower half
of the range from the sixth to the last mean (but six at least): candidates that learn nothing do not follow the blocks
as the others do, while the means, by which the others are picked, tell nothing of the residuals. If Bartlett's test
(1937) finds the variances of these candidates unequal at 5%, each candidate keeps its own, drawn towards the common one
(Smyth, 2004, moderated variances: *Stat. Appl. Genet. Mol. Biol.* 3:3).

Exploded candidates: a loss may end at any number, and one such row would make the blocks and the variance of all.
Rows that :mod:`kerasgrid.insight.exploded` finds are not pooled and keep their own variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kerasgrid.insight.exploded import exploded_rows

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_HALF_OF_FEW = 10
_LEAST_POOLED = 6
_UNEQUAL_LEVEL = 0.05

_PASSES = 100
ROUNDING = 1e-9
"""Beside the size of the scores: what is smaller is no difference."""


@dataclass(frozen=True, slots=True)
class Variances:
    """Residual variances of the rows of a table.

    Attributes:
        pooled: That of the pooled rows together.
        degrees_of_freedom: Of what serves a row: of ``pooled``, or of a moderated variance.
        of_rows: What serves each row, (rows,).
        equal: Whether the pooled one serves for all, but for exploded rows.
    """

    pooled: float
    degrees_of_freedom: float
    of_rows: Floats
    equal: bool


@dataclass(frozen=True, slots=True)
class TwoWay:
    """A table as row + block + residual.

    Attributes:
        means: Of the rows, adjusted for the blocks, (rows,).
        residuals: (rows, blocks); 0 where there is no cell.
        pooled: Which rows the blocks and the variance are taken from, (rows,).
        exploded: Which rows are of another kind, (rows,).
        scale: The largest score of the pooled rows, by its absolute value: an exploded one would make every difference
            look like a rounding error.
    """

    means: Floats
    residuals: Floats
    pooled: Bools
    exploded: Bools
    scale: float


def two_way(table: Floats, there: Bools) -> TwoWay | None:
    """Fit rows and blocks to the cells that are there; None if no degree of freedom is left for the variance.

    Args:
        table: (rows, blocks) of scores, higher is better; anything where there is none.
        there: Which cells count, (rows, blocks); one a row at least, and two in one row at least.
    """
    filled = np.where(there, table, 0.0)
    n_cells = there.sum(axis=1)
    rough = filled.sum(axis=1) / n_cells
    # Rows with a single cell say nothing of the blocks.
    repeated = np.flatnonzero(n_cells > 1)
    ordered = repeated[np.argsort(-rough[repeated], kind="stable")]
    half = ordered[: max(_HALF_OF_FEW, (len(ordered) + 1) // 2)]
    exploded = np.zeros(len(table), dtype=np.bool_)
    exploded[half] = exploded_rows(filled[half], there[half])
    ordered, half = ordered[~exploded[ordered]], half[~exploded[half]]
    # Not from the very best: one that stands out would leave no other in the upper half of the range.
    top = rough[ordered[:_LEAST_POOLED][-1]]
    n_near = int((rough[half] >= (top + rough[ordered[-1]]) / 2).sum())
    rows = half[: max(_LEAST_POOLED, n_near)]
    block = _block_effects(filled[rows], there[rows])
    means = (filled - np.where(there, block, 0.0)).sum(axis=1) / n_cells
    residuals = np.where(there, filled - block - means[:, None], 0.0)
    pooled = np.zeros(len(table), dtype=np.bool_)
    pooled[rows] = True
    used = there[rows]
    left = int(used.sum()) - len(rows) - int(used.any(axis=0).sum()) + 1
    scale = float(np.abs(table[rows][used]).max())
    return TwoWay(means, residuals, pooled, exploded, scale) if left > 0 else None


def _block_effects(filled: Floats, there: Bools) -> Floats:
    """Return the least-squares effects of the blocks, by turns with those of the rows; one turn if no cell misses."""
    n_cells, n_rows = there.sum(axis=1), np.maximum(there.sum(axis=0), 1)
    block = np.zeros(filled.shape[1])
    scale = ROUNDING * float(np.abs(filled).max())
    for _ in range(_PASSES):
        means = (filled - np.where(there, block, 0.0)).sum(axis=1) / n_cells
        change = np.where(there, filled - block - means[:, None], 0.0).sum(axis=0) / n_rows
        block = block + change
        if np.abs(change).max() <= scale:
            break
    centred: Floats = block - block[np.asarray(there.any(axis=0))].mean()
    return centred


def variances_of(fitted: TwoWay, there: Bools, *, are_equal: bool | None = None) -> Variances:
    """Return the variances of the rows.

    Args:
        fitted: The table, fitted.
        there: Which cells count, (rows, blocks).
        are_equal: Whether the pooled one is to serve for all; None lets Bartlett's test decide.
    """
    residuals, pooled, exploded = fitted.residuals, fitted.pooled, fitted.exploded
    n_rows = int(pooled.sum())
    squares = (residuals**2).sum(axis=1)
    n_blocks = int(there[pooled].any(axis=0).sum())
    left = int(there[pooled].sum()) - n_rows - n_blocks + 1
    common = float(squares[pooled].sum() / left)
    freedoms = there.sum(axis=1) - 1.0
    # A row takes part in fitting the blocks, which makes its own residuals a little smaller.
    shrunk = np.where(pooled, left / max(freedoms[pooled].sum(), 1.0), 1.0)
    own = squares / np.maximum(freedoms, 1.0) / shrunk
    alike = Variances(common, left, np.where(exploded, own, common), equal=True)
    if are_equal or n_rows < 3 or common <= (ROUNDING * fitted.scale) ** 2:
        return alike
    d, s = freedoms[pooled], np.maximum(own[pooled], 1e-12 * common)
    if are_equal is None and not _are_unequal(s, d):
        return alike
    prior, prior_freedom = _prior(s, d)
    moderated = (prior_freedom * prior + freedoms * own) / (prior_freedom + freedoms)
    return Variances(common, prior_freedom + float(d.min()), moderated, equal=False)


def _are_unequal(variances: Floats, freedoms: Floats) -> bool:
    """Return whether Bartlett's test finds these variances unequal at 5%."""
    from scipy.special import chdtrc

    total = freedoms.sum()
    mean = float((freedoms * variances).sum() / total)
    statistic = total * np.log(mean) - (freedoms * np.log(variances)).sum()
    statistic /= 1 + ((1 / freedoms).sum() - 1 / total) / (3 * (len(variances) - 1))
    return bool(chdtrc(len(variances) - 1, statistic) <= _UNEQUAL_LEVEL)


def _prior(variances: Floats, freedoms: Floats) -> tuple[float, float]:
    """Return the common variance and its degrees of freedom, by the moments of the logarithms (Smyth, 2004)."""
    from scipy.special import polygamma, psi

    logs = np.log(variances) - psi(freedoms / 2) + np.log(freedoms / 2)
    excess = float(logs.var(ddof=1) - polygamma(1, freedoms / 2).mean())
    if excess <= 0:
        return float(variances.mean()), 1e6
    half = _inverse_trigamma(excess)
    return float(np.exp(logs.mean() + psi(half) - np.log(half))), 2 * half


def _inverse_trigamma(y: float) -> float:
    """Return the x at which the trigamma function is y > 0, by Newton's method (Smyth, 2004, appendix)."""
    from scipy.special import polygamma

    x = 0.5 + 1 / y
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / y) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return x
