"""How a search begins in a folder: what it is asked is recorded, and what trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kerasgrid.run.growing import Grown
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.system.versions import installed_versions


def begin(asked: Grown, store: Store) -> None:
    """Record what is asked and what trains it, so that reports can be made from the store alone, by any versions.

    Args:
        asked: What is asked, and what of it is worth training.
        store: Open for writing.
    """
    meta = store.meta()
    created = meta.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    n_left = asked.n_fits - len(store.finished(asked.fits))
    versions = _versions(meta.get("versions", []), is_empty=store.is_empty, is_done=not n_left)
    store.set_meta(**asked.plan.to_meta(), created=created, versions=versions)


def as_begun(plan: Plan, store: Store) -> Plan:
    """Return the plan with the race that this store's search began with, unless the space says which is meant.

    A search of before there were races goes on without one.
    """
    meta = store.meta()
    if plan.space.race is not None or "plan" not in meta or held_another(plan, store):
        return plan
    return replace(plan, race=Plan.from_meta(meta, where=str(store.folder)).race)


def held_another(plan: Plan, store: Store) -> bool:
    """Return whether the store was last asked for a search of other data, seed, strategy or name than this plan's.

    More or fewer axes, values, trials or folds are the same search, grown or shrunk.
    """
    meta = store.meta()
    return "plan" in meta and _identity(meta) != _identity(plan.to_meta())


def _identity(meta: Mapping[str, Any]) -> tuple[Any, ...]:
    plan = meta["plan"]
    return (plan["dataset"]["fingerprint"], *(plan["space"][key] for key in ("seed", "strategy", "name")))


def _versions(kept: Sequence[Mapping[str, str]], *, is_empty: bool, is_done: bool) -> list[Mapping[str, str]]:
    """Return the different versions that have trained fits of this run and those that are going to, these last."""
    current = installed_versions()
    if not kept or kept[-1] == current:
        return [*kept] or [current]
    if is_done:  # nothing will be trained
        return [*kept]
    return [*([] if is_empty else [versions for versions in kept if versions != current]), current]
