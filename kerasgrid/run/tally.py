"""How far a search is: counts, the best trial so far, the time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import FitResult
from kerasgrid.fits.metric import metric_named


class Tally:
    """Counts results as they come.

    Args:
        n_fits: Fits asked for, or in a race how many there may be at most.
        n_folds: Folds a repeat; a trial counts for the best by its whole repeats.
        metric: What trials are ranked by.
        clock: Returns seconds.

    Attributes:
        n_open: How many of the fits a race may still find not worth training.
        done: Fits that are finished, reused ones included.
        reused: Fits that were there already.
        diverged: Fits whose loss became non-finite.
        failed: Fits that an error stopped.
        best: Mean score of the best trial over its whole repeats; None before there is one.
    """

    def __init__(self, n_fits: int, n_folds: int, metric: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.n_fits = n_fits
        self.n_open = 0
        self.metric = metric
        self.done = self.reused = self.diverged = self.failed = 0
        self.best: float | None = None
        self._n_folds = n_folds
        self._clock = clock
        self._scores: dict[tuple[Candidate, int], list[float]] = {}
        self._whole: dict[Candidate, list[float]] = {}
        self._means: dict[Candidate, float] = {}
        self._started = clock()
        self._first: tuple[float, int] | None = None

    def add(self, result: FitResult, *, reused: bool = False) -> None:
        """Count one result."""
        self.done += 1
        self.reused += reused
        self.diverged += result.status == "diverged"
        self.failed += result.status == "failed"
        if not reused and self._first is None:
            self._first = self._clock(), self.done
        score = result.score(self.metric)
        if score is None:
            return
        candidate = result.fit.candidate
        scores = self._scores.setdefault((candidate, result.fit.repeat), [])
        scores.append(score)
        if len(scores) == self._n_folds:
            self._count_repeat(candidate, scores)

    def _count_repeat(self, candidate: Candidate, scores: list[float]) -> None:
        whole = self._whole.setdefault(candidate, [])
        whole += scores
        mean = sum(whole) / len(whole)
        before = self._means.get(candidate)
        self._means[candidate] = mean
        better = max if metric_named(self.metric).greater_is_better else min
        if self.best is None:
            self.best = mean
        elif before == self.best:  # it may no longer be the best
            self.best = better(self._means.values())
        else:
            self.best = better(self.best, mean)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._started

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the last fit, from the pace since the first result; None before there is a pace."""
        if self._first is None or self.done <= self._first[1]:
            return None
        since, done_then = self._first
        return (self._clock() - since) / (self.done - done_then) * (self.n_fits - self.done)
