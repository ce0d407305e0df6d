"""What is recorded and told of a search before its first fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasgrid.api.told import tell_data

if TYPE_CHECKING:
    from kerasgrid.api.searching import Prepared
    from kerasgrid.fits.fitter import Fitter
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.store import Store
    from kerasgrid.run.watcher import Watcher


def begin(prepared: Prepared, store: Store, fitter: Fitter, watcher: Watcher, *, is_in_order: bool) -> Plan:
    """Record what is asked, and tell the fitter what it will work on.

    If it is to be in order, candidate after candidate, there is no race.
    """
    from kerasgrid.fits.fitter import OnMachines
    from kerasgrid.races.race import EveryFit
    from kerasgrid.run.beginning import as_begun, held_another
    from kerasgrid.run.beginning import begin as record
    from kerasgrid.run.compiled import with_compiled
    from kerasgrid.run.confirm import remember
    from kerasgrid.run.devices import begun_on, on_device
    from kerasgrid.run.ensemble import fold_models_of
    from kerasgrid.run.growing import grown
    from kerasgrid.run.keeping import states_of
    from kerasgrid.run.remembered import asking
    from kerasgrid.run.suits import is_auto

    work = prepared.work
    if isinstance(fitter, OnMachines):
        fitter.tell(watcher.say)
    dataset = None if work is None else work.dataset
    asked = on_device(prepared.plan, dataset, fitter, begun_on(prepared.plan, store), watcher.say)
    if held_another(asked, store):
        watcher.say(f"{prepared.folder} held another search: its reports are replaced, its fits are kept")
    asked = replace(asked, race=EveryFit.name) if is_in_order else as_begun(asked, store)
    found = grown(asked, store.everything(), asking(store))
    plan = found.plan
    wanted = asked.strategy.n_asked
    if wanted is not None and len(plan.candidates) + plan.n_undecided < wanted and not plan.confirmed:
        from kerasgrid.system.words import counted

        watcher.say(f"the space has only {counted(len(plan.candidates), 'candidate')}: trying all of them")
    # Whoever asked for few trials of auto has not written its start.
    if asked.strategy.note and not plan.confirmed and not is_auto(plan.space):
        watcher.say(asked.strategy.note)
    if not plan.confirmed and found.n_fits > len(store.finished(found.fits)):
        tell_data(prepared.plan, work, watcher, is_new=store.is_empty)
    record(found, store)
    if work is not None:
        states, fold_models = states_of(plan, prepared.folder), fold_models_of(plan, prepared.folder)
        work = replace(work, states=states, fold_models=fold_models)
        fitter.prepare(with_compiled(work, asked, plan, store))
    if plan.confirmed:
        remember(plan, store)
    return plan
