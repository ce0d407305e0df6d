"""Confirming: the best trials of a run are trained again, to take the luck out of their scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kerasgrid.api.finding import find_run
from kerasgrid.api.searching import Outcome, Prepared, carry_out, dataset_for
from kerasgrid.errors import RunError
from kerasgrid.run.store import Store
from kerasgrid.system.shell import quoted
from kerasgrid.system.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from kerasgrid.axes.candidate import Candidate
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.limits import Limits
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.watcher import Watcher


def confirm_run(
    name: str,
    make_fitter: Callable[[], Fitter],
    watcher: Watcher,
    *,
    top: int,
    repeats: int,
    data_dir: Path | None = None,
    limits: Limits | None = None,
    model: str | None = None,
) -> Outcome:
    """Give the best trials of a run more repeats, and rank them again.

    Args:
        name: Path or name of the run.
        make_fitter: Makes who trains, once it is known that there is something to confirm.
        watcher: Is told how far it is.
        top: How many of the best trials, by the search's own repeats; fewer if fewer have a score.
        repeats: New repeats of each, on top of those of the search.
        data_dir: Where named data sets are looked for first.
        limits: What ends it before all is trained; None for nothing.
        model: The builder, ``module:builder``, of a run with a model of the user's own: a run's file must not have
            code imported.

    Raises:
        SpaceError: The builder is not to be found.
        DataError: The data is missing or wrong.
        RunError: There is no such run, no trial has a score, the data or the builder has changed, or this machine
            cannot train.
    """
    folder = find_run(name)
    plan, best, repeats, told = _leaders(folder, top, repeats)
    _check_builder(plan, folder, model)
    if told is not None:
        watcher.say(told)
    fitter = make_fitter()
    prepared = _prepared(plan, best, folder, repeats, data_dir)
    return carry_out(prepared, fitter, watcher, limits=limits)


def _leaders(folder: Path, top: int, repeats: int) -> tuple[Plan, tuple[Candidate, ...], int, str | None]:
    """Return the plan of the search, the candidates to confirm, their new repeats, and what becomes of those before.

    A smaller confirmation than that of before adds nothing, and would hide what is known: the larger one stays.
    """
    from kerasgrid.run.confirm import leaders
    from kerasgrid.run.growing import grown
    from kerasgrid.run.making import known_plan
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.remembered import asking

    with Store.open_readonly(folder) as store:
        results = store.everything()
        asked = Plan.from_meta(store.meta(), str(folder))
        plan = grown(asked, results, asking(store)).plan
        best, before = leaders(plan, results, top, folder), known_plan(asked, store)
    n_before, wanted = before.n_repeats - before.space.repeats, {candidate.id for candidate in best}
    if not before.confirmed or (len(wanted), repeats) == (len(before.confirmed), n_before):
        return plan, best, repeats, None
    told = f"{counted(len(before.confirmed), 'trial')} by {counted(n_before, 'new repeat')}"
    if wanted <= set(before.confirmed) and repeats <= n_before:
        stays = tuple(candidate for candidate in plan.candidates if candidate.id in before.confirmed)
        return plan, stays, n_before, f"the run has confirmed {told}, which is more: that stays"
    return plan, best, repeats, f"this replaces the confirmation of {told}; its fits are kept"


def _prepared(plan: Plan, best: tuple[Candidate, ...], folder: Path, repeats: int, data_dir: Path | None) -> Prepared:
    from kerasgrid.fits.workload import Workload
    from kerasgrid.run.confirm import confirming
    from kerasgrid.run.space_folds import make_space_folds

    dataset = dataset_for(plan.space, data_dir=data_dir, folder=folder)
    if dataset.fingerprint != plan.dataset["fingerprint"]:
        raise RunError(
            "the data must be that of the search",
            where=str(folder),
            got=f"other samples from {dataset.source}",
            hint="bring the old data back, or search the new data in another folder with --out",
        )
    folds = make_space_folds(plan.space, dataset, repeats)
    if [fold.fingerprint for fold in folds[: len(plan.fold_fingerprints)]] != list(plan.fold_fingerprints):
        raise RunError(
            "the folds must be those of the search",
            where=str(folder),
            got=f"other folds from {dataset.source}",
            hint="bring the old data back, or search the new data in another folder with --out",
        )
    plan = confirming(plan, best, [fold.fingerprint for fold in folds])
    return Prepared(plan, folder, Workload(dataset, folds, plan.n_repeats, metrics=plan.metrics))


def _check_builder(plan: Plan, folder: Path, model: str | None) -> None:
    from kerasgrid.axes.names import is_own
    from kerasgrid.models.named import named_builder

    own = next(filter(is_own, plan.space.models), None)
    if own is None and model is not None:
        raise RunError("the run has no model of your own", where="--model", got=model, hint="leave it out")
    if own is None:
        return
    asked = own.partition("@")[0]
    if model is None:
        raise RunError("the run has a model of your own: say that it may be imported", hint=f"--model {quoted(asked)}")
    if named_builder(model) != own:
        raise RunError(
            "the builder must be that of the search",
            where=str(folder),
            got=model if model != asked else f"{model}, whose file has changed since",
            hint="search with it in another folder",
        )
