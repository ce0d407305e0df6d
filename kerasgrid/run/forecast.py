"""What a search is expected to take, before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasgrid.run.pace import Pace, Timed
from kerasgrid.run.plan import Plan

SECONDS_AT_THE_END = 3.0
"""What comes after the fits, beside the winner's training: its graph and test, and the reports."""

_SECONDS_AT_THE_START = 3.0
"""Until the first fit begins: the imports, and reading the data."""

_SECONDS_A_STRUCTURE = 1.0
"""What building the graph of a structure takes, once in each worker that has fits of it."""


def refit_seconds(plan: Plan, fit_seconds: float) -> float:
    """Return what training on all training data takes, of what a fit takes."""
    return fit_seconds * int(plan.dataset["n_train"]) / plan.n_fit_samples


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a search is expected to take.

    Attributes:
        n_fits: How many fits it has.
        n_workers: How many of them are trained at the same time.
        seconds: All in all, from the start to the reports.
        seconds_of_fits: Of these, what the fits take.
    """

    n_fits: int
    n_workers: int
    seconds: float
    seconds_of_fits: float

    @classmethod
    def of(cls, plan: Plan, n_structures: int, n_workers: int, times: Sequence[Timed]) -> Forecast | None:
        """Return what a search of a plan is expected to take; None if nothing tells.

        Args:
            plan: The plan.
            n_structures: How many different models it has.
            n_workers: How many fits are trained at the same time.
            times: Fits that were timed.
        """
        n_fits = plan.n_fits_at_most
        pace = Pace(plan.fits.values(), plan.task, plan.n_fit_samples, times)
        expected = pace.seconds_left(n_fits)
        if expected is None:
            return None
        of_fits = expected / min(n_workers, n_fits) + n_structures * _SECONDS_A_STRUCTURE / n_workers
        refit = refit_seconds(plan, expected / n_fits)
        return cls(n_fits, n_workers, _SECONDS_AT_THE_START + of_fits + refit + SECONDS_AT_THE_END, of_fits)

    def n_within(self, seconds: float) -> int:
        """Return how many fits such a time covers, about."""
        rest = self.seconds - self.seconds_of_fits
        return max(0, min(self.n_fits, int(self.n_fits * (seconds - rest) / self.seconds_of_fits)))
