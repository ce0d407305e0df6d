"""What is recorded and told of a search before its first fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    from kerasgrid.races.race import EveryFit
    from kerasgrid.run.beginning import as_begun, held_another
    from kerasgrid.run.beginning import begin as record
    from kerasgrid.run.compiled import with_compiled
    from kerasgrid.run.confirm import remember
    from kerasgrid.run.growing import grown
    from kerasgrid.run.keeping import states_of
    from kerasgrid.run.remembered import asking

    asked = prepared.plan
    if held_another(asked, store):
        watcher.say(f"{prepared.folder} held another search: its reports are replaced, its fits are kept")
    asked = replace(asked, race=EveryFit.name) if is_in_order else as_begun(asked, store)
    found = grown(asked, store.everything(), asking(store))
    plan = found.plan
    wanted = asked.strategy.n_asked
    if wanted is not None and len(plan.candidates) + plan.n_undecided < wanted and not plan.confirmed:
        from kerasgrid.system.words import counted

        watcher.say(f"the space has only {counted(len(plan.candidates), 'candidate')}: trying all of them")
    if not plan.confirmed and found.n_fits > len(store.finished(found.fits)):
        _tell_data(prepared, watcher, is_new=store.is_empty)
    record(found, store)
    if prepared.work is not None:
        work = replace(prepared.work, states=states_of(plan, prepared.folder))
        fitter.prepare(with_compiled(work, asked, plan, store))
    if plan.confirmed:
        remember(plan, store)
    return plan


def _tell_data(prepared: Prepared, watcher: Watcher, *, is_new: bool) -> None:
    """Say what was decided about data to train on; of a table in a new run, what each column was taken for, too."""
    from kerasgrid.reports.text.columns_table import columns_lines

    if is_new and prepared.work is not None and (columns := prepared.work.dataset.columns) is not None:
        for line in columns_lines(columns, prepared.work.dataset.x_train, prepared.work.dataset.targets):
            watcher.say(line)
    for note in prepared.plan.dataset.get("notes", ()):
        watcher.say(note)
