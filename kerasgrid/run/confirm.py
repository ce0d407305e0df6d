"""Confirming: more repeats for the best trials of a search, and for them alone.

What was picked as the best of many was lucky, too. New repeats, which had no part in the picking, show how much.

A space may ask for that itself: its winner alone is confirmed then, beside the candidate that stands for no search. If
the winner is not better by the new repeats, that candidate takes its place.

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
from kerasgrid.insight.gain import Gain, gain
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store

SECONDS_TO_BEGIN = 4.0
"""What new repeats take before the first ends: workers that were at other fits are gone, and their programs too."""

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
    """Return the plan with more repeats for these candidates, and for the one that they are held against.

    Args:
        plan: The plan of the search.
        candidates: Some of its candidates.
        fold_fingerprints: Of all repeats, those of the space first.
    """
    default = plan.default
    beside = (default.id,) if default is not None and default not in candidates else ()
    ids = tuple(candidate.id for candidate in candidates)
    return replace(plan, confirmed=ids, beside=beside, fold_fingerprints=tuple(fold_fingerprints))


def remember(plan: Plan, store: Store, leaders: Sequence[str] | None = None) -> None:
    """Record which candidates of a run are being confirmed, by the plan that :func:`confirming` returned.

    Args:
        plan: That plan.
        store: Open for writing.
        leaders: Ids of the candidates that were the best of the search then; None for those that are confirmed.
    """
    kept = {
        "leaders": list(plan.confirmed if leaders is None else leaders),
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
    leaders = kept.get("leaders", ids)
    best = _leaders(plan, results, len(leaders))
    if {candidate.id for candidate in best} != set(leaders):
        return plan
    if set(leaders) == set(ids):
        ids = [candidate.id for candidate in best]
    # What was confirmed before baselines were has none.
    beside = tuple(kept.get("beside", ()))
    confirmed = replace(plan, confirmed=tuple(ids), beside=beside, fold_fingerprints=tuple(folds))
    return plan if failed_fits(confirmed, results) else confirmed


def own_confirmation(
    plan: Plan, results: Mapping[str, FitResult], fold_fingerprints: Sequence[str], left: float | None, n_workers: int
) -> Plan | None:
    """Return the plan with new repeats of the winner of the search, where its space asks for them.

    Args:
        plan: The plan of the search, grown by the results.
        results: What is known, by key.
        fold_fingerprints: Of all repeats that there are folds of, those of the space first.
        left: Seconds that there are for it; fewer repeats take less. None for as many as are needed.
        n_workers: How many fits are trained at the same time.

    Returns:
        The plan, of one new repeat at least; None where the space asks for none, nothing was picked, or there is no
        time for one.
    """
    best, wanted = _leaders(plan, results, 1), plan.space.confirm
    if wanted is None or not best or len(plan.candidates) < 2:
        return None
    there = {trial.candidate: trial for trial in plan.rank(results)}
    found = confirming(plan, best, fold_fingerprints)
    # Of a default that cannot be trained there is nothing to be held against.
    found = replace(found, beside=[one.id for one in found.beside_candidates if there[one].mean is not None])
    wanted = min(wanted, found.n_repeats - plan.space.repeats)
    if left is not None:
        times = {one: there[one].mean_seconds for one in found.repeated_candidates}
        each = seconds_a_repeat(plan, {one: time for one, time in times.items() if time is not None}, n_workers)
        wanted = min(wanted, int((left - SECONDS_TO_BEGIN) / each)) if each else wanted
    if wanted < 1:
        return None
    n_folds = plan.n_folds * (plan.space.repeats + wanted)
    return replace(found, fold_fingerprints=tuple(found.fold_fingerprints[:n_folds]))


def seconds_a_repeat(plan: Plan, seconds_of: Mapping[Candidate, float], n_workers: int) -> float | None:
    """Return what one new repeat of the winner, and of the default beside it, takes; None if nothing tells.

    Args:
        plan: Of the search.
        seconds_of: The winner and the seconds of a fit of it, and those of the default.
        n_workers: How many fits are trained at the same time.
    """
    if not seconds_of:
        return None
    # Of few fits not every worker has one all the time.
    rounds = -(-plan.n_folds * len(seconds_of) // n_workers)
    return rounds * sum(seconds_of.values()) / len(seconds_of)


def settle(plan: Plan, store: Store) -> bool:
    """Record the confirmation of a search's winner as far as its new repeats are whole; return whether there is one.

    Where the new fits find the winner no better than the default, the default is confirmed in its place, with the
    winner beside it.

    Args:
        plan: As :func:`confirming` returned it for the winner alone.
        store: Open for writing; it has these fits, or some of them.
    """
    results = store.everything()
    n_own = plan.space.repeats
    n = n_own
    while n < plan.n_repeats and _is_whole(plan, results, n):
        n += 1
    if n == n_own:
        return False
    folds = tuple(plan.fold_fingerprints[: n * plan.n_folds])
    plan = replace(plan, fold_fingerprints=folds)
    leaders = plan.confirmed
    trials = plan.rank(results)
    leader = next(trial for trial in trials if trial.candidate.id == leaders[0])
    default = next((trial for trial in trials if trial.candidate.id in plan.beside), None)
    able = default is not None and all(one is not None for one in (*default.scores, *default.more_scores))
    found = gained(plan, trials, leader)
    # A winner that does not train every time is none.
    if able and (leader.mean is None or (found is not None and found.mean <= 0.0)):
        plan = replace(plan, confirmed=plan.beside, beside=leaders)
    elif leader.mean is None:
        return False
    remember(plan, store, leaders)
    return True


def gained(plan: Plan, trials: Sequence[Trial], leader: Trial | None) -> Gain | None:
    """Return what a search gained by the new repeats of its winner; None where nothing is to be held against it.

    Args:
        plan: With a confirmation, or without any.
        trials: Its trials, in any order.
        leader: The winner by the search's own fits.
    """
    default = plan.default if plan.confirmed and plan.space.confirm else None
    if default is None or leader is None or not 0 < plan.held_out_share < 1:
        return None
    of = {trial.candidate: trial for trial in trials}
    n_own = plan.n_folds * plan.space.repeats
    return gain(of[leader.candidate], of[default], n_own, plan.metric, plan.held_out_share)


def _is_whole(plan: Plan, results: Mapping[str, FitResult], repeat: int) -> bool:
    """Return whether every fit of a repeat has a result."""
    own = plan.searched(plan.fits)
    return all(key in results for key, fit in own.items() if fit.repeat == repeat)


def failed_fits(plan: Plan, results: Mapping[str, FitResult]) -> list[FitResult]:
    """Return the fits of the candidates that are being confirmed that failed."""
    own = (results[key] for key in plan.searched(plan.fits) if key in results)
    return [result for result in own if result.status == "failed"]


def _leaders(plan: Plan, results: Mapping[str, FitResult], top: int) -> tuple[Candidate, ...]:
    # Those that left a race lack fits of the search, and are not among the best.
    ranked = [trial.candidate for trial in plan.rank(results) if trial.mean is not None and trial.dropped is None]
    return tuple(ranked[:top])
