"""What a search tells people beside how far it is: what its data was taken for, and what became of a confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasgrid.fits.workload import Workload
    from kerasgrid.run.plan import Plan
    from kerasgrid.run.store import Store
    from kerasgrid.run.watcher import Watcher


def tell_data(plan: Plan, work: Workload | None, watcher: Watcher, *, is_new: bool) -> None:
    """Say what was decided about data to train on; of a table in a new run, what each column was taken for, too."""
    from kerasgrid.reports.text.columns_table import columns_lines

    if is_new and work is not None and (columns := work.dataset.columns) is not None:
        for line in columns_lines(columns, work.dataset.x_train, work.dataset.targets):
            watcher.say(line)
    for note in plan.dataset.get("notes", ()):
        watcher.say(note)


def tell_failed_confirmation(plan: Plan, store: Store, watcher: Watcher) -> None:
    """Say why a confirmation that was asked for does not count, if a fit of it failed."""
    from kerasgrid.run.confirm import failed_fits
    from kerasgrid.system.words import counted

    if plan.confirmed and (failed := failed_fits(plan, store.everything())):
        watcher.say(f"{counted(len(failed), 'fit')} failed, so the search's ranking stands: {failed[0].error}")
