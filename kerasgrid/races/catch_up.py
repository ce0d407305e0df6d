"""What trials still make up for after a few of their epochs: how far behind is too far. Pure functions on arrays.

A curve alone does not say where it ends: rates of learning that are slow at first win in the end, and by one epoch
little is told. But of some trials the end is known. What **they** made up for, from each look at their first split to
the end, bounds what another one will:

    e = its score of another split, without what that split does to all − its score at the look

holds both what the epochs to come bring and how much two scores of one candidate differ by chance. A trial is out at a
look if its score there, plus nearly the most that any trial with a known end made up for from there, is less than the
best of these has.

**The promise.** Let the trials be exchangeable, as random candidates in an order that chance made are, and let what the
winner makes up for be one draw like those of the m trials with known ends. Of each trial the largest of its
standardised e over all looks counts, so all looks together are one statement: conformal prediction (Vovk, Gammerman and
Shafer 2005, *Algorithmic Learning in a Random World*, §2), whose bound, the ⌈(m + 1)(1 − error)⌉-th least of m, is
exceeded with a probability of at most ``error`` whatever the distribution. The winner leaves only if it is exceeded:
the winner is no worse than the best of the others in the end. How far that goes if winners are not like the others is
what ``benchmarks/rungs.py`` measures: the bound is that of the one that makes up most, and winners are rarely those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ROUNDING = 1e-9
"""What differs by less is alike."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What trials with known ends made up for.

    Attributes:
        centre: Mean of what they made up for from each look, (looks,); in units of the score, higher is better.
        scale: Standard deviation of that, (looks,).
        most: How many standard deviations above its mean a trial may lie at any look; infinite if too few are known.
        best: Score that the best of them ended with, on the first split.
        worst: The same of the worst of them.
        lines: (looks, 3): the line by which their ends follow their scores at each look, intercept and slope, and how
            much ends differ from it (root of the mean square, with the degrees of freedom of a line).
    """

    centre: Floats
    scale: Floats
    most: float
    best: float
    worst: float
    lines: Floats

    def is_too_far(self, score: float, look: int) -> bool:
        """Return whether a trial of this score at a look can no more end as the best.

        Where all others made up for the same, nothing is told of how much another one may.
        """
        behind = self.best - (score + float(self.centre[look]))
        scale = float(self.scale[look])
        return scale > _ROUNDING and behind > self.most * scale

    def expected(self, score: float, look: int) -> tuple[float, float]:
        """Return what a trial of this score at a look would have ended with, within what was seen, and ± how much.

        For reports; whether it leaves is not decided by it. Trials that learn nothing catch up less than the others.
        """
        intercept, slope, error = self.lines[look]
        return float(np.clip(intercept + slope * score, self.worst, self.best)), float(error)


def n_needed(error: float) -> int:
    """Return how many trials with known ends it takes for any to be told from them: 24 for an error of 0.04."""
    return math.ceil(1 / error - 1e-9) - 1


def caught_up(early: Floats, later: Floats, ends: Floats, error: float) -> CatchUp:
    """Return what trials made up for.

    Args:
        early: (m, looks): their scores at each look at their first split; higher is better, none missing, m > 2.
        later: (m,): the scores that they ended with on another split, or where there is but one, on this; without what
            that split does to all.
        ends: (m,): the means of what they ended with, on the first split and on that one.
        error: Probability in (0, 1) with which the trial that will win may lie beyond the bound.
    """
    m = len(early)
    made_up = later[:, None] - early
    centre, scale = made_up.mean(axis=0), made_up.std(axis=0, ddof=1)
    position = math.ceil((m + 1) * (1 - error) - 1e-9)
    most = math.inf if position > m else float(np.sort(_standardised(made_up).max(axis=1))[position - 1])
    lines = np.array([_line(look, ends) for look in early.T])
    return CatchUp(centre, scale, most, float(ends.max()), float(ends.min()), lines)


def _line(scores: Floats, ends: Floats) -> tuple[float, float, float]:
    """Return intercept and slope of the line of least squares, and the standard deviation of what is left."""
    apart = scores - scores.mean()
    square = float(apart @ apart)
    slope = float(apart @ ends) / square if square > _ROUNDING**2 else 0.0
    intercept = float(ends.mean() - slope * scores.mean())
    left = ends - (intercept + slope * scores)
    return intercept, slope, math.sqrt(float(left @ left) / (len(ends) - 2))


def _standardised(made_up: Floats) -> Floats:
    """Return by how many standard deviations of the others each lies above their mean, as one that is new does."""
    m = len(made_up)
    apart = made_up - made_up.mean(axis=0)
    # Of the others alone: their mean is -apart / (m - 1) from here.
    beyond = apart * m / (m - 1)
    variances = np.maximum((apart**2).sum(axis=0) - apart * beyond, 0.0) / (m - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = beyond / np.sqrt(variances)
    # Where the others are all alike, any difference is beyond what is known of them.
    return np.asarray(np.where(variances > 0, found, np.where(beyond > 0, np.inf, 0.0)))
