"""Which candidates may be the best: multiple comparisons with the best. Pure functions on arrays.

All candidates are trained on the same blocks (fold × repeat: the same samples, initial weights and batch order), so the
scores are a two-way table: score = candidate + block + residual. What a block adds is common to all and drops out of
every difference.

**The set** (Hsu, 1981, *Annals of Statistics* 9:1026; 1984, 12:1136). Candidate i may be the best unless some candidate
k is better by more than ``d · SE(k − i)``. The critical value d is that of one-sided comparisons with a control among
p = candidates − 1 rivals (Dunnett, 1955, *JASA* 50:1096). The set then holds the truly best candidate with the chosen
confidence, however many candidates there are and whichever of them it is.

**The standard error** (Nadeau and Bengio, 2003, *Machine Learning* 52:239). Fits of one candidate share most of their
training samples, so the mean of n scores varies more than by 1/n: its variance is taken as ``(1/n + n_test/n_train)``
times that of a residual, over the folds and repeats of repeated cross-validation, too (Bouckaert and Frank, 2004). More
repeats therefore narrow the set only so far: they do not bring more data.

**The residual variance** is pooled over the better half of the candidates (ten at least), less those in the lower half
of the range from the sixth to the last mean (but six at least): candidates that learn nothing do not follow the blocks
as the others do, while the means, by which the others are picked, tell nothing of the residuals. If Bartlett's test
(1937) finds the variances of these candidates unequal at 5%, each candidate keeps its own, drawn towards the common one
(Smyth, 2004, moderated variances: *Stat. Appl. Genet. Mol. Biol.* 3:3); the critical value is then that of independent
comparisons (Šidák, 1967) by Student's t on the moderated degrees of freedom.

**Exploded candidates**: a loss may end at any number, and one such row would make the blocks and the variance of all.
Rows that :mod:`kerasgrid.insight.exploded` finds are not pooled and keep their own variance.

**Missing cells** (a fit that is not done, or that failed) are left out: candidate and block effects are fitted by least
squares to the cells that are there, and a candidate with fewer cells has a larger standard error.

``benchmarks/tie_set.py`` measures by simulation how often the set holds the best, and how small it is, in
searches with correlated folds, unequal variances, heavy tails, missing cells and candidates that learn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kerasgrid.insight.exploded import exploded_rows

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_HALF_OF_FEW = 10
_LEAST_POOLED = 6
_UNEQUAL_LEVEL = 0.05
_RIVALS = 50
"""Against how many of the best each candidate is held; more could only make the set a little smaller."""

_PASSES = 100
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the scores tell about the best candidate.

    Attributes:
        may_be_best: Whether each candidate may be the best, (n,); with a reason, every one that has a score.
        reason: Why nothing can be told; None if something can.
        critical: The critical value d; NaN with a reason.
        degrees_of_freedom: Of the variance; NaN with a reason.
        residual_std: Standard deviation of a residual, in the unit of the scores: the root of the pooled variance.
        equal_variances: Whether the pooled variance served for all.
    """

    may_be_best: Bools
    reason: str | None = None
    critical: float = np.nan
    degrees_of_freedom: float = np.nan
    residual_std: float = np.nan
    equal_variances: bool = True


def compare(scores: npt.ArrayLike, held_out_share: float, confidence: float = 0.95) -> Comparison:
    """Return which candidates may be the best.

    Args:
        scores: (n, blocks), higher is better; NaN where there is none. A block is a fold of a repeat, the same for all.
        held_out_share: The share in (0, 1) of the samples that a fit is scored on, n_test / (n_test + n_train).
        confidence: Probability in (0.5, 1) that the best candidate is in the set.

    Raises:
        ValueError: ``scores`` is no table, or a number is out of range.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"scores must be (candidates, blocks), got {table.ndim} dimensions")
    if not 0 < held_out_share < 1 or not 0.5 < confidence < 1:
        raise ValueError(f"out of range: held_out_share={held_out_share}, confidence={confidence}")
    there = np.isfinite(table)
    scored: Bools = np.asarray(there.any(axis=1))
    if scored.sum() < 2:
        return Comparison(scored, None if scored.any() else "no trial has a score")
    if not (there.sum(axis=1) > 1).any():
        return Comparison(scored, "each trial has one score only")
    table, there = table[scored], there[scored]
    effects = _blocks(table, there)
    if effects is None:
        return Comparison(scored, "too few trials share their folds")
    means, residuals, pooled, exploded = effects
    n_cells = there.sum(axis=1)
    factors = 1 / n_cells + held_out_share / (1 - held_out_share)
    # Of the pooled rows: an exploded score would make every difference look like a rounding error.
    scale = float(np.abs(table[pooled][there[pooled]]).max())
    variances = _variances(residuals, there, pooled, exploded, scale)
    n_rivals = len(means) - 1
    quantile = dunnett if variances.equal else sidak
    critical = quantile(n_rivals, variances.degrees_of_freedom, confidence)
    squares = variances.of_rows * factors
    may_be_best = np.zeros(len(scored), dtype=np.bool_)
    may_be_best[scored] = _not_beaten(means, squares, critical, scale)
    return Comparison(
        may_be_best,
        critical=critical,
        degrees_of_freedom=variances.degrees_of_freedom,
        residual_std=float(np.sqrt(variances.pooled)),
        equal_variances=variances.equal,
    )


def dunnett(n_rivals: int, degrees_of_freedom: float, confidence: float = 0.95) -> float:
    """Return Dunnett's one-sided critical value for equally precise means.

    It is the quantile of the greatest of ``n_rivals`` differences to a common control, over its standard error: equal
    correlations of 1/2. Both integrals of Dunnett (1955) are taken by the trapezoidal rule, to about 1e-6.
    """
    return _dunnett(n_rivals, round(degrees_of_freedom, 3), confidence)


@lru_cache(maxsize=256)
def _dunnett(n_rivals: int, degrees_of_freedom: float, confidence: float) -> float:
    from scipy.special import gammaincinv, log_ndtr, stdtrit

    if n_rivals == 1:
        return float(stdtrit(degrees_of_freedom, confidence))
    control = np.linspace(-6.5, 6.5, 81)
    weights = np.exp(-(control**2) / 2)
    # The variance, chi-square over its degrees of freedom, as a logarithm between far quantiles.
    half = min(degrees_of_freedom, 1e6) / 2
    low, high = (float(np.log(gammaincinv(half, p) / half)) for p in (1e-7, 1 - 1e-9))
    variance = np.linspace(low, high, 61)
    heights = half * (variance - np.exp(variance))
    weights = np.outer(np.exp(heights - heights.max()), weights)
    weights /= weights.sum()
    spread = np.sqrt(2.0) * np.exp(variance / 2)[:, None]
    # Independent comparisons need more than those that share a control.
    low, high = 0.0, sidak(n_rivals, degrees_of_freedom, confidence)
    while high - low > 1e-6:
        middle = (low + high) / 2
        covered = float((weights * np.exp(n_rivals * log_ndtr(middle * spread + control))).sum())
        low, high = (middle, high) if covered < confidence else (low, middle)
    return high


def sidak(n_rivals: int, degrees_of_freedom: float, confidence: float = 0.95) -> float:
    """Return the critical value for the greatest of ``n_rivals`` independent values of Student's t."""
    from scipy.special import stdtrit

    return float(-stdtrit(degrees_of_freedom, -np.expm1(np.log(confidence) / n_rivals)))


@dataclass(frozen=True, slots=True)
class _Variances:
    pooled: float
    degrees_of_freedom: float
    of_rows: Floats
    equal: bool


def _blocks(table: Floats, there: Bools) -> tuple[Floats, Floats, Bools, Bools] | None:
    """Return means adjusted for the blocks, residuals (0 where there is no cell), which rows were pooled and exploded.

    None if no degree of freedom is left for the variance.
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
    return (means, residuals, pooled, exploded) if left > 0 else None


def _block_effects(filled: Floats, there: Bools) -> Floats:
    """Return the least-squares effects of the blocks, by turns with those of the rows; one turn if no cell misses."""
    n_cells, n_rows = there.sum(axis=1), np.maximum(there.sum(axis=0), 1)
    block = np.zeros(filled.shape[1])
    scale = _ROUNDING * float(np.abs(filled).max())
    for _ in range(_PASSES):
        means = (filled - np.where(there, block, 0.0)).sum(axis=1) / n_cells
        change = np.where(there, filled - block - means[:, None], 0.0).sum(axis=0) / n_rows
        block = block + change
        if np.abs(change).max() <= scale:
            break
    centred: Floats = block - block[np.asarray(there.any(axis=0))].mean()
    return centred


def _variances(residuals: Floats, there: Bools, pooled: Bools, exploded: Bools, scale: float) -> _Variances:
    from scipy.special import chdtrc

    n_rows = int(pooled.sum())
    squares = (residuals**2).sum(axis=1)
    n_blocks = int(there[pooled].any(axis=0).sum())
    left = int(there[pooled].sum()) - n_rows - n_blocks + 1
    common = float(squares[pooled].sum() / left)
    freedoms = there.sum(axis=1) - 1.0
    # A row takes part in fitting the blocks, which makes its own residuals a little smaller.
    shrunk = np.where(pooled, left / max(freedoms[pooled].sum(), 1.0), 1.0)
    own = squares / np.maximum(freedoms, 1.0) / shrunk
    alike = _Variances(common, left, np.where(exploded, own, common), equal=True)
    if n_rows < 3 or common <= (_ROUNDING * scale) ** 2:
        return alike
    d, s = freedoms[pooled], np.maximum(own[pooled], 1e-12 * common)
    total = d.sum()
    mean = float((d * s).sum() / total)
    statistic = total * np.log(mean) - (d * np.log(s)).sum()
    statistic /= 1 + ((1 / d).sum() - 1 / total) / (3 * (n_rows - 1))
    if chdtrc(n_rows - 1, statistic) > _UNEQUAL_LEVEL:
        return alike
    prior, prior_freedom = _prior(s, d)
    moderated = (prior_freedom * prior + freedoms * own) / (prior_freedom + freedoms)
    return _Variances(common, prior_freedom + float(d.min()), moderated, equal=False)


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


def _not_beaten(means: Floats, squares: Floats, critical: float, scale: float) -> Bools:
    """Return which rows are not beaten by any of the best rows."""
    best = np.argsort(-means, kind="stable")[:_RIVALS]
    lead = means[best][None, :] - means[:, None]
    margins = critical * np.sqrt(squares[:, None] + squares[best][None, :])
    beaten = lead > margins + _ROUNDING * scale
    return np.asarray(~beaten.any(axis=1))
