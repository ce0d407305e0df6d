"""How a plan grows: what results decide of later batches of candidates, and of which fits are worth training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.races.race import RACES
from kerasgrid.run.plan import Plan
from kerasgrid.run.remembered import Ask, ask

Fits = Mapping[str, Fit]
"""Fits by their keys."""


def grown(plan: Plan, results: Mapping[str, FitResult], ask: Ask = ask) -> tuple[Plan, Fits]:
    """Return the plan with every batch that the results decide, and the fits of it that are worth training.

    The strategy names a batch once every worthwhile fit of the batches before it has a result, of whatever status. So
    nothing but results needs to be kept: after a kill at any moment the same batches come out again. A failed fit that
    is trained again with another end can change the batches after its own; their fits stay in the store.

    Args:
        plan: Of one batch, or of as many as were decided before. One whose best trials are being confirmed has all of
            them.
        results: What is known, by key; other fits may be among them.
        ask: How the strategy is asked; see :func:`kerasgrid.run.remembered.asking`.
    """
    if plan.confirmed:
        plan_of_search, worthwhile = grown(plan.unconfirmed, results, ask)
        confirmed = replace(plan, later=plan_of_search.later)
        return confirmed, {key: fit for key, fit in confirmed.fits.items() if _is_added(plan, fit) or key in worthwhile}
    while True:
        worthwhile = _worthwhile(plan, results)
        is_last = len(plan.batches) >= plan.strategy.n_batches
        if is_last or any(key not in results for key in worthwhile):
            return plan, worthwhile
        # An empty batch is kept, too: nothing is left to be decided of it.
        batch = ask(plan.strategy, plan.rank(results), plan.task)
        plan = replace(plan, later=(*plan.later, batch))


def _worthwhile(plan: Plan, results: Mapping[str, FitResult]) -> Fits:
    race = RACES[plan.space.race]
    kept = set(race.fits(list(plan.fits.values()), plan.rank(results), metric_named(plan.metric)))
    return {key: fit for key, fit in plan.fits.items() if fit in kept}


def _is_added(plan: Plan, fit: Fit) -> bool:
    return fit.repeat >= plan.space.repeats
