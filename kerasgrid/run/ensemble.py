"""The ensemble of a run: what its fits have left of themselves, which trials are joined, and what is known of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult, content_key
from kerasgrid.fits.fold_models import FOLDER, FoldModels
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ensembles import EnsembleFound
from kerasgrid.insight.ranking import Trial
from kerasgrid.insight.ties import TieSet
from kerasgrid.run.plan import Plan
from kerasgrid.run.store import Store

MOST_TRIALS = 8
"""How many trials an ensemble is chosen from."""

_MOST_KEPT = 2 * MOST_TRIALS
"""The weights of so many of the best trials are kept: which are tied is known at the end."""

_MOST_BYTES = 2**30

_META = "ensemble"


class Keeper:
    """Keeps what fits leave as long as their trials are among the best, within 1 GB.

    Args:
        kept: Where it is.
        metric: What trials are ranked by.
        n_folds: Folds a repeat.
        default: A candidate whose weights are kept in any case; None for none.
    """

    def __init__(self, kept: FoldModels, metric: str, n_folds: int, default: Candidate | None = None) -> None:
        self._kept, self._sign, self._n_folds = kept, metric_named(metric).sign, n_folds
        self._default = default
        self._metric = metric
        self._scores: dict[Candidate, dict[str, float | None]] = {}
        self._means: dict[Candidate, float] = {}
        self._sizes: dict[str, int] = {}

    def take(self, key: str, result: FitResult) -> None:
        """Take note of a result, and discard what is worth nothing any more."""
        fit = result.fit
        if fit.repeat or fit.pauses:
            return
        scores = self._scores.setdefault(fit.candidate, {})
        scores[key] = result.score(self._metric)
        self._sizes[key] = self._kept.size(key)
        there = [score for score in scores.values() if score is not None]
        if len(there) < len(scores):
            self._discard(fit.candidate)
        elif len(there) == self._n_folds:
            self._means[fit.candidate] = self._sign * sum(there) / len(there)
            if len(self._means) > _MOST_KEPT:
                self._discard(self._worst)
        while sum(self._sizes.values()) > _MOST_BYTES:
            # The oldest first: those that left a race come before those that run.
            unfinished = (one for one in self._scores if one not in self._means)
            oldest = next(unfinished, None)
            self._discard(self._worst if oldest is None else oldest)

    def finish(self) -> None:
        """Discard what is of other searches."""
        for key in self._kept.keys() - self._sizes.keys():
            self._kept.discard(key)

    @property
    def _worst(self) -> Candidate:
        able = [one for one in self._means if one != self._default] or list(self._means)
        return min(able, key=lambda one: self._means[one])

    def _discard(self, candidate: Candidate) -> None:
        for key in self._scores.pop(candidate, {}):
            self._kept.discard(key)
            self._sizes.pop(key, None)
        self._means.pop(candidate, None)


def fold_models_of(plan: Plan, folder: Path) -> FoldModels | None:
    """Return where a plan's fits leave their weights in a run's folder; None if nothing is to be made of them."""
    return FoldModels(folder.resolve() / FOLDER) if plan.space.ensemble or plan.space.explain else None


def to_join(
    plan: Plan, trials: Sequence[Trial], ties: TieSet, store: Store, *, again: bool = False
) -> tuple[Candidate, ...]:
    """Return the candidates that are to be joined now, the best first; none where it was done, or needs no doing.

    Args:
        plan: Of the search, grown.
        trials: Its trials, best first.
        ties: Those of them that cannot be told from the best.
        store: What is known.
        again: Whether what was done counts for nothing.
    """
    kept = fold_models_of(plan, store.folder)
    if kept is None:
        return ()
    wanted = _wanted(trials, ties)
    there = kept.keys()
    able = tuple(one for one in wanted if all(key in there for key in kept_keys(plan, one)))
    if len(able) < 2 or able[0] != wanted[0]:
        return ()
    known: Mapping[str, Any] = store.meta().get(_META) or {}
    return () if known.get("candidates") == [one.id for one in able] and not again else able


def joining(plan: Plan, candidates: tuple[Candidate, ...], folder: Path, path: Path, seconds: float | None) -> Joining:
    """Return the request to join these candidates.

    Args:
        plan: Of the search.
        candidates: The best first.
        folder: The run's.
        path: Where the model goes.
        seconds: How long it may take; None for as long as it takes.
    """
    kept = fold_models_of(plan, folder)
    assert kept is not None, "the space asks for an ensemble"
    left = tuple(tuple(kept.path(key) for key in kept_keys(plan, one)) for one in candidates)
    return Joining(candidates, left, plan.metric, plan.held_out_share, plan.space.seed, path, seconds)


def keep_joined(plan: Plan, candidates: tuple[Candidate, ...], joined: Joined, store: Store, model_path: Path) -> str:
    """Record what came of joining these candidates, whose model will be at this path; return the key of it."""
    key = _key(plan, candidates)
    if joined.final is not None:
        store.put_final(key, replace(joined.final, model_path=str(model_path)))
    told = {name: value for name, value in asdict(joined).items() if name not in ("final", "error")}
    ids = [one.id for one in candidates]
    store.set_meta(**{_META: {**told, "candidates": ids, "is_taken": joined.final is not None, "key": key}})
    return key


def forget_joined(store: Store) -> None:
    """Forget the ensemble: the best trial alone is the run's model."""
    store.set_meta(**{_META: None})


def known_ensemble(plan: Plan, best: Trial | None, store: Store) -> EnsembleFound | None:
    """Return the ensemble of a run; None without one, or if the best trial is another one since."""
    kept: Mapping[str, Any] | None = store.meta().get(_META)
    if not plan.space.ensemble or kept is None or best is None or not kept["counts"]:
        return None
    of_ids = {one.id: one for one in plan.candidates if one.id in set(kept["candidates"])}
    if len(of_ids) < len(kept["candidates"]) or kept["candidates"][0] != best.candidate.id:
        return None
    candidates = tuple(of_ids[one] for one in kept["candidates"])
    if kept["key"] != _key(plan, candidates):
        return None
    more = {name: kept[name] for name in ("gain", "standard_error", "n_networks", "n_parameters", "is_taken", "key")}
    return EnsembleFound(candidates, tuple(kept["counts"]), **more)


def _wanted(trials: Sequence[Trial], ties: TieSet) -> tuple[Candidate, ...]:
    """Return the trials that cannot be told from the best, or where nothing tells the best ones."""
    able = [trial for trial in trials if trial.mean is not None and trial.dropped is None and trial.status == "ok"]
    if ties.reason is None and len(ties.trials) > 1:
        able = [trial for trial in able if trial in ties.trials]
    return tuple(trial.candidate for trial in able[:MOST_TRIALS])


def kept_keys(plan: Plan, candidate: Candidate) -> list[str]:
    """Return the keys of a candidate's fits of the first repeat, fold by fold."""
    fit = replace(next(iter(plan.fits.values())), candidate=candidate, repeat=0)
    return [plan.key_of(replace(fit, fold=fold)) for fold in range(plan.n_folds)]


def _key(plan: Plan, candidates: Sequence[Candidate]) -> str:
    folds = list(plan.fold_fingerprints[: plan.n_folds])
    return content_key("ensemble", [plan.final_key(one) for one in candidates], folds, plan.metric)
