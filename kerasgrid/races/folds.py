"""The race over folds: candidates that cannot win any more get no further ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.metric import Metric
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ERROR = 0.05
"""The probability with which a race may drop the winner of the full search: 5 of 100 searches."""


@dataclass(frozen=True, slots=True)
class FoldRace:
    """All candidates train on the first two splits, then those that can still win on the next ones.

    A split is a fold of a repeat. Splits are run through in their order, up to the next of the
    :func:`~kerasgrid.races.elimination.looks`; once every candidate that is still there has its scores so far, those
    leave of which :func:`~kerasgrid.races.elimination.standing` finds that they cannot win. Diverged and failed fits
    leave there, too. Decided is by the scores up to the look and nothing else, so who is killed when does not matter.

    The promise: the race ends with the same winner as the full search in at least 95 of 100 searches, if splits are
    exchangeable, as shuffled folds are.

    Candidates that a strategy names later, in a batch of their own, race among each other and against the trials of the
    batches before that have all of their scores. The full search's winner can leave in the race of its own batch alone,
    so each batch has the whole error to spend, and nothing is assumed of how candidates come about. (Which candidates a
    strategy that learns names after trials were dropped may be others than after a full search.)

    Where repeats have the same splits, because the data gives them, scores of the same split are alike, and the error
    of a mean is rather taken for too large than for too small.

    Attributes:
        error: The probability of dropping the full search's winner that this race may spend.
    """

    error: float = ERROR

    name: ClassVar[str] = "folds"
    description: ClassVar[str] = "candidates that cannot win any more are trained on no further folds"

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return the fits up to where each candidate left, or of those that did not, up to the next look."""
        if not asked:
            return ()
        n_folds = 1 + max(fit.fold for fit in asked)
        reached: dict[Candidate, int] = {}
        for lap in self._laps(trials, metric):
            reached |= lap.reached
        return [fit for fit in asked if fit.repeat * n_folds + fit.fold < reached[fit.candidate]]

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return the candidates that cannot win any more."""
        unit = unit_of(asked)
        found: dict[Candidate, Dropped] = {}
        for lap in self._laps(trials, metric):
            for candidate, (after, behind, error) in lap.out.items():
                found[candidate] = Dropped(after, lap.n_splits, unit, behind, error)
        return found

    def _laps(self, trials: Sequence[Trial], metric: Metric) -> Iterator[_Lap]:
        """Yield the race of each batch."""
        before: list[Trial] = []
        for batch in batches_of(trials):
            yield _Lap(batch, before, metric.sign, self.error)
            before += [trial for trial in batch if trial.status == "ok"]


def batches_of(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Return the trials of each batch, in an order of their own: that of ranks changes with results to come."""
    batches: dict[int, list[Trial]] = {}
    for trial in trials:
        batches.setdefault(trial.round or 1, []).append(trial)
    return [sorted(batch, key=lambda trial: trial.candidate.id) for _, batch in sorted(batches.items())]


def unit_of(asked: Sequence[Fit]) -> str:
    """Return what splits are called: ``folds`` where there is one repeat of them, else ``fits``."""
    return "folds" if all(fit.repeat == 0 for fit in asked) else "fits"


class _Lap:
    """The race of the candidates of one batch.

    Attributes:
        n_splits: How many splits there are.
        reached: Up to which split the fits of each candidate are worth training.
        out: Who cannot win any more: after how many splits, by how much it is behind, with which standard error.
    """

    def __init__(self, batch: Sequence[Trial], before: Sequence[Trial], sign: float, error: float) -> None:
        from kerasgrid.races.elimination import looks, spent

        self.n_splits = len(batch[0].scores)
        self.reached: dict[Candidate, int] = {}
        self.out: dict[Candidate, tuple[int, float, float | None]] = {}
        self._sign, self._before = sign, before
        errors = spent(self.n_splits, error)
        there = list(batch)
        for t in (*looks(self.n_splits), self.n_splits):
            self.reached |= {trial.candidate: t for trial in there}
            if any(_is_awaited(trial, t) for trial in there):
                return
            there = [trial for trial in there if None not in trial.scores[:t]]
            if t < self.n_splits and len(there) + len(before) > 1:
                there = self._left(there, t, errors[t])

    def _left(self, there: Sequence[Trial], t: int, error: float) -> list[Trial]:
        """Return those that can still win after ``t`` splits."""
        from kerasgrid.races.elimination import standing

        now = standing(self._table([*there, *self._before], t), self.n_splits, error)
        left = []
        for row, trial in enumerate(there):
            # What is trained already, by a search without this race, costs nothing.
            if now.is_out[row] and trial.status != "ok":
                self.out[trial.candidate] = t, float(now.behind[row]), float(now.error[row])
            else:
                left.append(trial)
        return left

    def _table(self, trials: Sequence[Trial], t: int) -> npt.NDArray[np.float64]:
        import numpy as np

        return self._sign * np.array([trial.scores[:t] for trial in trials], dtype=np.float64)


def _is_awaited(trial: Trial, t: int) -> bool:
    """Return whether a trial that is well so far lacks scores of its first splits."""
    return trial.status == "incomplete" and None in trial.scores[:t]
