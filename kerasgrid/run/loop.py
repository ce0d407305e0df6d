"""The loop: planned fits − finished fits → fitter → store."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.fitter import Fitter
from kerasgrid.insight.ranking import winner
from kerasgrid.run.confirm import settled
from kerasgrid.run.plan import Plan
from kerasgrid.run.record import Stopwatch
from kerasgrid.run.refine import with_rounds
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally

MODEL_FILE = "model.keras"

_MODEL = "model"
"""The fact that tells whose model is in the file: the key of its refit."""

_SECONDS_A_NOTE = 5.0
"""How often the time spent is noted, about."""

End = Literal["complete", "interrupted", "out of time"]
"""How a search ended: every fit is done, Ctrl-C was pressed, or its time was used up."""


class Watcher(Protocol):
    """Is told how far a search is."""

    def started(self, tally: Tally) -> None:
        """Reused fits are counted, training begins."""

    def fit_done(self, tally: Tally, result: FitResult) -> None:
        """One more fit is in the store."""

    def refitting(self, tally: Tally) -> None:
        """The winner is being trained on all training data."""

    def stop(self) -> None:
        """Nothing more comes, however it ended: take away what is shown while it goes on."""


def search(
    plan: Plan,
    store: Store,
    make_fitter: Callable[[], AbstractContextManager[Fitter]],
    watcher: Watcher,
    *,
    max_seconds: float | None = None,
) -> End:
    """Train what the plan asks for and the store does not have, round by round, then refit the winner.

    Each finished fit is committed before it is counted, so whatever ends this, only fits in flight are lost. With
    nothing left to do no fitter is made.

    Args:
        plan: What to train: all of its fits, or those of the candidates to confirm.
        store: Where results go; open for writing.
        make_fitter: Makes the fitter, which is left before this returns.
        watcher: Is told about every step.
        max_seconds: Time for the fits; the refit of the winner comes after it. None for no limit.
    """
    stopwatch = Stopwatch(store)
    deadline = None if max_seconds is None else time.monotonic() + max_seconds
    plan = with_rounds(plan, store)
    finished = store.finished(plan.asked)
    tally = Tally(plan.n_asked, plan.n_folds, plan.metric)
    for result in plan.own(finished):
        tally.add(result, reused=True)
    watcher.started(tally)
    missing = {fit: key for key, fit in plan.asked.items() if key not in finished}
    model_path = store.folder / MODEL_FILE
    if not missing and _final_is_done(_best(plan, store), plan, store, model_path):
        return "complete"
    tried: set[str] = set()
    try:
        with make_fitter() as fitter:
            while missing:
                for result in fitter.train(list(missing), deadline):
                    key = missing.pop(result.fit)
                    store.put(key, result)
                    tried.add(key)
                    tally.add(result)
                    watcher.fit_done(tally, result)
                    stopwatch.note(_SECONDS_A_NOTE)
                if missing:  # out of time
                    break
                plan = with_rounds(plan, store)
                tally.n_fits = plan.n_asked
                done = tried | set(store.finished(plan.asked))
                missing = {fit: key for key, fit in plan.asked.items() if key not in done}
            best = _best(plan, store)
            if best is not None and not _final_is_done(best, plan, store, model_path):
                watcher.refitting(tally)
                _refit(best, plan, store, fitter, model_path)
    except KeyboardInterrupt:
        return "interrupted"
    finally:
        _drop_other_model(plan, store, model_path)
        stopwatch.note()
    return "out of time" if missing else "complete"


def _best(plan: Plan, store: Store) -> Candidate | None:
    plan = settled(plan, store)
    best = winner(plan.rank(store.known(plan.fits)))
    return None if best is None else best.candidate


def _final_is_done(best: Candidate | None, plan: Plan, store: Store, model_path: Path) -> bool:
    if best is None:
        return True
    key = plan.final_key(best)
    final = store.final(key)
    if final is None or final.status == "failed":
        return False
    # The file may be the model of another winner, of a larger or smaller search in the same folder.
    return final.status == "diverged" or (model_path.exists() and store.meta().get(_MODEL) == key)


def _drop_other_model(plan: Plan, store: Store, model_path: Path) -> None:
    """Remove a model that is not the winner's: nothing about the file would tell."""
    best = _best(plan, store)
    if best is None or store.meta().get(_MODEL) != plan.final_key(best):
        model_path.unlink(missing_ok=True)


def _refit(best: Candidate, plan: Plan, store: Store, fitter: Fitter, model_path: Path) -> None:
    key = plan.final_key(best)
    store.set_meta(**{_MODEL: None})
    model_path.unlink(missing_ok=True)
    # And the remains of a save that was killed.
    for path in model_path.parent.glob(f".*-{model_path.name}"):
        path.unlink(missing_ok=True)
    store.put_final(key, fitter.refit(best, plan.space.seed, model_path))
    store.set_meta(**{_MODEL: key})
