"""What the race of a run makes of its results: which fits are worth training, and which trials left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.adjusted import with_dropped
from kerasgrid.insight.more_scores import with_more_scores
from kerasgrid.insight.ranking import Trial, labelled, rank_trials
from kerasgrid.insight.step_means import with_steps
from kerasgrid.races.race import RACES, LooksEarly

if TYPE_CHECKING:
    from kerasgrid.run.plan import Plan


@dataclass(frozen=True, slots=True)
class Raced:
    """Where a race stands.

    Attributes:
        trials: Best first; those that left the race come after all that did not and have a mean.
        fits: The fits that are worth training as far as that is decided.
        rungs: The fits, by key, at which it looks at some of these on their way.
        own: The results of the plan's fits, in their order.
    """

    trials: list[Trial]
    fits: frozenset[Fit]
    rungs: Mapping[str, Fit]
    own: list[FitResult]


def raced(plan: Plan, results: Mapping[str, FitResult]) -> Raced:
    """Return where the race stands by these results, by key.

    It is run by the search's own repeats: those that were added to confirm the best trials are all worth training. A
    candidate that others are held against runs to the end whatever becomes of it.
    """
    own = plan.own(results)
    trials = ranked(plan, own)
    searched = plan.unconfirmed
    race, metric = RACES[plan.race], metric_named(plan.metric)
    asked = list(searched.fits.values())
    runners = trials if searched is plan else ranked(searched, searched.own(results))
    rungs = dict[str, Fit]()
    if isinstance(race, LooksEarly):
        runners = [searched.rungs.seen(trial, results, plan.metric, plan.task) for trial in runners]
        rungs = searched.rungs.up_to(race.early(asked, runners, metric))
    kept, default = frozenset(race.fits(asked, runners, metric)), plan.default
    out = {one: why for one, why in race.dropped(asked, runners, metric).items() if one != default}
    added = (fit for fit in plan.fits.values() if fit.repeat >= plan.space.repeats or fit.candidate == default)
    return Raced(with_dropped(trials, out, plan.metric), kept.union(added), rungs, own)


def ranked(plan: Plan, own: Sequence[FitResult]) -> list[Trial]:
    """Return the trials by their scores alone, as if there were no race.

    Args:
        plan: The plan.
        own: What is known of its fits, see :meth:`Plan.own`.
    """
    trials = rank_trials(
        plan.candidates,
        own,
        metric=plan.metric,
        n_folds=plan.n_folds,
        n_repeats=plan.space.repeats,
        confirmed=dict.fromkeys(plan.confirmed_candidates, plan.n_repeats),
        fixed=plan.has_fixed_splits,
    )
    trials = with_steps(labelled(trials, plan.candidates, plan.strategy.labels), own)
    if plan.beside:
        trials = with_more_scores(trials, own, plan.metric, plan.n_folds, plan.beside_candidates)
    if not plan.strategy.tells_rounds:
        return trials
    round_of = {candidate: number for number, named in enumerate(plan.batches, start=1) for candidate in named}
    return [replace(trial, round=round_of[trial.candidate]) for trial in trials]
