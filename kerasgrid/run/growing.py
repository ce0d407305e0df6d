"""How a plan grows: what results decide of later batches of candidates, and of which fits are worth training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.plan import Plan
from kerasgrid.run.racing import raced
from kerasgrid.run.remembered import Ask, ask

Fits = Mapping[str, Fit]
"""Fits by their keys."""


class Grown(NamedTuple):
    """A plan, and how much of it is worth training.

    Attributes:
        plan: With every batch that results decide.
        fits: Its fits that are worth training as far as that is decided.
        n_open: How many more a race may find worth training, at most.
        trials: The trials, best first.
        rungs: Fits at which a race looks at these on their way; they do not count as fits of the search.
        own: What is known of its fits, in their order, see :meth:`Plan.own`.
    """

    plan: Plan
    fits: Fits
    n_open: int
    trials: list[Trial]
    rungs: Fits
    own: list[FitResult]

    @property
    def asked(self) -> Fits:
        """All that is worth training now."""
        # A rung may be a fit of the plan, too, whose candidate has so many epochs.
        return {**self.rungs, **self.fits}

    @property
    def n_fits(self) -> int:
        """How many fits there will be at most, those of batches that are not decided yet included."""
        return len(self.fits) + self.n_open + self.plan.n_undecided_fits


def grown(plan: Plan, results: Mapping[str, FitResult], ask: Ask = ask) -> Grown:
    """Return the plan with every batch that the results decide, and the fits of it that are worth training.

    The strategy names a batch once every worthwhile fit of the batches before it has a result, of whatever status. So
    nothing but results needs to be kept: after a kill at any moment the same batches come out again. A failed fit that
    is trained again with another end can change the batches after its own, and who leaves a race; the fits that came
    of it stay in the store.

    Args:
        plan: Of one batch, or of as many as were decided before. One whose best trials are being confirmed has all of
            them.
        results: What is known, by key; other fits may be among them.
        ask: How the strategy is asked; see :func:`kerasgrid.run.remembered.asking`.
    """
    if plan.confirmed:
        searched = grown(plan.unconfirmed, results, ask)
        return _raced(replace(plan, later=searched.plan.later), results)
    while True:
        found = _raced(plan, results)
        is_last = len(plan.batches) >= plan.strategy.n_batches
        if is_last or any(key not in results for key in found.asked):
            return found
        # An empty batch is kept, too: nothing is left to be decided of it.
        batch = ask(plan.strategy, found.trials, plan.task)
        plan = replace(plan, later=(*plan.later, batch))


def _raced(plan: Plan, results: Mapping[str, FitResult]) -> Grown:
    now = raced(plan, results)
    fits = {key: fit for key, fit in plan.fits.items() if fit in now.fits}
    found = Grown(plan, fits, 0, now.trials, now.rungs, now.own)
    if len(fits) == len(plan.fits) or all(key in results for key in found.asked):
        return found
    running = {trial.candidate for trial in now.trials if trial.status == "incomplete"}
    n_open = sum(key not in fits and fit.candidate in running for key, fit in plan.fits.items())
    return found._replace(n_open=n_open)
