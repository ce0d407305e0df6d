"""Rounds: the candidates that results have decided."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store


def with_rounds(plan: Plan, store: Store) -> Plan:
    """Return the plan with every round that the results in the store decide.

    A round is decided once every fit of the rounds before it has a result, of whatever status, see
    :meth:`kerasgrid.strategies.strategy.Strategy.next`. So nothing but results needs to be kept: after a kill at any
    moment the same rounds come out again. A failed fit that is trained again with another end can change the rounds
    after its own; their fits stay in the store.

    Args:
        plan: Of one round, or of as many as were decided before. One whose best trials are being confirmed has all of
            them.
        store: What is known.
    """
    # Where there are no rounds, not even the candidates need to be made: there may be many.
    how = plan.space.how
    if plan.confirmed or how.n_batches == 1:
        return plan
    grown = replace(plan, later=())
    while len(grown.rounds) < how.n_batches:
        known = store.known(grown.fits)
        if len(known) < len(grown.fits):
            break
        grown = replace(grown, later=(*grown.later, how.next(grown.rank(known), plan.task)))
    return plan if grown.later == plan.later else grown
