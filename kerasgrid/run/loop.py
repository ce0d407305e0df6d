"""The loop: worthwhile fits − finished fits → fitter → store, until the strategy has nothing more to try."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from kerasgrid.errors import WorkersDieError
from kerasgrid.fits.explaining import Explains
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.fitter import Fitter, OnMachines, TellsWork
from kerasgrid.fits.joining import Joins
from kerasgrid.run.baselines import BaselineTrainer, train_baselines
from kerasgrid.run.confirm import own_confirmation, settle
from kerasgrid.run.earlier_times import earlier_times
from kerasgrid.run.ensemble import Keeper, fold_models_of
from kerasgrid.run.explained import explaining, keep_explained, to_explain
from kerasgrid.run.growing import Fits, grown
from kerasgrid.run.limits import Limits
from kerasgrid.run.machines import Roll
from kerasgrid.run.making import make_run, with_model
from kerasgrid.run.now import Now
from kerasgrid.run.outlook import Outlook
from kerasgrid.run.pace import Pace
from kerasgrid.run.plan import Plan
from kerasgrid.run.remembered import asking
from kerasgrid.run.run import Run
from kerasgrid.run.run_model import RunModel
from kerasgrid.run.stopwatch import Stopwatch
from kerasgrid.run.store import Store
from kerasgrid.run.tally import Tally
from kerasgrid.run.watcher import Watcher
from kerasgrid.system.words import counted

_SECONDS_PER_NOTE = 5.0
"""How often the time spent is noted, about."""

_SHARE_OF_BASELINES = 0.15
"""Of the time that a search has, at most."""

End = Literal["complete", "interrupted", "out of time", "tied"]
"""How a search ended: every fit is done, Ctrl-C was pressed, its time was used up, or more trials were not worth it."""


def search(
    plan: Plan,
    store: Store,
    fitter: Fitter,
    watcher: Watcher,
    limits: Limits | None = None,
    baselines: BaselineTrainer | None = None,
    repeats: Sequence[str] = (),
) -> tuple[End, Run]:
    """Train what the plan asks for and the store does not have, batch by batch, then refit the winner.

    Before that, the winner is confirmed by new repeats where the space asks for that.

    Each finished fit is committed before it is counted, so whatever ends this, only fits in flight are lost. With
    nothing left to do the fitter is not entered.

    Args:
        plan: What to train: all of its fits, or those of the candidates to confirm.
        store: Where results go; open for writing.
        fitter: What trains; prepared already.
        watcher: Is told about every step.
        limits: What ends it before all is trained; None for nothing.
        baselines: Trains the baselines that the plan asks for, before anything else; None to train none.
        repeats: Fingerprints of the folds of all repeats that the fitter knows, those of the plan first.

    Returns:
        How it ended, and what is known then.
    """
    return _Search(plan, store, fitter, watcher, limits or Limits(), repeats).run(baselines)


class _Search:
    """One search, under way."""

    def __init__(
        self, plan: Plan, store: Store, fitter: Fitter, watcher: Watcher, limits: Limits, repeats: Sequence[str]
    ) -> None:
        self._store, self._fitter, self._watcher, self._repeats = store, fitter, watcher, repeats
        self._deadline = limits.deadline
        self._now = Now(store.folder, seconds=None if self._deadline is None else self._deadline.to_the_end)
        if isinstance(fitter, TellsWork):
            fitter.tell_work(self._now.tell)
        self._on_machines = fitter if isinstance(fitter, OnMachines) else None
        self._machines = Roll(self._on_machines, store.meta())
        self._stopwatch = Stopwatch(store, self._machines.facts)
        self._model = RunModel(store, fitter, watcher.say)
        self._tried: set[str] = set()
        self._grow(plan)
        earlier = earlier_times(plan, store.folder) if self._missing else []
        self._pace = Pace(self._asked.values(), plan.task, self._plan.n_fit_samples, earlier)
        self._tally = Tally(self._n_fits, plan.n_folds, plan.metric, pace=self._pace, n_workers=fitter.n_workers)
        self._tally.n_open = self._n_open
        self._tally.fitter, self._tally.deadline = self._on_machines, self._deadline
        self._outlook = Outlook(self._tally, limits, watcher.say)
        self._run: Run | None = None
        kept = fold_models_of(plan, store.folder) if isinstance(fitter, Joins) else None
        self._keeper = None if kept is None else Keeper(kept, plan.metric, plan.n_folds, plan.default)

    def run(self, baselines: BaselineTrainer | None) -> tuple[End, Run]:
        for key, result in self._store.finished(self._asked).items():
            self._count(key, result.of(self._asked[key]), reused=True)
        self._watcher.started(self._tally)
        if self._store.n_unreadable:
            self._watcher.say(f"{counted(self._store.n_unreadable, 'stored fit')} cannot be read: as if not trained")
        end: End = "complete"
        try:
            if baselines is not None:
                self._train_baselines(baselines)
            if self._missing or not self._is_finished:
                self._now.does("starting the workers")
                with self._fitter:
                    self._train_what_can_be()
                    if told := self._machines.told():
                        self._watcher.say(told)
                    if self._missing:
                        end = "tied" if self._outlook.ends_here else "out of time"
                    if self._keeper is not None:
                        self._keeper.finish()
                    self._confirm()
                    self._join()
                    if not self._is_refitted:
                        self._watcher.refitting(self._tally, self._known)
                        self._now.does("training the best candidate on all training data")
                        self._refit()
                    self._explain()
        except KeyboardInterrupt:
            end = "interrupted"
        finally:
            self._model.drop_other(self._plan, self._known)
            self._stopwatch.note()
            self._now.end()
        meta = self._store.meta()
        return end, replace(self._known, elapsed=meta["elapsed"], began=tuple(meta["began"]))

    @property
    def _known(self) -> Run:
        """What is known now; made once, for as long as nothing is added."""
        if self._run is None:
            self._run = make_run(self._plan, self._store)
        return self._run

    @property
    def _is_finished(self) -> bool:
        """Whether nothing is to be done beside what is missing."""
        to_join = self._model.to_join(self._plan, self._known)
        is_made = self._is_refitted and self._confirmation(None) is None and not to_join
        return is_made and not self._to_explain

    @property
    def _missing(self) -> Fits:
        """What is to be trained now: what has no result, and what failed in an earlier search."""
        done = self._tried | self._store.finished(self._asked).keys()
        return {key: fit for key, fit in self._asked.items() if key not in done}

    def _grow(self, plan: Plan) -> None:
        """Take note of what is worth training of the plan now, and of how much there will be."""
        found = grown(plan, self._store.everything(), asking(self._store))
        self._plan, self._asked = found.plan, found.plan.searched(found.asked)
        self._n_open = 0 if self._plan.confirmed else found.n_open
        self._n_fits = len(self._asked) if self._plan.confirmed else found.n_fits

    def _train_baselines(self, train: BaselineTrainer) -> None:
        """Train the baselines: first, since they take little time and are the first answer."""
        left = None if self._deadline is None else self._deadline.left
        share = None if left is None else _SHARE_OF_BASELINES * left
        self._now.does("training simple models to be held against")
        train_baselines(self._plan, self._store, train, share, self._watcher.say)
        self._run = None

    def _train_what_can_be(self) -> None:
        try:
            self._train()
        except WorkersDieError:
            # What ended well before is worth its model; that of a machine that cannot train will not be, either.
            if not self._is_refitted:
                with suppress(WorkersDieError):
                    self._refit()
            raise

    def _train(self) -> None:
        while keys := {fit: key for key, fit in self._missing.items()}:
            # Whoever leaves early wants nothing of what is in flight.
            with closing(self._fitter.train(list(keys), self._deadline)) as results:
                for result in results:
                    key = keys.pop(result.fit)
                    # A worker's fit is a copy, of which there would be one for each result.
                    self._take(key, result.of(self._asked[key]))
                    if self._outlook.ends_here:
                        return
            if keys:  # out of time
                return
            self._now.does("choosing what to try next")
            self._grow(self._plan)
            self._tally.n_fits, self._tally.n_open = self._n_fits, self._n_open
            self._pace.ask(self._asked.values())

    def _confirmation(self, left: float | None) -> Plan | None:
        """Return the plan of new repeats of the winner that are to be trained in this time; None for none."""
        if self._plan.confirmed or not self._plan.space.confirm or self._known.n_confirmed:
            return None
        return own_confirmation(self._plan, self._store.everything(), self._repeats, left, self._fitter.n_workers)

    def _confirm(self) -> None:
        """Train the winner anew, beside the default, as often as its space asks for and there is time."""
        self._outlook.confirms_now()
        if self._confirmation(None) is None:
            return
        plan = self._confirmation(None if self._deadline is None else self._deadline.left)
        if plan is None:
            self._watcher.say("there is no time to confirm the winner by new repeats")
            return
        fits = plan.searched(plan.fits)
        done = self._store.finished(fits)
        keys = {fit: key for key, fit in fits.items() if key not in done}
        beside = ", and the first candidate beside it" if plan.beside else ""
        self._watcher.say(
            f"confirming the winner by {counted(plan.n_repeats - plan.space.repeats, 'new repeat')}{beside}"
        )
        failed = set[str]()
        with suppress(WorkersDieError), closing(self._fitter.train(list(keys), self._deadline)) as results:
            for result in results:
                self._store.put(keys[result.fit], result)
                self._stopwatch.note(_SECONDS_PER_NOTE)
                failed |= {result.error or "unknown"} if result.status == "failed" else set()
        self._run = None
        if failed:
            self._watcher.say(f"a new repeat failed, so the search's ranking stands: {min(failed)}")
        elif not settle(plan, self._store):
            self._watcher.say("the winner could not be confirmed by new repeats")

    def _join(self) -> None:
        """Join the trials that cannot be told from the winner, if there is time."""
        seconds = self._outlook.joins_now()
        candidates = self._model.to_join(self._plan, self._known)
        if candidates:
            self._now.does("joining the trials that cannot be told from the best")
            self._model.join(self._plan, candidates, seconds)
            self._learn()

    @property
    def _to_explain(self) -> tuple[Path, ...]:
        return to_explain(self._plan, self._known.best, self._store) if isinstance(self._fitter, Explains) else ()

    def _explain(self) -> None:
        """Look closer at the best trial, if that is asked for and there is time."""
        seconds, best, left = self._outlook.explains_now(), self._known.best, self._to_explain
        if not left or best is None or not isinstance(self._fitter, Explains):
            return
        if seconds is not None and seconds <= 0:
            self._watcher.say("there is no time for a closer look at the best trial")
            return
        self._now.does("looking closer at the best trial")
        found = self._fitter.explain(explaining(self._plan, best, left, seconds))
        if found.error is not None:
            self._watcher.say(f"a closer look at the best trial failed: {found.error}")
            return
        keep_explained(self._plan, best, found, self._store)
        self._learn()

    @property
    def _is_refitted(self) -> bool:
        return self._model.is_made(self._plan, self._known)

    def _refit(self) -> None:
        self._model.refit(self._plan, self._known)
        self._learn()

    def _learn(self) -> None:
        """Take what is known of the model and of the best trial; the trials are what they were, also as objects."""
        self._run = with_model(self._plan, self._known, self._store)

    def _take(self, key: str, result: FitResult) -> None:
        self._store.put(key, result)
        self._run = None
        self._tried.add(key)
        self._count(key, result)
        self._watcher.fit_done(self._tally, result)
        self._stopwatch.note(_SECONDS_PER_NOTE)
        self._outlook.look(self._plan, lambda: self._plan.rank(self._store.everything()))

    def _count(self, key: str, result: FitResult, *, reused: bool = False) -> None:
        self._tally.add(result, reused=reused, is_rung=key not in self._plan.fits)
        self._outlook.keep_time(result, self._plan)
        if self._keeper is not None:
            self._keeper.take(key, result)
