"""Reading a run from its store alone, and what a search notes there besides its fits."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kerasgrid.insight.diagnosis import diagnosed
from kerasgrid.insight.ranking import winner
from kerasgrid.run.confirm import settled
from kerasgrid.run.plan import Plan
from kerasgrid.run.refine import with_rounds
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store
from kerasgrid.space.spec import Space
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers.compiling import Compiling


def begin(plan: Plan, store: Store) -> None:
    """Record what is asked and what trains it, so that reports can be made from the store alone, by any versions."""
    meta = store.meta()
    created = meta.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    store.set_meta(**plan.to_meta(), created=created, versions=_versions(plan, store, meta.get("versions", [])))


def settle(compiling: Compiling, plan: Plan, store: Store) -> None:
    """Have all fits of a kind compiled or none, however often the search grows or is confirmed, and record which."""
    finished = store.finished(plan.fits)
    known = store.meta().get("compiled", [])
    store.set_meta(compiled=compiling.settle(known, [plan.fits[key] for key in finished]))


def held_another(plan: Plan, store: Store) -> bool:
    """Return whether the store was last asked for a search of other data, seed, strategy or name than this plan's.

    More or fewer axes, values, trials or folds are the same search, grown or shrunk.
    """
    meta = store.meta()
    return "plan" in meta and _identity(meta) != _identity(plan.to_meta())


class Stopwatch:
    """The wall time that searches spend in a folder, noted in its store as it goes: a kill loses its last part only.

    Args:
        store: Where it is added to that of earlier searches.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted = time.monotonic()

    def note(self, at_least: float = 0.0) -> None:
        """Add the time since the last note, if that is so many seconds."""
        spent = time.monotonic() - self._noted
        if spent >= at_least:
            self._store.set_meta(elapsed=self._store.meta().get("elapsed", 0.0) + spent)
            self._noted += spent


def read(store: Store) -> Run:
    """Read the run of a store.

    Raises:
        RunError: if the run is empty or damaged.
    """
    meta = store.meta()
    plan = settled(with_rounds(Plan.from_meta(meta, where=str(store.folder)), store), store)
    results = store.known(plan.fits)
    own = plan.own(results)
    share = held_out_share(plan.space)
    trials = diagnosed(
        plan.rank(results),
        own,
        metric=plan.metric,
        task=plan.task,
        n_held_out=round(share * plan.dataset["n_train"]),
        n_folds=plan.n_folds,
        # Runs of before it was kept have none; it is at least this.
        majority=plan.dataset.get("majority", 1 / plan.n_outputs),
    )
    best = winner(trials)
    versions = meta.get("versions", [])
    return Run(
        name=plan.space.name,
        dataset=plan.dataset,
        metric=plan.metric,
        task=plan.task,
        classes=plan.classes,
        n_folds=plan.n_folds,
        n_repeats=plan.n_repeats,
        n_fits_asked=plan.n_fits,
        n_fits_done=sum(result.status != "failed" for result in results.values()),
        seed=plan.space.seed,
        trials=trials,
        results=own,
        final=None if best is None else store.final(plan.final_key(best.candidate)),
        log_axes=_log_axes(plan.space),
        blocks=plan.space.blocks,
        elapsed=meta.get("elapsed", 0.0),
        created=meta.get("created", ""),
        # Runs of before versions were kept have none.
        versions=versions[-1] if versions else installed_versions(),
        older_versions=versions[:-1],
        held_out_share=share,
        n_confirmed=len(plan.confirmed),
        n_new_repeats=plan.n_repeats - plan.space.repeats,
        strategy=plan.space.strategy,
        baseline=plan.space.blocks[0].at(0) if plan.space.strategy == "one_factor" else None,
        n_fit_samples=fit_samples(plan),
        is_ordered=plan.space.strategy == "list",
        space=plan.space,
        folder=store.folder,
    )


def held_out_share(space: Space) -> float:
    """Return the share of the training samples that a fit is scored on."""
    return 1 / space.cv if space.cv is not None else float(space.validation_split or 0.0)


def _identity(meta: Mapping[str, Any]) -> tuple[Any, ...]:
    plan = meta["plan"]
    return (plan["dataset"]["fingerprint"], *(plan["space"][key] for key in ("seed", "strategy", "name")))


def _versions(plan: Plan, store: Store, kept: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the different versions that have trained fits of this run and those that are going to, these last."""
    current = installed_versions()
    if not kept or kept[-1] == current:
        return [*kept] or [current]
    if len(store.finished(plan.fits)) == plan.n_fits:  # nothing will be trained
        return [*kept]
    n_results, _ = store.fits_version()
    older = [versions for versions in kept if versions != current] if n_results else []
    return [*older, current]


def fit_samples(plan: Plan) -> int:
    """Return the training samples of a fit, of the smallest fold."""
    n, cv, split = int(plan.dataset["n_train"]), plan.space.cv, plan.space.validation_split
    return n - math.ceil(n / cv if cv is not None else n * (split or 0.0))


def _log_axes(space: Space) -> frozenset[str]:
    return frozenset(name for block in space.blocks for name, axis in block.axes.items() if getattr(axis, "log", False))
