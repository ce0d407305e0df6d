"""The loop: worthwhile fits − finished fits → fitter → store, until the strategy has nothing more to try."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.fitter import Fitter
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.database import MODEL_FILE
from kerasgrid.run.forecast import SECONDS_AT_THE_END
from kerasgrid.run.growing import Fits, grown
from kerasgrid.run.making import make_run
from kerasgrid.run.pace import Pace
from kerasgrid.run.plan import Plan
from kerasgrid.run.remembered import asking
from kerasgrid.run.run import Run
from kerasgrid.run.stopwatch import Stopwatch
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally
from kerasgrid.run.watcher import Watcher

_MODEL = "model"
"""The fact that tells whose model is in the file: the key of its refit."""

_SECONDS_PER_NOTE = 5.0
"""How often the time spent is noted, about."""

_SECONDS_A_TRIAL = 0.0002
"""What each trial adds to the reports' time."""

End = Literal["complete", "interrupted", "out of time"]
"""How a search ended: every fit is done, Ctrl-C was pressed, or its time was used up."""


def search(
    plan: Plan, store: Store, fitter: Fitter, watcher: Watcher, deadline: Deadline | None = None
) -> tuple[End, Run]:
    """Train what the plan asks for and the store does not have, batch by batch, then refit the winner.

    Each finished fit is committed before it is counted, so whatever ends this, only fits in flight are lost. With
    nothing left to do the fitter is not entered.

    Args:
        plan: What to train: all of its fits, or those of the candidates to confirm.
        store: Where results go; open for writing.
        fitter: What trains; prepared already.
        watcher: Is told about every step.
        deadline: When all must have ended, the winner's refit and the reports included, for which time is kept as soon
            as fits tell how much. None for no limit.

    Returns:
        How it ended, and what is known then.
    """
    return _Search(plan, store, fitter, watcher).run(deadline)


class _Search:
    """One search, under way."""

    def __init__(self, plan: Plan, store: Store, fitter: Fitter, watcher: Watcher) -> None:
        self._store, self._fitter, self._watcher = store, fitter, watcher
        self._stopwatch = Stopwatch(store)
        self._model_path = store.folder / MODEL_FILE
        self._grow(plan)
        self._pace = Pace(self._asked.values(), plan.task, self._plan.n_fit_samples)
        self._tally = Tally(self._n_fits, plan.n_folds, plan.metric, pace=self._pace)
        self._tally.n_open = self._n_open
        self._longest: dict[Candidate, float] = {}
        self._tried: set[str] = set()
        self._run: Run | None = None

    def run(self, deadline: Deadline | None) -> tuple[End, Run]:
        for result in self._plan.own(self._store.finished(self._asked)):
            self._count(result, deadline, reused=True)
        self._watcher.started(self._tally)
        end: End = "complete"
        try:
            if self._missing or not self._is_refitted:
                with self._fitter:
                    self._train(deadline)
                    end = "out of time" if self._missing else "complete"
                    if not self._is_refitted:
                        self._watcher.refitting(self._tally, self._known)
                        self._refit()
        except KeyboardInterrupt:
            end = "interrupted"
        finally:
            self._drop_other_model()
            self._stopwatch.note()
        return end, replace(self._known, elapsed=self._store.meta()["elapsed"])

    @property
    def _known(self) -> Run:
        """What is known now; made once, for as long as nothing is added."""
        if self._run is None:
            self._run = make_run(self._plan, self._store)
        return self._run

    @property
    def _missing(self) -> Fits:
        """What is to be trained now: what has no result, and what failed in an earlier search."""
        done = self._tried | self._store.finished(self._asked).keys()
        return {key: fit for key, fit in self._asked.items() if key not in done}

    def _grow(self, plan: Plan) -> None:
        """Take note of what is worth training of the plan now, and of how much there will be."""
        found = grown(plan, self._store.everything(), asking(self._store))
        self._plan, self._asked = found.plan, found.plan.searched(found.fits)
        self._n_open = 0 if self._plan.confirmed else found.n_open
        self._n_fits = len(self._asked) if self._plan.confirmed else found.n_fits

    def _train(self, deadline: Deadline | None) -> None:
        while missing := self._missing:
            keys = {fit: key for key, fit in missing.items()}
            for result in self._fitter.train(list(keys), deadline):
                key = keys.pop(result.fit)
                self._store.put(key, result)
                self._run = None
                self._tried.add(key)
                self._count(result, deadline)
                self._watcher.fit_done(self._tally, result)
                self._stopwatch.note(_SECONDS_PER_NOTE)
            if keys:  # out of time
                return
            self._grow(self._plan)
            self._tally.n_fits, self._tally.n_open = self._n_fits, self._n_open
            self._pace.ask(self._asked.values())

    def _count(self, result: FitResult, deadline: Deadline | None, *, reused: bool = False) -> None:
        self._tally.add(result, reused=reused)
        if result.status == "ok":
            self._longest[result.fit.candidate] = max(self._longest.get(result.fit.candidate, 0.0), result.seconds)
        if deadline is not None and self._longest:
            deadline.reserved = self._seconds_at_the_end()

    def _seconds_at_the_end(self) -> float:
        """Return what the refit of the best so far and the reports take, about; with nothing complete, at the most."""
        best = self._tally.best_candidate
        fit = self._longest[best] if best in self._longest else max(self._longest.values())
        refit = fit * int(self._plan.dataset["n_train"]) / self._plan.n_fit_samples
        return refit + SECONDS_AT_THE_END + len(self._longest) * _SECONDS_A_TRIAL

    @property
    def _is_refitted(self) -> bool:
        """Whether there is nothing to refit, or the winner's refit ended, and its model is the one in the folder."""
        best, final = self._known.best, self._known.final
        if best is None:
            return True
        if final is None or final.status == "failed":
            return False
        # The file may be the model of another winner, of a larger or smaller search in the same folder.
        return final.status == "diverged" or (self._model_path.exists() and self._is_of(best))

    def _is_of(self, trial: Trial) -> bool:
        """Whether the model in the folder is said to be this trial's."""
        key = self._plan.final_key(trial.candidate, self._plan.refit_epochs(trial))
        return bool(self._store.meta().get(_MODEL) == key)

    def _drop_other_model(self) -> None:
        """Remove a model that is not the winner's: nothing about the file would tell."""
        best = self._known.best
        if best is None or not self._is_of(best):
            self._model_path.unlink(missing_ok=True)

    def _refit(self) -> None:
        best = self._known.best
        assert best is not None
        seed, epochs = self._plan.space.seed, self._plan.refit_epochs(best)
        key, path = self._plan.final_key(best.candidate, epochs), self._model_path
        self._store.set_meta(**{_MODEL: None})
        path.unlink(missing_ok=True)
        # And the remains of a save that was killed.
        for old in path.parent.glob(f".*-{path.name}"):
            old.unlink(missing_ok=True)
        self._store.put_final(key, self._fitter.refit(best.candidate, seed, path, epochs))
        self._store.set_meta(**{_MODEL: key})
        self._run = replace(self._known, final=self._store.final(key))
