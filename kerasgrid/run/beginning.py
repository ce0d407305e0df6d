"""How a search begins in a folder: what it is asked is recorded, and what trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kerasgrid.fits.fit import Fit
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.system.versions import installed_versions


def begin(plan: Plan, store: Store, worthwhile: Mapping[str, Fit]) -> None:
    """Record what is asked and what trains it, so that reports can be made from the store alone, by any versions.

    Args:
        plan: What is asked.
        store: Open for writing.
        worthwhile: The fits that are worth training, by key.
    """
    meta = store.meta()
    created = meta.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    n_left = plan.n_fits(worthwhile) - len(store.finished(worthwhile))
    versions = _versions(meta.get("versions", []), is_empty=store.is_empty, is_done=not n_left)
    store.set_meta(**plan.to_meta(), created=created, versions=versions)


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
