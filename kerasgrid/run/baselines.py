"""The baselines of a run: which fits they need, and what the store knows of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from math import prod
from typing import Protocol

from kerasgrid.baselines.fit import BaselineFit, BaselineResult, suiting
from kerasgrid.baselines.model import DataFacts
from kerasgrid.baselines.table import BASELINES
from kerasgrid.data.columns import Columns
from kerasgrid.fits.deadline import Deadline
from kerasgrid.insight.against_baselines import Baseline, measured, verdicts
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store

_START = 3.0
"""How many times as long as the baselines have, workers may take to start."""


class BaselineTrainer(Protocol):
    """Trains baselines."""

    def __call__(self, fits: Sequence[BaselineFit], deadline: Deadline | None) -> Generator[BaselineResult, None, None]:
        """Yield the result of each, in whatever order they end; stop at the deadline."""
        ...


def baseline_fits(plan: Plan) -> Mapping[str, BaselineFit]:
    """Return every fit of the baselines that were asked for and suit the data, by its key: one for each fold."""
    plan = plan.unconfirmed
    if not plan.space.baselines:
        return {}
    fits = [
        BaselineFit(model.name, fold, repeat)
        for model in suiting(plan.space.baselines, _facts(plan))
        # Folds that the data gives are the same in every repeat, and so is what comes of a baseline.
        for repeat in range(1 if plan.has_fixed_splits else plan.space.repeats)
        for fold in range(plan.n_folds)
    ]
    return {_key(plan, fit): fit for fit in fits}


def train_baselines(
    plan: Plan, store: Store, train: BaselineTrainer, seconds: float | None, say: Callable[[str], None]
) -> None:
    """Train what the store does not know yet; each result is committed when it is there.

    Args:
        plan: Whose baselines.
        store: Open for writing.
        train: Who trains.
        seconds: How long they may take, from the first result on: what the workers take to start, the networks need,
            too. None for no limit.
        say: Is told why a baseline failed, once each.
    """
    fits = baseline_fits(plan)
    known = store.evaluations(fits)
    keys = {fit: key for key, fit in fits.items() if key not in known}
    if not keys:
        return
    n_asked = len(keys)
    names = list(dict.fromkeys(fit.name for fit in keys))
    say(f"training simple models to be held against: {', '.join(names)}")
    told: set[str] = set()
    deadline = None if seconds is None else Deadline((1.0 + _START) * seconds)
    with closing(train(list(keys), deadline)) as results:
        for result in results:
            if seconds is not None and deadline is not None and len(keys) == n_asked:
                deadline.reserved = max(0.0, deadline.left - seconds)
            store.put_evaluation(keys.pop(result.fit), result.to_dict())
            if result.error is not None and result.fit.name not in told:
                told.add(result.fit.name)
                say(f"the baseline {result.fit.name} failed: {result.error}")
    if keys:
        late = ", ".join(dict.fromkeys(fit.name for fit in keys))
        say(f"there was no time for the baselines {late}")


def known_baselines(plan: Plan, store: Store, trials: Sequence[Trial], held_out_share: float) -> tuple[Baseline, ...]:
    """Return the baselines that were asked for, in their table's order, as far as they were trained."""
    fits = baseline_fits(plan)
    if not fits:
        return ()
    kept = store.evaluations(fits)
    results = {fit: BaselineResult.from_dict(fit, kept[key]) for key, fit in fits.items() if key in kept}
    found = []
    for name in dict.fromkeys(fit.name for fit in fits.values()):
        own = [results.get(fit) for fit in fits.values() if fit.name == name]
        there = [result for result in own if result is not None]
        if not there:
            continue
        scores = [None if result is None else result.scores.get(plan.metric) for result in own]
        n_same = plan.space.repeats if plan.has_fixed_splits else 1
        found.append(
            measured(
                name,
                BASELINES[name].label_for(plan.task),
                scores * n_same,
                [result.seconds for result in there if result.error is None],
                next((result.error for result in there if result.error is not None), None),
                n_fixed=plan.n_folds if plan.has_fixed_splits else 0,
            )
        )
    said = verdicts(found, trials, plan.metric, held_out_share)
    return tuple(replace(one, verdict=verdict) for one, verdict in zip(found, said, strict=True))


def _facts(plan: Plan) -> DataFacts:
    shape, columns = plan.dataset["input_shape"], plan.dataset.get("columns")
    given = None if columns is None else Columns.from_dict(columns)
    return DataFacts(plan.task, plan.n_outputs, prod(shape), given, len(shape) > 1)


def _key(plan: Plan, fit: BaselineFit) -> str:
    fold = plan.fold_fingerprints[fit.repeat * plan.n_folds + fit.fold]
    return fit.key(str(plan.dataset["fingerprint"]), fold, plan.metrics)
