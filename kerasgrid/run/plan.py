"""A plan: every fit that a search asks for, with its key. It can be rebuilt from a store, without the data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.names import is_own
from kerasgrid.errors import RunError
from kerasgrid.fits.fit import Fit, FitResult, content_key, keyed_device, keyed_params
from kerasgrid.fits.metric import asked_for
from kerasgrid.fits.stopping import refit_epochs
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.race import EveryFit
from kerasgrid.run.data_facts import GROUPS_AND_TIMES
from kerasgrid.run.database import damaged
from kerasgrid.run.given_splits import GivenSplits, given_splits
from kerasgrid.run.plan_facts import plan_facts
from kerasgrid.run.racing import raced
from kerasgrid.run.rungs import Rungs, rungs_of
from kerasgrid.space.spec import Space, space_from_dict
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.system.devices import CPU
from kerasgrid.system.words import counted

_META = "plan"


@dataclass(frozen=True)
class Plan:
    """A space applied to a data set.

    Attributes:
        space: The space.
        dataset: Facts about the data, for reports: name, source, fingerprint, n_train, n_test, input_shape; where it
            says how it is split, splits and a hash of groups_and_times; where something was decided, notes.
        task: What is predicted, see :data:`kerasgrid.data.dataset.Task`.
        classes: Class names in index order, or names of labels; empty for regression.
        n_outputs: Number of classes or targets.
        test_fingerprint: Hash of the test set, empty without one; the final evaluation depends on it.
        fold_fingerprints: One for each fold, repeat by repeat.
        confirmed: Ids of the candidates that have all these repeats, where ``kerasgrid confirm`` added some to those
            of the space; empty otherwise. See :mod:`kerasgrid.run.confirm`.
        beside: Ids of further candidates that have these repeats, to be compared with those that are confirmed: the
            baseline of a strategy that has one. They are ranked by the search's own repeats.
        race: Name of the race that the run began with. Runs of before there were races have none.
        later: The candidates of each batch after the first, as far as results have decided them. They are not kept,
            see :func:`kerasgrid.run.growing.grown`.
        device: The kind of device that all of its fits are trained on; see :mod:`kerasgrid.run.devices`.
    """

    space: Space
    dataset: Mapping[str, Any]
    task: str
    classes: Sequence[str]
    n_outputs: int
    test_fingerprint: str
    fold_fingerprints: Sequence[str]
    confirmed: Sequence[str] = ()
    beside: Sequence[str] = ()
    race: str = EveryFit.name
    later: tuple[tuple[Candidate, ...], ...] = ()
    device: str = CPU

    @cached_property
    def batches(self) -> tuple[tuple[Candidate, ...], ...]:
        """The candidates of each batch."""
        return self.strategy.next((), self.task), *self.later

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates that are known so far, in order."""
        return tuple(chain.from_iterable(self.batches))

    @property
    def strategy(self) -> Strategy:
        """What names the candidates."""
        return self.space.tried

    @property
    def default(self) -> Candidate | None:
        """The candidate that others are held against: the strategy's baseline, or its default if that is asked for."""
        return self.strategy.default if self.space.confirm else self.strategy.baseline

    @property
    def n_undecided(self) -> int:
        """How many candidates later batches will name at most, once results have decided them."""
        return self.strategy.n_undecided(len(self.batches))

    @property
    def n_undecided_fits(self) -> int:
        """How many fits these will have at most."""
        return self.n_undecided * self.n_folds * self.space.repeats

    @property
    def n_fits_at_most(self) -> int:
        """How many fits there are in all, if no race spares any."""
        return len(self.fits) + self.n_undecided_fits

    @property
    def metric(self) -> str:
        """The metric that trials are ranked by."""
        return self.space.metric_for(self.task)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that fits record besides those of the task."""
        return self.space.metrics_for(self.task)

    @cached_property
    def splits(self) -> GivenSplits | None:
        """How the data is split, where it says so itself."""
        return given_splits(self.dataset)

    @property
    def has_fixed_splits(self) -> bool:
        """Whether every repeat has the same folds, because the data gives them."""
        return self.splits is not None and self.splits.is_fixed

    @property
    def n_folds(self) -> int:
        """Folds a repeat; 1 for a hold-out split."""
        return self.splits.n_folds if self.splits is not None else self.space.cv or 1

    @property
    def n_repeats(self) -> int:
        """Repeats of the folds, those that were added to confirm the best trials included."""
        return len(self.fold_fingerprints) // self.n_folds

    @cached_property
    def confirmed_candidates(self) -> frozenset[Candidate]:
        """Those of :attr:`confirmed`."""
        return self._of_ids(self.confirmed)

    @cached_property
    def repeated_candidates(self) -> frozenset[Candidate]:
        """Those of :attr:`confirmed` and of :attr:`beside`."""
        return self._of_ids([*self.confirmed, *self.beside])

    @property
    def beside_candidates(self) -> frozenset[Candidate]:
        """Those of :attr:`beside`."""
        return self._of_ids(self.beside)

    def _of_ids(self, ids: Sequence[str]) -> frozenset[Candidate]:
        if not ids:  # not even the candidates need to be made: there may be many
            return frozenset()
        wanted = frozenset(ids)
        return frozenset(candidate for candidate in self.candidates if candidate.id in wanted)

    @property
    def unconfirmed(self) -> Plan:
        """The plan of the search alone, without repeats that were added to confirm its best trials."""
        own = tuple(self.fold_fingerprints[: self.n_folds * self.space.repeats])
        return replace(self, confirmed=(), beside=(), fold_fingerprints=own) if self.confirmed else self

    @property
    def held_out_share(self) -> float:
        """The share of the training samples that a fit is scored on."""
        if self.splits is not None:
            return self.splits.held_out_share
        cv, split = self.space.cv, self.space.validation_split
        return 1 / cv if cv is not None else float(split or 0.0)

    @property
    def n_held_out(self) -> int:
        """On how many samples a fit is scored, of folds of different sizes in the mean."""
        if self.splits is not None:
            return round(sum(self.splits.n_held_out) / self.n_folds)
        return round(self.held_out_share * int(self.dataset["n_train"]))

    @property
    def n_fit_samples(self) -> int:
        """The training samples of a fit, of the smallest fold."""
        if self.splits is not None:
            return min(self.splits.n_train)
        n, cv, split = int(self.dataset["n_train"]), self.space.cv, self.space.validation_split
        return n - math.ceil(n / cv if cv is not None else n * (split or 0.0))

    def repeats_of(self, candidate: Candidate) -> int:
        """Return how many repeats this candidate is to have."""
        return self.n_repeats if candidate in self.repeated_candidates else self.space.repeats

    @cached_property
    def fits(self) -> Mapping[str, Fit]:
        """Every fit by its key: repeat by repeat, so that a search cut short knows each candidate once before twice."""
        of_all: dict[str, Any] = {"seed": self.space.seed, "curve_every": self.space.curve_every or 0}
        of_all |= {"metrics": self.metrics, "curve_metrics": asked_for(self.space.curve_metrics, self.task)}
        of_all["device"] = self.device
        fits = [
            Fit(candidate, fold, repeat, **of_all)
            for repeat in range(self.n_repeats)
            for candidate in self.candidates
            if repeat < self.repeats_of(candidate)
            for fold in range(self.n_folds)
        ]
        return {self.key_of(fit): fit for fit in fits}

    def key_of(self, fit: Fit) -> str:
        """Return the key of a fit of this plan's data and folds."""
        fold = self.fold_fingerprints[fit.repeat * self.n_folds + fit.fold]
        return fit.key(self.task, self.dataset["fingerprint"], fold, self.dataset.get(GROUPS_AND_TIMES, ""))

    @cached_property
    def rungs(self) -> Rungs:
        """The fits at which its race looks at others on their way."""
        return rungs_of(self)

    def searched(self, fits: Mapping[str, Fit]) -> Mapping[str, Fit]:
        """Return those of the fits that a search of this plan trains: all, or if it confirms candidates, theirs."""
        if not self.confirmed:
            return fits
        return {key: fit for key, fit in fits.items() if fit.candidate in self.repeated_candidates}

    def rank(self, results: Mapping[str, FitResult]) -> list[Trial]:
        """Return this plan's trials, best first, given what is known of its fits, by key.

        Those that left the race stand after all that did not, with a mean for the fits that they lack, too.
        """
        return raced(self, results).trials

    def own(self, results: Mapping[str, FitResult]) -> list[FitResult]:
        """Return those of these results, by key, that are of this plan's fits, in their order.

        The fit that was stored may have said the same in other words, with a default written down.
        """
        return [results[key].of(fit) for key, fit in self.fits.items() if key in results]

    def refit_epochs(self, trial: Trial) -> int | None:
        """Return after how many epochs the trial's refit on all training data ends; None for all of them."""
        return refit_epochs(trial.candidate.resolved(self.task).params, trial.best_epochs)

    def final_key(self, candidate: Candidate, epochs: int | None = None) -> str:
        """Return the key of the candidate's refit on all training data, for so many epochs if not all."""
        params = keyed_params(candidate.resolved(self.task), self.dataset.get(GROUPS_AND_TIMES, ""))
        asked = {"epochs": epochs, "metrics": self.metrics, **keyed_device(self.device)}
        more = [{name: value} for name, value in asked.items() if value]
        return content_key(params, self.dataset["fingerprint"], self.test_fingerprint, self.space.seed, *more)

    def to_meta(self) -> dict[str, Any]:
        """Return what a store keeps of the plan."""
        return {
            _META: {
                "space": self.space.to_dict(),
                "dataset": dict(self.dataset),
                "task": self.task,
                "classes": list(self.classes),
                "n_outputs": self.n_outputs,
                "test_fingerprint": self.test_fingerprint,
                # Without those of repeats that were added to confirm some candidates.
                "fold_fingerprints": list(self.fold_fingerprints)[: self.n_folds * self.space.repeats],
                "race": self.race,
                **keyed_device(self.device),
            }
        }

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], where: str) -> Plan:
        """Return the plan that a store keeps.

        Raises:
            RunError: if there is none: the search ended before it began, or it is one of the search classes.
        """
        if "search" in meta:
            raise RunError(
                f"this is a run of {meta['search']}, whose reports are written when its fit ends",
                where=where,
                hint=f"open {Path(where) / 'report.html'}, results.csv or best_params.json there",
            )
        if _META not in meta:
            raise RunError("the run is empty: its search ended before it began", where=where, hint="search again")
        kept = plan_facts(meta[_META], where)
        document = kept.pop("space")
        # Reading it back imports nothing: the name is only a name.
        own = document["model"] if is_own(document["model"]) else None
        plan = cls(space_from_dict(document, where=where, own_model=own), **kept)
        n, n_repeats = len(plan.fold_fingerprints), plan.space.repeats
        if n != plan.n_folds * n_repeats:
            raise damaged(Path(where), f"{counted(n, 'fold')} for {n_repeats} × {plan.n_folds}")
        return plan
