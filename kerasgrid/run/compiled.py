"""What of a run XLA compiles: decided once, and kept, so that fits of one kind are all trained alike."""

from __future__ import annotations

from dataclasses import replace

from kerasgrid.fits.workload import Workload
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store
from kerasgrid.system.devices import CPU
from kerasgrid.workers.compiling import Earlier, decide

_META = "compiled"


def with_compiled(work: Workload, asked: Plan, grown: Plan, store: Store) -> Workload:
    """Return the workload with what is compiled, and record it: what an earlier search decided stays.

    Args:
        work: The data and the folds.
        asked: What was asked, of one batch: it decides.
        grown: The same with all batches that results have decided.
        store: Open for writing.
    """
    if grown.device != CPU:
        # There the engine compiles nothing, and what was decided for the CPU stays for when it is the CPU's again.
        return work
    finished = [grown.fits[key] for key in store.finished(grown.fits)]
    earlier = Earlier(tuple(store.meta().get(_META, ())), tuple(finished))
    compiled = decide(asked.fits.values(), work.dataset, work.folds, work.n_repeats, earlier)
    store.set_meta(**{_META: list(compiled.keys)})
    return replace(work, compiled=compiled)
