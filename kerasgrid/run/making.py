"""The one place where a :class:`~kerasgrid.run.run.Run` is made of what a store knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerasgrid.axes.parameter import shown
from kerasgrid.fits.fit import FitResult
from kerasgrid.insight.diagnosis import diagnosed
from kerasgrid.insight.parts import simple_axes
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.run.baselines import known_baselines
from kerasgrid.run.confirm import gained, with_confirmation
from kerasgrid.run.database import damaged
from kerasgrid.run.ensemble import known_ensemble
from kerasgrid.run.explained import known_explained
from kerasgrid.run.growing import Fits, Grown, grown
from kerasgrid.run.machines import known_machines
from kerasgrid.run.plan import Plan
from kerasgrid.run.remembered import asking
from kerasgrid.run.run import Run
from kerasgrid.run.run_model import is_of_before
from kerasgrid.run.store import Store
from kerasgrid.space.spec import Space
from kerasgrid.system.versions import installed_versions


def read_run(store: Store) -> Run:
    """Return what the store knows of its run, by what was asked last.

    Raises:
        RunError: The run is empty or damaged.
    """
    return make_run(Plan.from_meta(store.meta(), where=str(store.folder)), store)


def make_run(plan: Plan, store: Store) -> Run:
    """Return what the store knows of this plan: batches, confirmation, ranking and diagnosis come together here.

    Args:
        plan: What was asked; of how many batches does not matter, nor which trials are being confirmed.
        store: What is known.
    """
    everything, meta, (found, leader) = store.everything(), store.meta(), _known(plan, store)
    plan, worthwhile, own = found.plan, found.fits, found.own
    trials = _diagnosed(plan, found.trials, own)
    versions = meta.get("versions", [])
    _check_facts(meta, store)
    run = Run(
        name=plan.space.name,
        dataset=plan.dataset,
        metric=plan.metric,
        task=plan.task,
        classes=tuple(plan.classes),
        n_folds=plan.n_folds,
        n_repeats=plan.n_repeats,
        n_fits_asked=found.n_fits,
        n_fits_done=sum(everything[key].status != "failed" for key in worthwhile if key in everything),
        seed=plan.space.seed,
        trials=trials,
        results=own,
        looks=_looks(plan, everything, worthwhile),
        began=tuple(meta.get("began", ())),
        final=None,
        log_axes=_log_axes(plan.space),
        elapsed=meta.get("elapsed", 0.0),
        created=meta.get("created", ""),
        # Runs of before versions were kept have none.
        versions=versions[-1] if versions else installed_versions(),
        older_versions=versions[:-1],
        held_out_share=plan.held_out_share,
        n_confirmed=len(plan.confirmed),
        n_new_repeats=plan.n_repeats - plan.space.repeats,
        blocks=plan.strategy.blocks,
        strategy=plan.space.strategy,
        is_ordered=plan.strategy.is_ordered,
        baseline=plan.strategy.baseline,
        gain=gained(plan, trials, leader),
        baselines=known_baselines(plan, store, trials, plan.held_out_share),
        n_fit_samples=plan.n_fit_samples,
        has_fixed_splits=plan.has_fixed_splits,
        space=plan.space,
        folder=store.folder,
        n_unreadable=store.n_unreadable,
        fold_fingerprints=tuple(plan.fold_fingerprints),
        device=plan.device,
        machines=known_machines(meta),
    )
    return with_model(plan, run, store)


def _diagnosed(plan: Plan, trials: list[Trial], own: list[FitResult]) -> list[Trial]:
    """Return the trials with what is the matter with them."""
    return diagnosed(
        trials,
        own,
        metric=plan.metric,
        task=plan.task,
        n_held_out=plan.n_held_out,
        n_folds=plan.n_folds,
        # Runs of before it was kept have none; it is at least this.
        majority=plan.dataset.get("majority", 1 / plan.n_outputs),
    )


def with_model(plan: Plan, run: Run, store: Store) -> Run:
    """Return the run with what the store knows now of its model and its best trial; its trials are the same objects.

    Args:
        plan: What was asked, grown.
        run: What was known of it.
        store: What is known.
    """
    best, ensemble = run.best, known_ensemble(plan, run.best, store)
    key = None
    if ensemble is not None and ensemble.is_taken:
        key = ensemble.key
    elif best is not None:
        key = plan.final_key(best.candidate, plan.refit_epochs(best))
    final = None if key is None else store.final(key)
    run = replace(run, final=final, has_old_model=is_of_before(store, key, final))
    return replace(run, ensemble=ensemble, explained=known_explained(plan, best, store))


def _looks(plan: Plan, everything: Mapping[str, FitResult], fits: Fits) -> list[FitResult]:
    """Return what came of the rungs of a race, each as a fit of its trial; none that is a fit of the plan.

    Of all that were trained, also of a race that has changed its mind meanwhile.
    """
    return [
        everything[key].of(replace(plan.rungs.fits[key], candidate=candidate))
        for candidate, keys in plan.rungs.keys.items()
        for key in keys
        if key in everything and key not in fits
    ]


_NUMBER = (int, float)
_FACTS: Mapping[str, type | tuple[type, ...]] = {"elapsed": _NUMBER, "created": str, "versions": list, "began": list}


def _check_facts(meta: Mapping[str, Any], store: Store) -> None:
    for name, form in _FACTS.items():
        if name in meta and not isinstance(meta[name], form):
            raise damaged(store.folder, f"{shown(meta[name])} for the fact {name}")
    if not all(isinstance(moment, _NUMBER) for moment in meta.get("began", ())):
        raise damaged(store.folder, f"{shown(meta['began'])} for the fact began")


def known_plan(plan: Plan, store: Store) -> Plan:
    """Return the plan with the batches that results have decided, and with the confirmation that stands."""
    return _known(plan, store)[0].plan


def _known(plan: Plan, store: Store) -> tuple[Grown, Trial | None]:
    """Return that plan, what is worth training of it, and the winner by the search's own fits.

    To grow one ranks all trials: not done twice.
    """
    everything = store.everything()
    ask = asking(store)
    found = grown(plan.unconfirmed, everything, ask)
    known = with_confirmation(found.plan, everything, store.meta())
    return (grown(known, everything, ask) if known.confirmed else found), winner(found.trials)


def _log_axes(space: Space) -> frozenset[str]:
    axes = (item for block in space.tried.blocks for item in simple_axes(block.axes).items())
    return frozenset(name for name, axis in axes if getattr(axis, "log", False))
