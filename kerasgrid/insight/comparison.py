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

**The residual variance** is that of :mod:`kerasgrid.insight.two_way`, pooled over the better candidates. Where their
variances are unequal, the critical value is that of independent comparisons (Šidák, 1967) by Student's t on the
moderated degrees of freedom.

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

from kerasgrid.insight.two_way import two_way, variances_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_RIVALS = 50
"""Against how many of the best each candidate is held; more could only make the set a little smaller."""

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
    fitted = two_way(table, there)
    if fitted is None:
        return Comparison(scored, "too few trials share their folds")
    n_cells = there.sum(axis=1)
    factors = 1 / n_cells + held_out_share / (1 - held_out_share)
    variances = variances_of(fitted, there)
    n_rivals = len(table) - 1
    quantile = dunnett if variances.equal else sidak
    critical = quantile(n_rivals, variances.degrees_of_freedom, confidence)
    squares = variances.of_rows * factors
    may_be_best = np.zeros(len(scored), dtype=np.bool_)
    may_be_best[scored] = _not_beaten(fitted.means, squares, critical, fitted.scale)
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


def _not_beaten(means: Floats, squares: Floats, critical: float, scale: float) -> Bools:
    """Return which rows are not beaten by any of the best rows."""
    best = np.argsort(-means, kind="stable")[:_RIVALS]
    lead = means[best][None, :] - means[:, None]
    margins = critical * np.sqrt(squares[:, None] + squares[best][None, :])
    beaten = lead > margins + _ROUNDING * scale
    return np.asarray(~beaten.any(axis=1))
