"""The closer look at a run's best trial: when it is taken, and what is known of it."""

from __future__ import annotations

from pathlib import Path

from kerasgrid.fits.explaining import Explained, Explaining
from kerasgrid.fits.fit import content_key
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.ensemble import fold_models_of, kept_keys
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store


def to_explain(plan: Plan, best: Trial | None, store: Store) -> tuple[Path, ...]:
    """Return the files of the weights that the best trial has left, fold by fold; none where nothing is to be done.

    Args:
        plan: Of the search, grown.
        best: Its best trial.
        store: What is known.
    """
    kept = fold_models_of(plan, store.folder)
    if not plan.space.explain or kept is None or best is None or store.evaluations([_key(plan, best)]):
        return ()
    keys = kept_keys(plan, best.candidate)
    return tuple(kept.path(key) for key in keys) if set(keys) <= kept.keys() else ()


def explaining(plan: Plan, best: Trial, left: tuple[Path, ...], seconds: float | None) -> Explaining:
    """Return the request to look closer at the best trial."""
    return Explaining(best.candidate, left, plan.metric, plan.held_out_share, plan.space.seed, seconds)


def keep_explained(plan: Plan, best: Trial, found: Explained, store: Store) -> None:
    """Record what a closer look has shown."""
    store.put_evaluation(_key(plan, best), found.to_dict())


def known_explained(plan: Plan, best: Trial | None, store: Store) -> Explained | None:
    """Return what is known of the best trial; None where nothing is, or the look failed."""
    if not plan.space.explain or best is None:
        return None
    key = _key(plan, best)
    kept = store.evaluations([key]).get(key)
    found = None if kept is None else Explained.from_dict(kept)
    return None if found is None or found.error is not None else found


def _key(plan: Plan, best: Trial) -> str:
    folds = list(plan.fold_fingerprints[: plan.n_folds])
    return content_key("explained", plan.final_key(best.candidate), folds, plan.metric)
