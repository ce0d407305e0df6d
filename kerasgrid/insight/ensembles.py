"""Which trials make the best ensemble, and what it gains on samples that did not choose it. Pure functions.

**The selection** is greedy, with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, 2004, *ICML*): whichever trial
makes the average of outputs best is added, again and again, and of all that came by the first best counts. It starts
with the best single trial.

**The gain** is nested: for each part of the held-out samples an ensemble is chosen by the others alone, and scored on
that part beside the best trial. The best trial was picked by these samples, too, so the gain is told a little too low.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import Candidate
from kerasgrid.insight.corrected import corrected_error

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.floating]

Score = Callable[[int, "Array"], float]
"""From a part and outputs for its samples to how good they are: greater is better; NaN where nothing tells."""

_ROUNDING = 1e-12

MOST_MEMBERS = 10
"""How often trials are added."""


LEAST_GAIN = 1.0
"""Of how many standard errors a gain must be more: one, for an ensemble has a price, it predicts several times as
slowly, and without anything to gain half of all would look better. It is not two: the gain is told a little too low."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A choice of trials.

    Attributes:
        counts: How often each was chosen.
        gain: By how much it is better than the first trial on samples that did not choose it.
        standard_error: Of that; None with a single part.
    """

    counts: tuple[int, ...]
    gain: float
    standard_error: float | None

    @property
    def pays(self) -> bool:
        """Whether it is to be taken instead of the first trial: its gain is more than what chance would make."""
        return self.standard_error is not None and self.gain > LEAST_GAIN * self.standard_error


@dataclass(frozen=True, eq=False)
class Votes:
    """The outputs of several trials for the same held-out samples, in parts.

    Attributes:
        outputs: Of each trial, part by part, (samples, width).
        score: How good outputs are.
    """

    outputs: Sequence[Sequence[Array]]
    score: Score
    _known: dict[tuple[tuple[int, ...], int], float] = field(default_factory=dict)

    @property
    def n_trials(self) -> int:
        """How many trials there are."""
        return len(self.outputs)

    @property
    def n_parts(self) -> int:
        """Into how many parts the samples fall."""
        return len(self.outputs[0])

    def score_of(self, counts: tuple[int, ...], part: int) -> float:
        """Return how good an ensemble is on a part; −∞ where nothing tells."""
        if (counts, part) not in self._known:
            chosen = [(n, own[part]) for n, own in zip(counts, self.outputs, strict=True) if n]
            total = sum(n for n, _ in chosen)
            average = chosen[0][1]
            if len(chosen) > 1:
                average = sum((n / total * own for n, own in chosen[1:]), start=chosen[0][0] / total * average)
            value = self.score(part, average)
            self._known[counts, part] = value if math.isfinite(value) else -math.inf
        return self._known[counts, part]

    def mean(self, counts: tuple[int, ...], parts: Sequence[int]) -> float:
        """Return how good an ensemble is on these parts, each counting alike."""
        return statistics.fmean(self.score_of(counts, part) for part in parts)


@dataclass(frozen=True, slots=True)
class EnsembleFound:
    """What came of joining the trials that cannot be told from the best.

    Attributes:
        candidates: From which it was chosen, the best first.
        counts: How often each was.
        gain: By how much the ensemble is better than the best trial on samples that did not choose it, in the metric's
            unit; above 0 where it is better.
        standard_error: Of that; None if it is not known.
        n_networks: Of how many networks it consists: each trial brings its models of the folds.
        n_parameters: How many weights these have in all.
        is_taken: Whether it is the run's model, in place of the best trial refitted.
        key: Of its model.
    """

    candidates: tuple[Candidate, ...]
    counts: tuple[int, ...]
    gain: float
    standard_error: float | None
    n_networks: int
    n_parameters: int
    is_taken: bool
    key: str


def chosen(votes: Votes, held_out_share: float | None) -> Ensemble:
    """Return the ensemble that these outputs make, and its gain.

    Args:
        votes: Of the best trial first.
        held_out_share: Where the parts are folds, on each of which other fits were scored: the share in (0, 1) of the
            samples in one, for the standard error of Nadeau and Bengio (2003). None where all parts are of the same
            fits.
    """
    alone = (1, *[0] * (votes.n_trials - 1))
    parts = range(votes.n_parts)
    differences = []
    for part in parts:
        others = [other for other in parts if other != part]
        counts = _greedy(votes, others) if others else alone
        ours, theirs = votes.score_of(counts, part), votes.score_of(alone, part)
        differences.append(0.0 if ours == theirs else ours - theirs)
    error = corrected_error(differences, held_out_share or 0.0)
    return Ensemble(_greedy(votes, parts), statistics.fmean(differences), error)


def _greedy(votes: Votes, parts: Sequence[int]) -> tuple[int, ...]:
    counts = (0,) * votes.n_trials
    best, best_value = counts, -math.inf
    for _ in range(MOST_MEMBERS):
        options = [(*counts[:i], counts[i] + 1, *counts[i + 1 :]) for i in range(votes.n_trials)]
        values = [votes.mean(option, parts) for option in options]
        # Of equal ones the trial of the better rank.
        place = values.index(max(values))
        counts = options[place]
        if values[place] > best_value + _ROUNDING * abs(values[place]):
            best, best_value = counts, values[place]
    return best if any(best) else (1, *[0] * (votes.n_trials - 1))
