"""Who cannot win any more: a part of a table of scores against the whole of it. Pure functions on arrays.

All candidates are trained on the same J splits, in the same order. After t of them a candidate leaves if another one is
ahead by more than splits that are to come can make up for. What counts is who **will** win by the mean of all J, not
who is truly the best: the splits are all there are, so the error of a difference is that of a sample without
replacement from a finite population,

    SE(k − i)² = (s_k² + s_i²) · (1/t − 1/J),

and is zero once all are done (Cochran, 1977, *Sampling Techniques*, §2.6). Training sets that overlap play no part
here, as they do in a statement on other samples (:mod:`kerasgrid.insight.comparison`).

**The promise.** Let i be the candidate that the full search would choose. It leaves at this look only if some k has
D_t(k) − D_t(i) > c · SE although D_J(k) − D_J(i) ≤ 0, where D_t is a mean over t splits: only if the difference of
the two, which has mean 0 and this standard error, exceeds c · SE for one of the rivals. With residuals that are normal
and exchangeable over splits it is independent of D_J, hence of who i is, and of the variance s², hence c is the
critical value of one-sided comparisons with a control (Dunnett, 1955; with the best: Hsu, 1981). The looks share the
error by Bonferroni's inequality, :func:`spent`, so all of them together drop that candidate with a probability of at
most the error in all. Candidates that leave make the rest no worse: fewer rivals are fewer chances of error.

That is a bound, and only a part of it is used: a candidate that is behind by c · SE now must not only catch up but get
ahead of a rival that will be ahead of it by some distance, too. Of two candidates that are equally good less than
half is used, of many a tenth (``benchmarks/races.py``), so twice the error is spent.

**The variance** is that of :mod:`kerasgrid.insight.two_way`, of those that are still there: each candidate's own, drawn
towards the common one of the better candidates by as much as these are alike (moderated: Smyth, 2004), but taken for
no less than its own scores say. Where variances differ, the best of many is rather one of those that vary most; to draw
it towards the others alone would take it for too sure. The critical value is then that of independent comparisons
(Šidák, 1967) by Student's t on the moderated degrees of freedom; of two candidates, which cannot be moderated, it is
that of the pooled variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kerasgrid.insight.comparison import dunnett, sidak
from kerasgrid.insight.two_way import ROUNDING, Bools, Floats, two_way, variances_of

_RIVALS = 50
"""Against how many of the best each candidate is held; more could only drop a few more."""

_GROWTH = 1.5
_UNUSED = 2.0
"""How many times the promised error is spent, since the bound is not reached."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the candidates stand at a look.

    Attributes:
        is_out: Which cannot win any more, (n,).
        behind: By how much each is behind the best mean, (n,), at least 0.
        error: Standard error of that, as an estimate of the difference over all splits, (n,); NaN if it is not known.
    """

    is_out: Bools
    behind: Floats
    error: Floats


def looks(n_splits: int) -> tuple[int, ...]:
    """Return after how many splits candidates may leave, such as ``(2, 3)`` of 5 and ``(2, 3, 5, 8, 12)`` of 15.

    One split alone tells nothing of chance. Looks grow rarer, since each costs: cores that are done wait for the last
    fit before it, and programs are built anew after it; and since each takes its share of the error.
    """
    found = []
    t = 2
    while t < n_splits:
        found.append(t)
        t = math.ceil(_GROWTH * t)
    return tuple(found)


def spent(n_splits: int, error: float) -> dict[int, float]:
    """Return which probability of error each look may spend: in proportion to the splits that leaving there spares.

    Args:
        n_splits: How many splits there will be.
        error: The probability in (0, 0.25) with which the race may drop the winner of the full search.
    """
    spared = {t: n_splits - t for t in looks(n_splits)}
    total = sum(spared.values())
    return {t: _UNUSED * error * left / total for t, left in spared.items()}


def standing(table: Floats, n_splits: int, error: float) -> Standing:
    """Return which candidates cannot win any more.

    Args:
        table: (n, t) of scores of the first t splits, higher is better; none missing, two candidates and splits at
            least.
        n_splits: How many splits there will be, J > t.
        error: The bound, in (0, 0.5), on the probability of dropping the candidate that would have won.
    """
    n, t = table.shape
    means: Floats = table.mean(axis=1)
    behind: Floats = means.max() - means
    fitted = two_way(table, np.ones_like(table, dtype=np.bool_))
    if fitted is None:
        return _nothing_told(behind)
    variances = variances_of(fitted, np.ones_like(table, dtype=np.bool_), are_equal=False)
    # Scores that do not vary at all tell nothing of what the next split brings.
    if variances.pooled <= (ROUNDING * fitted.scale) ** 2:
        return _nothing_told(behind)
    quantile = dunnett if variances.equal else sidak
    critical = quantile(n - 1, variances.degrees_of_freedom, 1 - error)
    own = variances.of_rows
    if not variances.equal:
        own = np.maximum(own, (fitted.residuals**2).sum(axis=1) / (t - 1))
    squares = own * (1 / t - 1 / n_splits)
    order = np.argsort(-means, kind="stable")
    best = order[:_RIVALS]
    lead = means[best][None, :] - means[:, None]
    margins = critical * np.sqrt(squares[:, None] + squares[best][None, :])
    is_out = np.asarray((lead > margins + ROUNDING * fitted.scale).any(axis=1))
    return Standing(is_out, behind, np.sqrt(squares + squares[order[0]]))


def _nothing_told(behind: Floats) -> Standing:
    return Standing(np.zeros(len(behind), dtype=np.bool_), behind, np.full(len(behind), np.nan))
