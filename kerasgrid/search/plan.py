"""A plan: every fit that a search asks for, with its key. It can be rebuilt from a store, without the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold, make_folds
from kerasgrid.engine.fit import Fit, FitResult, content_key
from kerasgrid.errors import RunError
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.models.shapes import check_shapes
from kerasgrid.space.candidate import Candidate
from kerasgrid.space.grid import candidates
from kerasgrid.space.parameters import resolve
from kerasgrid.space.spec import Space, space_from_dict

_META = "plan"


@dataclass(frozen=True)
class Plan:
    """A space applied to a data set.

    Attributes:
        space: The space.
        dataset: Facts about the data, for reports: name, source, fingerprint, n_train, n_test, input_shape.
        task: ``classification`` or ``regression``.
        classes: Class names in index order; empty for regression.
        n_outputs: Number of classes or targets.
        test_fingerprint: Hash of the test set, empty without one; the final evaluation depends on it.
        fold_fingerprints: One for each fold.
    """

    space: Space
    dataset: Mapping[str, Any]
    task: str
    classes: Sequence[str]
    n_outputs: int
    test_fingerprint: str
    fold_fingerprints: Sequence[str]

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates, in order; of those that differ in written-down defaults only, the first."""
        different: dict[str, Candidate] = {}
        for candidate in candidates(self.space):
            different.setdefault(Candidate(resolve(candidate, self.task)).canonical, candidate)
        return tuple(different.values())

    @property
    def metric(self) -> str:
        """The metric that trials are ranked by."""
        return self.space.metric_for(self.task)

    @cached_property
    def fits(self) -> Mapping[str, Fit]:
        """Every fit by its key, fold by fold of each candidate."""
        fits = [
            Fit(c, fold, 0, self.space.seed) for c in self.candidates for fold in range(len(self.fold_fingerprints))
        ]
        fingerprint = self.dataset["fingerprint"]
        return {fit.key(self.task, fingerprint, self.fold_fingerprints[fit.fold]): fit for fit in fits}

    def rank(self, results: Mapping[str, FitResult]) -> list[Trial]:
        """Return this plan's trials, best first, given what is known of its fits, by key."""
        n_folds = len(self.fold_fingerprints)
        return rank_trials(self.candidates, self.own(results), metric=self.metric, n_folds=n_folds)

    def own(self, results: Mapping[str, FitResult]) -> list[FitResult]:
        """Return these results, by key, as results of this plan's fits.

        The fit that was stored may have said the same in other words, with a default written down.
        """
        return [replace(result, fit=self.fits[key]) for key, result in results.items()]

    def final_key(self, candidate: Candidate) -> str:
        """Return the key of the candidate's refit on all training data."""
        resolved = resolve(candidate, self.task)
        return content_key(resolved, self.dataset["fingerprint"], self.test_fingerprint, self.space.seed)

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
                "fold_fingerprints": list(self.fold_fingerprints),
            }
        }

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], where: str) -> Plan:
        """Return the plan that a store keeps.

        Raises:
            RunError: if there is none: the search ended before it began.
        """
        if _META not in meta:
            raise RunError("the run is empty: its search ended before it began", where=where, hint="search again")
        kept = dict(meta[_META])
        return cls(space_from_dict(kept.pop("space"), where=where), **kept)


def make_plan(space: Space, dataset: Dataset) -> tuple[Plan, tuple[Fold, ...]]:
    """Return the plan of this search, and its folds.

    Raises:
        SpaceError: if the space does not suit the data: metric, loss, or a model that cannot take its shape.
        DataError: if the samples are too few for the folds.
    """
    space.check_task(dataset.task)
    folds = make_folds(dataset, cv=space.cv, validation_split=space.validation_split, seed=space.seed)
    plan = Plan(
        space=space,
        dataset={
            "name": dataset.name,
            "source": dataset.source,
            "fingerprint": dataset.fingerprint,
            "n_train": len(dataset.x_train),
            "n_test": 0 if dataset.x_test is None else len(dataset.x_test),
            "input_shape": list(dataset.input_shape),
        },
        task=dataset.task,
        classes=dataset.classes or (),
        n_outputs=dataset.n_outputs,
        test_fingerprint=dataset.test_fingerprint,
        fold_fingerprints=tuple(fold.fingerprint for fold in folds),
    )
    for candidate in plan.candidates:
        check_shapes(resolve(candidate, dataset.task), dataset.input_shape)
    return plan, folds
