"""The rungs of a run: fits of fewer epochs at which a race looks at first fits on their way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.prefixes import epochs_of
from kerasgrid.insight.race_marks import Early
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.race import RACES, LooksEarly

if TYPE_CHECKING:
    from kerasgrid.run.plan import Plan


@dataclass(frozen=True, slots=True)
class Rungs:
    """What a race looks at before the end of a fit.

    Each rung is a fit of its own: that of the same candidate with fewer epochs, which is the same training up to there.
    So its result is kept and reused as any other.

    Attributes:
        keys: The keys of each candidate's rungs, that of the fewest epochs first. Candidates have none whose training
            depends on how many epochs there are to be, or that are trained for one epoch.
        fits: The fits by their keys.
        of: How many epochs each candidate has.
    """

    keys: Mapping[Candidate, tuple[str, ...]] = field(default_factory=dict)
    fits: Mapping[str, Fit] = field(default_factory=dict)
    of: Mapping[Candidate, int] = field(default_factory=dict)

    def seen(self, trial: Trial, results: Mapping[str, FitResult], metric: str, task: str) -> Trial:
        """Return the trial with what these results, by key, tell of it on its way."""
        early = []
        for key in self.keys.get(trial.candidate, ()):
            epochs = epochs_of(self.fits[key], task)
            early.append(Early(epochs, self.of[trial.candidate], _score(results.get(key), metric)))
        return replace(trial, early=tuple(early)) if early else trial

    def up_to(self, looks: Mapping[Candidate, int]) -> dict[str, Fit]:
        """Return the fits of so many rungs of each candidate, by key."""
        keys = (key for candidate, n in looks.items() for key in self.keys[candidate][:n])
        return {key: self.fits[key] for key in keys}


def rungs_of(plan: Plan) -> Rungs:
    """Return the rungs of all candidates of a plan; none where its race looks at whole fits alone."""
    race = RACES[plan.race]
    if not isinstance(race, LooksEarly):
        return Rungs()
    keys: dict[Candidate, tuple[str, ...]] = {}
    fits: dict[str, Fit] = {}
    of: dict[Candidate, int] = {}
    for fit in plan.fits.values():
        if fit.fold or fit.repeat or fit.candidate.resolved(plan.task).prefix is None:
            continue
        n_epochs = epochs_of(fit, plan.task)
        if n_epochs < 2:
            continue
        found = [_paused(fit, math.ceil(share * n_epochs)) for share in race.rungs]
        keyed = [(plan.key_of(rung), rung) for rung in found]
        keys[fit.candidate], of[fit.candidate] = tuple(key for key, _ in keyed), n_epochs
        fits |= keyed
    return Rungs(keys, fits, of)


def _paused(fit: Fit, epochs: int) -> Fit:
    return replace(fit, candidate=Candidate({**fit.candidate, "epochs": epochs}), pauses=True)


def _score(result: FitResult | None, metric: str) -> float | None:
    if result is None:
        return None
    score = result.score(metric)
    return math.nan if score is None else score
