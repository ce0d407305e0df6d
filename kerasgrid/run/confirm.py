"""Confirming: more repeats for the best trials of a search, and for them alone.

What was picked as the best of many was lucky, too. New repeats, which had no part in the picking, show how much.

The store keeps, apart from the plan of the search, which candidates these are and the fingerprints of the folds of all
repeats, those of the space first. The new fits are fits of the run like all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import FitResult
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store

_META = "confirmed"


def leaders(plan: Plan, results: Mapping[str, FitResult], top: int, where: Path) -> tuple[Candidate, ...]:
    """Return the best candidates of a search by its own repeats, at most ``top`` of them.

    Raises:
        RunError: No trial has a score.
    """
    best = _leaders(plan, results, top)
    if not best:
        got = "fits that diverged or failed, all of them" if plan.fits.keys() & results.keys() else "no fits"
        raise RunError("there must be a trial with a score to confirm", where=str(where), got=got, hint="search first")
    return best


def confirming(plan: Plan, candidates: Sequence[Candidate], fold_fingerprints: Sequence[str]) -> Plan:
    """Return the plan with more repeats for these candidates, and for the baseline that they are held against.

    Args:
        plan: The plan of the search.
        candidates: Some of its candidates.
        fold_fingerprints: Of all repeats, those of the space first.
    """
    baseline = plan.strategy.baseline
    beside = (baseline.id,) if baseline is not None and baseline not in candidates else ()
    ids = tuple(candidate.id for candidate in candidates)
    return replace(plan, confirmed=ids, beside=beside, fold_fingerprints=tuple(fold_fingerprints))


def remember(plan: Plan, store: Store) -> None:
    """Record which candidates of a run are being confirmed, by the plan that :func:`confirming` returned."""
    kept = {
        "candidates": list(plan.confirmed),
        "beside": list(plan.beside),
        "fold_fingerprints": list(plan.fold_fingerprints),
    }
    store.set_meta(**{_META: kept})


def with_confirmation(plan: Plan, results: Mapping[str, FitResult], meta: Mapping[str, Any]) -> Plan:
    """Return the plan with the repeats that were added, if the candidates that got them are still the best.

    A search that has grown since, of which another candidate is among the best, stands by its own repeats again: it
    would not do to rank a better candidate after those that happened to be confirmed. So does one of which a new fit
    failed: what kept it from training says nothing about the candidate.

    Args:
        plan: The plan of the search, grown by the same results.
        results: What is known, by key.
        meta: The facts that the store keeps.
    """
    plan = plan.unconfirmed
    kept: dict[str, Any] | None = meta.get(_META)
    if kept is None:
        return plan
    folds, ids = kept["fold_fingerprints"], kept["candidates"]
    n_own = plan.n_folds * plan.space.repeats
    if len(folds) <= n_own or list(folds[:n_own]) != list(plan.fold_fingerprints):
        return plan
    best = _leaders(plan, results, len(ids))
    if {candidate.id for candidate in best} != set(ids):
        return plan
    # What was confirmed before baselines were has none.
    confirmed = replace(confirming(plan, best, folds), beside=tuple(kept.get("beside", ())))
    return plan if failed_fits(confirmed, results) else confirmed


def failed_fits(plan: Plan, results: Mapping[str, FitResult]) -> list[FitResult]:
    """Return the fits of the candidates that are being confirmed that failed."""
    own = (results[key] for key in plan.searched(plan.fits) if key in results)
    return [result for result in own if result.status == "failed"]


def _leaders(plan: Plan, results: Mapping[str, FitResult], top: int) -> tuple[Candidate, ...]:
    # Those that left a race lack fits of the search, and are not among the best.
    ranked = [trial.candidate for trial in plan.rank(results) if trial.mean is not None and trial.dropped is None]
    return tuple(ranked[:top])
