"""How far a search is: counts, the best trial so far, the time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.fitter import OnMachines
from kerasgrid.fits.metric import metric_named
from kerasgrid.run.pace import Pace


class Tally:
    """Counts results as they come.

    Args:
        n_fits: Fits asked for, or in a race how many there may be at most.
        n_folds: Folds a repeat; a trial counts for the best by its whole repeats.
        metric: What trials are ranked by.
        clock: Returns seconds.
        pace: Tells fits apart by what they take; None for all alike.
        n_workers: How many fits are trained at the same time.

    Attributes:
        n_workers: As given.
        n_open: How many of the fits a race may still find not worth training.
        done: Fits that are finished, reused ones included.
        reused: Fits that were there already.
        diverged: Fits whose loss became non-finite.
        failed: Fits that an error stopped.
        best: Mean score of the best trial over its whole repeats; None before there is one.
        best_candidate: The candidate of this trial.
        fitter: Who trains, if that is on several machines; None else.
        deadline: What ends the fits before all are done; None for nothing.
    """

    def __init__(
        self,
        n_fits: int,
        n_folds: int,
        metric: str,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
        n_workers: int = 1,
    ) -> None:
        self.n_fits = n_fits
        self.n_open = 0
        self.metric = metric
        self.done = self.reused = self.diverged = self.failed = 0
        self.best: float | None = None
        self.best_candidate: Candidate | None = None
        self.fitter: OnMachines | None = None
        self.deadline: Deadline | None = None
        self._n_folds = n_folds
        self._clock = clock
        self._pace = pace
        self.n_workers = n_workers
        self._scores: dict[tuple[Candidate, int], list[float]] = {}
        self._whole: dict[Candidate, list[float]] = {}
        self._means: dict[Candidate, float] = {}
        self._started = clock()
        self._first: tuple[float, int] | None = None

    def add(self, result: FitResult, *, reused: bool = False, is_rung: bool = False) -> None:
        """Count one result; one of a rung, at which a race looks at a fit on its way, is work, but no fit."""
        is_first = not reused and self._first is None
        if not is_rung:
            self.done += 1
            self.reused += reused
            self.diverged += result.status == "diverged"
            self.failed += result.status == "failed"
        if is_first:
            self._first = self._clock(), self.done
        if self._pace is not None:
            self._pace.add(result, is_first=is_first, reused=reused)
        score = result.score(self.metric)
        if score is None or is_rung:
            return
        candidate = result.fit.candidate
        scores = self._scores.setdefault((candidate, result.fit.repeat), [])
        scores.append(score)
        if len(scores) == self._n_folds:
            del self._scores[candidate, result.fit.repeat]
            self._count_repeat(candidate, scores)

    def _count_repeat(self, candidate: Candidate, scores: list[float]) -> None:
        whole = self._whole.setdefault(candidate, [])
        whole += scores
        mean = sum(whole) / len(whole)
        self._means[candidate] = mean
        sign = 1.0 if metric_named(self.metric).greater_is_better else -1.0
        if candidate == self.best_candidate:  # it may no longer be the best
            self.best_candidate = max(self._means, key=lambda one: sign * self._means[one])
        elif self.best is None or sign * mean > sign * self.best:
            self.best_candidate = candidate
        assert self.best_candidate is not None
        self.best = self._means[self.best_candidate]

    @property
    def n_whole(self) -> int:
        """Candidates with all the scores of a repeat."""
        return len(self._means)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    @property
    def seconds_expected(self) -> float | None:
        """What the fits that are left take by those of earlier searches; None if these tell nothing."""
        n_left = self.n_fits - self.done
        seconds = None if self._pace is None or n_left < 1 else self._pace.seconds_left(n_left)
        return None if seconds is None else seconds / min(self.n_workers, n_left)

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the last fit, from the pace since the first result; None before there is a pace.

        In a race it is the most that there may be.
        """
        return self._seconds_for(self.n_fits - self.done)

    @property
    def least_seconds_left(self) -> float | None:
        """The same for the fits that a race has found worth training so far."""
        return self._seconds_for(max(0, self.n_fits - self.n_open - self.done))

    @property
    def cut_short(self) -> Deadline | None:
        """What ends the fits before all are done; None if nothing does, or if it is not known yet."""
        left = self.seconds_expected if self.seconds_left is None else self.seconds_left
        if self.deadline is None or left is None or self.done == self.n_fits:
            return None
        return self.deadline if left > self.deadline.left else None

    def _seconds_for(self, n_fits: int) -> float | None:
        if self._first is None or self.done <= self._first[1]:
            return None
        since, done_then = self._first
        done, left = float(self.done - done_then), float(n_fits)
        if self._pace is not None and (seconds := self._pace.seconds_since_first()) > 0:
            done, left = seconds, self._pace.seconds_left(n_fits) or 0.0
        return (self._clock() - since) / done * left
