"""Coarse to fine: a random search in rounds, each around the best trials so far."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.sampling import sample
from kerasgrid.insight.narrow import narrowed
from kerasgrid.insight.ranges import top_trials
from kerasgrid.run.plan import Plan, meaning
from kerasgrid.run.store import Store
from kerasgrid.space.grid import round_sizes
from kerasgrid.space.spec import Space


def with_rounds(plan: Plan, store: Store) -> Plan:
    """Return the plan with every round that the results in the store decide.

    The first round draws from the space, each later one from the space narrowed to the best trials of all rounds
    before it, see :func:`kerasgrid.insight.narrow.narrowed`. A round is decided once every fit of the rounds before it
    has a result, of whatever status. So nothing but results needs to be kept: after a kill at any moment the same
    rounds come out again. A failed fit that is trained again with another end can change the rounds after its own;
    their fits stay in the store.

    Args:
        plan: Of one round, or of as many as were decided before. One whose best trials are being confirmed has all of
            them.
        store: What is known.
    """
    # Where there are no rounds, not even the candidates need to be made: there may be many.
    if plan.confirmed or not plan.space.rounds:
        return plan
    sizes = round_sizes(plan.space)
    grown, space = replace(plan, later=()), plan.space
    while len(grown.rounds) < len(sizes):
        known = store.known(grown.fits)
        if len(known) < len(grown.fits):
            break
        trials = grown.rank(known)
        if top_trials(trials):
            space = narrowed(space, trials, name=space.name)
        grown = replace(grown, later=(*grown.later, _draw(grown, space, sizes[len(grown.rounds)])))
    return plan if grown.later == plan.later else grown


def _draw(plan: Plan, space: Space, size: int) -> tuple[Candidate, ...]:
    """Return so many candidates of the space that the plan does not have, or all there are if there are fewer."""
    taken = {meaning(candidate, plan.task) for candidate in plan.candidates}
    seed = f"{plan.space.seed}:round {len(plan.rounds) + 1}"
    different: dict[str, Candidate] = {}
    for candidate in sample(space.blocks, size + len(taken), seed):
        different.setdefault(meaning(candidate, plan.task), candidate)
    return tuple(candidate for key, candidate in different.items() if key not in taken)[:size]
