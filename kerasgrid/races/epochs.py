"""The race over epochs and folds: candidates that cannot win any more get no further ones of either."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.metric import Metric
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.folds import ERROR, FoldRace, batches_of, unit_of

if TYPE_CHECKING:
    from kerasgrid.races.catch_up import CatchUp

HEAT_ERROR = 0.04
"""The probability with which a heat may drop the winner of the full search."""


@dataclass(frozen=True, slots=True)
class EpochRace:
    """First a heat over the epochs of the first split, then a race over folds of those that are left.

    The heat: some candidates, chosen by chance, are trained to the end on two splits. All others pause at each rung of
    their first fit, and leave there if they are further behind than any of those made up for, as
    :mod:`kerasgrid.races.catch_up` says; those that are left are looked at once more at that fit's end. The fits of
    those that pause go on where they were. It takes a batch of twice as many candidates as must be trained to the end,
    48, and epochs that can be told from each other: where a learning rate follows a schedule over all of them, say, a
    pause tells of another training. Candidates of smaller batches and of such epochs race over folds alone.

    The promise is that of :class:`~kerasgrid.races.folds.FoldRace`, under one more assumption: that candidates are
    exchangeable, and winners like the others in what they make up for. Neither bound is reached, so together they may
    spend more than is promised (``benchmarks/rungs.py``).

    Attributes:
        error: As of :class:`~kerasgrid.races.folds.FoldRace`.
        heat_error: The probability of dropping the full search's winner that the heat may spend, at most 0.25.
    """

    error: float = ERROR
    heat_error: float = HEAT_ERROR

    name: ClassVar[str] = "epochs"
    description: ClassVar[str] = "candidates that cannot win any more get no further epochs and folds"
    rungs: ClassVar[tuple[float, ...]] = (0.1, 0.3)

    def early(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, int]:
        """Return at how many rungs each candidate's first fit is worth looking at."""
        return {candidate: n for heat in self._heats(trials, metric) for candidate, n in heat.looks.items()}

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return the fits of those that are known to the end, and of those that are still there, up to the next look.

        Of a candidate whose fate the heat has not decided there is none.
        """
        if not asked:
            return ()
        n_folds = 1 + max(fit.fold for fit in asked)
        heats = list(self._heats(trials, metric))
        reached = {candidate: n for heat in heats for candidate, n in heat.reached.items()}
        there, runners = self._runners(asked, trials, heats)
        named = set(self._folds.fits(there, runners, metric))
        return [fit for fit in asked if fit in named or fit.repeat * n_folds + fit.fold < reached.get(fit.candidate, 0)]

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return the candidates that cannot win any more."""
        heats = list(self._heats(trials, metric))
        there, runners = self._runners(asked, trials, heats)
        unit, found = unit_of(asked), dict[Candidate, Dropped]()
        for trial, out in ((trial, heat.out.get(trial.candidate)) for heat in heats for trial in heat.batch):
            if out is not None and out.look < len(trial.early):
                rung = trial.early[out.look]
                found[trial.candidate] = Dropped(rung.epochs, rung.of, "epochs", out.behind, out.error, out.expected)
            elif out is not None:
                found[trial.candidate] = Dropped(1, len(trial.scores), unit, out.behind, out.error)
        return {**found, **self._folds.dropped(there, runners, metric)}

    @property
    def _folds(self) -> FoldRace:
        return FoldRace(self.error)

    def _heats(self, trials: Sequence[Trial], metric: Metric) -> Iterator[Heat]:
        return (Heat(batch, metric.sign, self.heat_error) for batch in batches_of(trials))

    def _runners(
        self, asked: Sequence[Fit], trials: Sequence[Trial], heats: Sequence[Heat]
    ) -> tuple[list[Fit], list[Trial]]:
        """Return what races over folds: the fits and the trials that are through a heat that is over."""
        through = {candidate for heat in heats if heat.is_over for candidate in heat.through}
        return (
            [fit for fit in asked if fit.candidate in through],
            [trial for trial in trials if trial.candidate in through],
        )


@dataclass(frozen=True, slots=True)
class Out:
    """Why a candidate left a heat.

    Attributes:
        look: At which look.
        behind: By how much it is expected to end behind the best.
        error: Standard deviation of the ends of trials that stood as well there.
        expected: The score that it is expected to end with.
    """

    look: int
    behind: float
    error: float
    expected: float


class Heat:
    """The heat of one batch, as far as it is decided.

    Attributes:
        batch: The trials.
        is_over: Whether it is decided who is through.
        through: Who is through, or known to the end.
        looks: At how many rungs the first fit of each candidate is worth looking at.
        reached: On how many splits candidates are worth training for the heat itself.
        out: Who cannot win any more, and why.
    """

    def __init__(self, batch: Sequence[Trial], sign: float, error: float) -> None:
        from kerasgrid.races.catch_up import n_needed

        self.batch, self._sign, self._error = batch, sign, error
        self._n_splits = len(batch[0].scores)
        self.is_over = True
        self.through: list[Candidate] = [trial.candidate for trial in batch]
        self.looks: dict[Candidate, int] = {}
        self.reached: dict[Candidate, int] = {}
        self.out: dict[Candidate, Out] = {}
        runners = [trial for trial in batch if trial.early]
        if len(runners) >= 2 * n_needed(error):
            known = self._known(runners, n_needed(error))
            others = [trial for trial in runners[len(known) :] if trial.status == "incomplete"]
            # What is trained already, by a search without this race, costs nothing.
            if others:
                self._run(known, others)

    def _known(self, runners: Sequence[Trial], n: int) -> Sequence[Trial]:
        """Return the first of them of which so many may end well."""
        found = 0
        for place, trial in enumerate(runners):
            found += not _is_lost(trial, self._n_known)
            if found == n:
                return runners[: place + 1]
        return runners

    @property
    def _n_known(self) -> int:
        """On how many splits trials are trained that must be known to the end."""
        return min(2, self._n_splits)

    def _run(self, known: Sequence[Trial], others: Sequence[Trial]) -> None:
        """Run the heat of the others; all but these are trained as those that are known to the end."""
        paused = {trial.candidate for trial in others}
        self.through = [trial.candidate for trial in self.batch if trial.candidate not in paused]
        self.reached = dict.fromkeys(self.through, self._n_known)
        self.looks = {trial.candidate: len(trial.early) for trial in known}
        good = [trial for trial in known if not _is_lost(trial, self._n_known)]
        if any(None in self._looked_at(trial) or None in trial.scores[: self._n_known] for trial in good):
            self.is_over = False
            self.looks |= dict.fromkeys((trial.candidate for trial in others), 1)
            return
        self._decide(good, others)

    def _decide(self, good: Sequence[Trial], others: Sequence[Trial]) -> None:
        """Let those leave that cannot win any more, by those that are known to the end."""
        import numpy as np

        from kerasgrid.races.catch_up import caught_up

        early = self._sign * np.array([self._looked_at(trial) for trial in good], dtype=np.float64)
        ends = self._sign * np.array([trial.scores[: self._n_known] for trial in good], dtype=np.float64)
        # What a split does to all is not what epochs bring.
        ends += ends[:, :1].mean(axis=0) - ends.mean(axis=0)
        bound = caught_up(early, ends[:, -1], ends.mean(axis=1), self._error)
        for trial in others:
            self._follow(trial, bound)

    def _follow(self, trial: Trial, bound: CatchUp) -> None:
        """Follow a trial from look to look, until it is out, through, or not known any further."""
        n_rungs = len(trial.early)
        for look, score in enumerate(self._looked_at(trial)):
            if look < n_rungs:
                self.looks[trial.candidate] = look + 1
            else:
                self.reached[trial.candidate] = 1
            if score is None:
                if look < n_rungs and trial.scores[0] is not None:
                    continue
                self.is_over = False
                return
            if math.isnan(score):
                # Its whole fit tells how it ends.
                self.reached[trial.candidate] = 1
                break
            if bound.is_too_far(self._sign * score, look):
                expected, error = bound.expected(self._sign * score, look)
                self.out[trial.candidate] = Out(look, bound.best - expected, error, self._sign * expected)
                return
        self.through.append(trial.candidate)

    def _looked_at(self, trial: Trial) -> list[float | None]:
        """Return the scores at each look: at the rungs, and where there are more splits, at the end of the first."""
        return [*(one.score for one in trial.early), *(trial.scores[:1] if self._n_splits > 1 else ())]


def _is_lost(trial: Trial, n_splits: int) -> bool:
    """Return whether a trial can no more be known to the end: a fit of it diverged or failed."""
    ended_badly = trial.status in ("diverged", "failed") and None in trial.scores[:n_splits]
    return ended_badly or any(one.score is not None and math.isnan(one.score) for one in trial.early)
