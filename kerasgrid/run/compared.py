"""Several runs side by side: what differs in what was asked, how they did, and whether they can be told apart."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from kerasgrid.errors import RunError
from kerasgrid.insight.between_runs import Compared, Standing, on_other_folds, on_the_same_folds, untold
from kerasgrid.insight.corrected import corrected_error
from kerasgrid.insight.ranking import Trial, by_split
from kerasgrid.run.run import Run
from kerasgrid.space.losses import why_losses_differ
from kerasgrid.system.words import counted

_NOT_ASKED = ("name", "description", "params")
"""Keys of a space that are told otherwise: the axes one by one."""


@dataclass(frozen=True)
class Difference:
    """The best trial of a run held against that of the first run, on the splits that both have.

    Attributes:
        mean: Mean of the differences, above 0 where this run is better, in the metric's unit.
        standard_error: Of the mean, by Nadeau and Bengio (2003); None of a single split. It knows nothing of the luck
            of either winner; the standing does.
        n_splits: How many splits both have.
    """

    mean: float
    standard_error: float | None
    n_splits: int


@dataclass(frozen=True)
class RunsCompared:
    """Runs that are held against each other.

    Attributes:
        runs: They, in the order in which they were named.
        names: What each is called: its folder's name, with a number where two have the same.
        metric: What all are compared by.
    """

    runs: Sequence[Run]
    names: Sequence[str]
    metric: str

    @cached_property
    def compared(self) -> Compared:
        """Whether the best of one is better than the best of another."""
        reason = self._incomparable
        if reason:
            return untold(len(self.runs), reason)
        if len(self.shared_splits) > 1:
            return on_the_same_folds([_table(run, self.shared_splits) for run in self.runs], self.runs[0].known_share)
        return on_other_folds([_table(run) for run in self.runs], [run.known_share for run in self.runs])

    @cached_property
    def standings(self) -> Sequence[Standing]:
        """See :attr:`kerasgrid.insight.between_runs.Compared.standings`."""
        return self.compared.standings

    @cached_property
    def shared_splits(self) -> Sequence[str]:
        """Fingerprints of the folds on which every run scored all its trials."""
        own = [run.fold_fingerprints[: _n_own(run)] for run in self.runs]
        if len({run.known_share for run in self.runs}) > 1:
            return ()
        return [fold for fold in dict.fromkeys(own[0]) if all(fold in others for others in own[1:])]

    def difference(self, index: int) -> Difference | None:
        """Return how the best of a run did against the best of the first; None for that itself, or on other folds."""
        first, run = self.runs[0], self.runs[index]
        if index == 0 or first.best is None or run.best is None or not self.shared_splits or self._incomparable:
            return None
        pairs = zip(_scores(run, run.best, self.shared_splits), _scores(first, first.best, self.shared_splits),
                    strict=True)  # fmt: skip
        each = [run.scale.sign * (ours - theirs) for ours, theirs in pairs if ours is not None and theirs is not None]
        if not each:
            return None
        return Difference(statistics.fmean(each), corrected_error(each, run.known_share), len(each))

    @cached_property
    def asked(self) -> Mapping[str, Sequence[Any]]:
        """What was asked otherwise: for each key of a space file that differs, what each run has; None for nothing."""
        spaces = [{} if run.space is None else run.space.to_dict() for run in self.runs]
        keys = [key for key in dict.fromkeys(key for space in spaces for key in space) if key not in _NOT_ASKED]
        found = {key: [space.get(key) for space in spaces] for key in keys}
        axes = [_axes(space.get("params")) for space in spaces]
        found |= {name: [own.get(name) for own in axes] for name in dict.fromkeys(key for own in axes for key in own)}
        return {key: values for key, values in found.items() if any(value != values[0] for value in values)}

    @cached_property
    def parameters(self) -> Mapping[str, Sequence[Any]]:
        """The parameters in which the winners differ, and what each has; None where one has none."""
        winners = [{} if run.best is None else dict(run.best.candidate) for run in self.runs]
        names = dict.fromkeys(name for one in winners for name in one)
        found = {name: [one.get(name) for one in winners] for name in names}
        return {name: values for name, values in found.items() if any(value != values[0] for value in values)}

    @cached_property
    def _incomparable(self) -> str:
        if len({(run.dataset.get("fingerprint"), run.task) for run in self.runs}) > 1:
            return "they learned other data"
        if any(run.best is None for run in self.runs):
            return "a run has no score"
        if any(not 0 < run.known_share < 1 for run in self.runs):
            return "it is not known how many samples were held out"
        if any(_are_one(*pair) for pair in combinations(self.runs, 2)):
            return "they are the same run" if len(self.runs) == 2 else "two of them are the same run"
        # What a space may not have, several may not have together.
        blocks = [block for run in self.runs for block in run.blocks]
        differ = why_losses_differ(blocks, self.runs[0].task) if self.metric == "loss" else None
        return "" if differ is None else f"{differ[0]} ({differ[1]})"


def compared_runs(runs: Sequence[Run]) -> RunsCompared:
    """Return the runs side by side.

    Args:
        runs: At least two, ranked by the same metric.

    Raises:
        RunError: There are fewer, or they are ranked by metrics that differ.
    """
    if len(runs) < 2:
        raise RunError("two runs or more can be compared", got=counted(len(runs), "run"))
    metrics = list(dict.fromkeys(run.metric for run in runs))
    if len(metrics) > 1:
        raise RunError(
            "runs that are compared must be ranked by one metric",
            got=", ".join(metrics),
            hint="search one of them again with --metric: fits that recorded it are reused",
        )
    names = [run.name if run.folder is None else run.folder.name for run in runs]
    numbered = [f"{name} ({names[:place].count(name) + 1})" if names.count(name) > 1 else name
                for place, name in enumerate(names)]  # fmt: skip
    return RunsCompared(tuple(runs), numbered, metrics[0])


def _are_one(one: Run, other: Run) -> bool:
    # A run of an estimator has no folder, as others have none.
    if one is other or one.folder is None or other.folder is None:
        return one is other
    # Of several paths to a folder, such as links, one is enough.
    return one.folder.resolve() == other.folder.resolve()


def _n_own(run: Run) -> int:
    """Return how many splits all trials have: those of the search itself."""
    return run.n_folds * (run.n_repeats - run.n_new_repeats)


def _axes(params: Any) -> dict[str, Any]:
    """Return the axes of a space's ``params``; those of a list of objects under the object's number, too."""
    if isinstance(params, list):
        return {f"{name} ({place})": axis for place, part in enumerate(params, start=1) for name, axis in part.items()}
    return dict(params or {})


def _table(run: Run, splits: Sequence[str] | None = None) -> list[list[float | None]]:
    """Return the scores of the trials that can be compared, higher is better, on these splits or on all of the run."""
    able = [trial for trial in run.trials if trial.mean is not None and trial.dropped is None]
    if splits is None:
        rows = [list(by_split(trial.scores[: _n_own(run)], trial.n_fixed)) for trial in able]
    else:
        rows = [_scores(run, trial, splits) for trial in able]
    return [[None if score is None else run.scale.sign * score for score in row] for row in rows]


def _scores(run: Run, trial: Trial, splits: Sequence[str]) -> list[float | None]:
    """Return a trial's mean score on each of these folds: one that is the same in every repeat is one fold."""
    found: dict[str, list[float]] = {}
    for fold, score in zip(run.fold_fingerprints, trial.scores, strict=False):
        if score is not None:
            found.setdefault(fold, []).append(score)
    return [statistics.fmean(found[fold]) if fold in found else None for fold in splits]
