"""How much of a search's work is done and left, where fits are not alike: in seconds that they are expected to take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.insight.costs import Design, Floats, design, predicted_seconds

_MORE = 1.1
"""By what factor the measured fits must grow for what others take to be told anew."""

Timed = tuple[Mapping[str, Any], int, float]
"""Resolved hyperparameters of a fit that was trained, its number of samples, and what it took."""


class Pace:
    """The work of a search.

    Args:
        fits: All fits that are asked for.
        task: One of :data:`kerasgrid.axes.names.TASKS`.
        n_samples: Training samples of a fit.
        earlier: Fits of earlier searches.
    """

    def __init__(
        self,
        fits: Iterable[Fit],
        task: str,
        n_samples: int,
        earlier: Sequence[Timed] = (),
    ) -> None:
        self._task, self._n_samples, self._earlier = task, n_samples, list(earlier)
        self._places: dict[Candidate, int] = {}
        self._asked, self._ended, self._since = (np.zeros(0, np.int64) for _ in range(3))
        self._measured: list[int] = []
        self._seconds: list[float] = []
        self._table: Design | None = None
        self._predicted: Floats | None = None
        self._n_told = 0
        self.ask(fits)

    def ask(self, fits: Iterable[Fit]) -> None:
        """Take these for all that are asked for."""
        places = [self._places.setdefault(fit.candidate, len(self._places)) for fit in fits]
        more = len(self._places) - len(self._ended)
        if more:
            self._ended, self._since = np.pad(self._ended, (0, more)), np.pad(self._since, (0, more))
            self._table = self._predicted = None
        self._asked = np.bincount(np.array(places, np.int64), minlength=len(self._places))

    def add(self, result: FitResult, *, is_first: bool, reused: bool) -> None:
        """Take note of a result.

        Args:
            result: It, of a fit that was asked for.
            is_first: Whether it is the first that this search has trained.
            reused: Whether it was there before.
        """
        place = self._places[result.fit.candidate]
        self._ended[place] += 1
        if not is_first and not reused:
            self._since[place] += 1
        # A worker's start is not in the first one's time, which counts. One that diverged took what nobody can tell.
        if result.status == "ok" and result.seconds > 0:
            self._measured.append(place)
            self._seconds.append(result.seconds)

    def seconds_left(self, n_fits: int) -> float | None:
        """Return the seconds that what is left takes on one worker, expected; None if nothing was ever measured.

        Args:
            n_fits: How many fits are left, those included that nobody has named yet.
        """
        expected = self._expected()
        if expected is None:
            return None
        left = np.maximum(0, self._asked - self._ended)
        unnamed = max(0, n_fits - int(left.sum()))
        return float(left @ expected + unnamed * expected.mean())

    def seconds_since_first(self) -> float:
        """Return the seconds that what this search trained after its first fit was expected to take on one worker."""
        expected = self._expected()
        return 0.0 if expected is None else float(self._since @ expected)

    def _expected(self) -> Floats | None:
        """Return what a fit of each candidate is expected to take, (n_candidates,); None if nothing was measured."""
        n = len(self._seconds) + len(self._earlier)
        if n == 0:
            return None
        if self._predicted is None or n >= _MORE * self._n_told:
            self._n_told = n
            n_own = len(self._places)
            rows = [*self._measured, *range(n_own, n_own + len(self._earlier))]
            seconds = [*self._seconds, *(seconds for _, _, seconds in self._earlier)]
            self._predicted = predicted_seconds(self._design(), rows, seconds)[:n_own]
        return self._predicted

    def _design(self) -> Design:
        if self._table is None:
            params = [candidate.resolved(self._task).params for candidate in self._places]
            self._table = design(
                [*params, *(params for params, _, _ in self._earlier)],
                [*[self._n_samples] * len(params), *(n_samples for _, n_samples, _ in self._earlier)],
            )
        return self._table
