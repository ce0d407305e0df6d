"""The model in a run's folder: whose it is, and how it comes to be there."""

from __future__ import annotations

from collections.abc import Callable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FinalResult
from kerasgrid.fits.fitter import Fitter
from kerasgrid.fits.joining import Joins
from kerasgrid.run.database import JOINED_FILE, MODEL_FILE
from kerasgrid.run.ensemble import forget_joined, joining, keep_joined, to_join
from kerasgrid.run.plan import Plan
from kerasgrid.run.run import Run
from kerasgrid.run.store import Store

_META = "model"
"""The fact that tells whose model is in the file: the key of its refit, or of an ensemble."""


class RunModel:
    """Makes the model of a run: the winner refitted on all training data, or an ensemble in its place.

    Args:
        store: Where results go; open for writing.
        fitter: Trains, and joins if it can.
        say: Tells people.
    """

    def __init__(self, store: Store, fitter: Fitter, say: Callable[[str], None]) -> None:
        self._store, self._fitter, self._say = store, fitter, say
        self._path = store.folder / MODEL_FILE

    def is_made(self, plan: Plan, run: Run) -> bool:
        """Return whether there is nothing to refit, or the refit ended, and its model is the one in the folder."""
        if run.best is None:
            return True
        if run.final is None or run.final.status == "failed":
            return False
        # The file may be the model of another winner, of a larger or smaller search in the same folder.
        return run.final.status == "diverged" or (self._path.exists() and self._is_of(plan, run))

    def drop_other(self, plan: Plan, run: Run) -> None:
        """Remove a model that is not the run's: nothing about the file would tell."""
        if run.best is None or not self._is_of(plan, run):
            self._path.unlink(missing_ok=True)

    def refit(self, plan: Plan, run: Run) -> None:
        """Train the winner on all training data."""
        best = run.best
        assert best is not None
        if run.ensemble is not None and run.ensemble.is_taken:  # its model is lost, and there was no time for it
            forget_joined(self._store)
        epochs = plan.refit_epochs(best)
        key = plan.final_key(best.candidate, epochs)
        self._forget()
        final = self._fitter.refit(best.candidate, plan.space.seed, self._path, epochs)
        # At once: a kill in between would have it trained again.
        self._store.put_final(key, final, **{_META: key})

    def to_join(self, plan: Plan, run: Run) -> tuple[Candidate, ...]:
        """Return the trials that are to be joined now, the best first; none where that was done or is not asked for."""
        # What stands back behind the default was picked by the very samples that would choose an ensemble.
        is_default = run.gain is not None and run.best is not None and run.best.candidate == run.gain.default
        if not isinstance(self._fitter, Joins) or is_default:
            return ()
        is_lost = run.ensemble is not None and run.ensemble.is_taken and not self.is_made(plan, run)
        if not plan.space.ensemble:  # what is tied takes its time to tell
            return ()
        return to_join(plan, run.trials, run.tie_set, self._store, again=is_lost)

    def join(self, plan: Plan, candidates: tuple[Candidate, ...], seconds: float | None) -> None:
        """Join these trials; the ensemble is the run's model if that pays.

        Args:
            plan: The plan, grown.
            candidates: They, the best first.
            seconds: How long it may take; None for as long as it takes.
        """
        assert isinstance(self._fitter, Joins), "nothing is to be joined otherwise"
        if seconds is not None and seconds <= 0:
            self._say("there is no time for an ensemble")
            return
        self._say(f"choosing an ensemble among the best {len(candidates)} trials")
        path = self._path.with_name(JOINED_FILE)
        joined = self._fitter.join(joining(plan, candidates, self._store.folder, path, seconds))
        if joined.error is not None:
            self._say(f"the ensemble failed, so the winner stands alone: {joined.error}")
            return
        if joined.final is not None:
            # The model of before goes first: whatever ends this in between, reports and model are of one kind.
            self._forget()
            path.replace(self._path)
        key = keep_joined(plan, candidates, joined, self._store, self._path)
        if joined.final is not None:
            self._store.set_meta(**{_META: key})

    def _is_of(self, plan: Plan, run: Run) -> bool:
        """Whether the model in the folder is said to be the best trial's, or the ensemble's that is better."""
        best, ensemble = run.best, run.ensemble
        assert best is not None
        if ensemble is not None and ensemble.is_taken:
            key = ensemble.key
        else:
            key = plan.final_key(best.candidate, plan.refit_epochs(best))
        return bool(self._store.meta().get(_META) == key)

    def _forget(self) -> None:
        """Remove the model that is there, and the remains of a save that was killed."""
        self._store.set_meta(**{_META: None})
        self._path.unlink(missing_ok=True)
        for old in self._path.parent.glob(f".*-{self._path.name}"):
            old.unlink(missing_ok=True)


def is_of_before(store: Store, key: str | None, final: FinalResult | None) -> bool:
    """Return whether a model in the folder is not the run's: a search that was killed did not come to train another.

    Args:
        store: What is known.
        key: Of the run's refit, or of its ensemble; None without any score.
        final: What came of it, if it was trained.
    """
    kept = store.meta().get(_META)
    # Runs of before this was kept know only whether the winner was refitted.
    return final is None if kept is None else bool(kept != key)
