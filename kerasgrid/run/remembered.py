"""Batches that a strategy has named before, kept in the store: to name them again may take a second each.

They are kept under a hash of all that they were decided by. So nothing depends on them: without them, or with other
results, the strategy is asked again, and says the same of the same results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import content_key
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.store import Store
from kerasgrid.strategies.strategy import Strategy

_META = "batches"

Ask = Callable[[Strategy, Sequence[Trial], str], tuple[Candidate, ...]]
"""Returns what :meth:`Strategy.next` returns for some trials and a task."""


def ask(strategy: Strategy, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
    """Ask the strategy itself."""
    return tuple(strategy.next(trials, task))


def asking(store: Store) -> Ask:
    """Return what asks a strategy, or this store where it was asked the same before."""

    def of_store(strategy: Strategy, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
        if not strategy.is_remembered:
            return ask(strategy, trials, task)
        key = _key(strategy, trials, task)
        known = store.meta().get(_META, {})
        if key not in known:
            batch = ask(strategy, trials, task)
            known = {**known, key: [json.loads(candidate.canonical) for candidate in batch]}
            if store.is_writable:
                store.set_meta(**{_META: known})
        return tuple(Candidate(params) for params in known[key])

    return of_store


def _key(strategy: Strategy, trials: Sequence[Trial], task: str) -> str:
    said = [strategy.name, strategy.keys.model_dump(mode="json"), strategy.params, strategy.models, strategy.seed]
    results = [[t.candidate.canonical, t.mean, t.split_scores, t.status, t.round] for t in trials]
    return content_key(said, results, task)
