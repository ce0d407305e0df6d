"""What a run's folder knows: its facts, its trials and its refitted winner, read from the store alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kerasgrid.engine.fit import FinalResult
from kerasgrid.insight.facts import RunFacts, installed_versions
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.search.plan import Plan
from kerasgrid.space.spec import Space
from kerasgrid.store import Store


@dataclass(frozen=True, slots=True)
class Record:
    """A run as the reports show it; ``trials`` is best first, ``final`` None before the winner is refitted."""

    facts: RunFacts
    trials: list[Trial]
    final: FinalResult | None


def begin(plan: Plan, store: Store) -> None:
    """Record what is asked and what trains it, so that reports can be made from the store alone, by any versions."""
    meta = store.meta()
    created = meta.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    store.set_meta(**plan.to_meta(), created=created, versions=_versions(plan, store, meta.get("versions", [])))


def held_another(plan: Plan, store: Store) -> bool:
    """Return whether the store was last asked for a search of other data, seed, strategy or name than this plan's.

    More or fewer axes, values, trials or folds are the same search, grown or shrunk.
    """
    meta = store.meta()
    return "plan" in meta and _identity(meta) != _identity(plan.to_meta())


def add_elapsed(store: Store, seconds: float) -> None:
    """Add to the wall time that searches have spent in this folder."""
    store.set_meta(elapsed=store.meta().get("elapsed", 0.0) + seconds)


def read(store: Store) -> Record:
    """Read the run of a store.

    Raises:
        RunError: if the run is empty or damaged.
    """
    meta = store.meta()
    plan = Plan.from_meta(meta, where=str(store.folder))
    results = store.known(plan.fits)
    trials = plan.rank(results)
    best = winner(trials)
    versions = meta.get("versions", [])
    facts = RunFacts(
        name=plan.space.name,
        dataset=plan.dataset,
        metric=plan.metric,
        task=plan.task,
        classes=plan.classes,
        n_folds=len(plan.fold_fingerprints),
        n_repeats=1,
        n_fits_asked=len(plan.fits),
        n_fits_done=sum(result.status != "failed" for result in results.values()),
        seed=plan.space.seed,
        log_axes=_log_axes(plan.space),
        elapsed=meta.get("elapsed", 0.0),
        created=meta.get("created", ""),
        # Runs of before versions were kept have none.
        versions=versions[-1] if versions else installed_versions(),
        older_versions=versions[:-1],
    )
    return Record(facts, trials, None if best is None else store.final(plan.final_key(best.candidate)))


def _identity(meta: Mapping[str, Any]) -> tuple[Any, ...]:
    plan = meta["plan"]
    return (plan["dataset"]["fingerprint"], *(plan["space"][key] for key in ("seed", "strategy", "name")))


def _versions(plan: Plan, store: Store, kept: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the different versions that have trained fits of this run and those that are going to, these last."""
    current = installed_versions()
    if not kept or kept[-1] == current:
        return [*kept] or [current]
    if len(store.finished(plan.fits)) == len(plan.fits):  # nothing will be trained
        return [*kept]
    older = [versions for versions in kept if versions != current] if store.results() else []
    return [*older, current]


def _log_axes(space: Space) -> frozenset[str]:
    return frozenset(name for block in space.blocks for name, axis in block.axes.items() if getattr(axis, "log", False))
