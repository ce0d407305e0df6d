"""One more race is one class and one row: the first fold for all, the rest for the better half."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import pytest
from support.race_contract import CANDIDATES, N_FOLDS, N_REPEATS, RaceContract, asked_fits, raced, scored

from kerasgrid.axes.candidate import Candidate
from kerasgrid.fits.fit import Fit
from kerasgrid.fits.metric import Metric
from kerasgrid.insight.race_marks import Dropped
from kerasgrid.insight.ranking import Trial
from kerasgrid.races.race import RACES


class BetterHalf:
    """All candidates train on the first fold, the better half of them on all."""

    name: ClassVar[str] = "better_half"
    description: ClassVar[str] = "all candidates on the first fold, the better half on all"

    def fits(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Sequence[Fit]:
        """Return the first fits, and once all of these have a result, the other fits of the better half."""
        first = {trial.candidate: trial.scores[0] for trial in trials if trial.scores[0] is not None}
        waiting = [trial for trial in trials if trial.candidate not in first and trial.status == "incomplete"]
        kept = set() if waiting else set(self._better_half(first, metric))
        return [fit for fit in asked if (fit.fold, fit.repeat) == (0, 0) or fit.candidate in kept]

    def dropped(self, asked: Sequence[Fit], trials: Sequence[Trial], metric: Metric) -> Mapping[Candidate, Dropped]:
        """Return the worse half, without a word on how much worse it is."""
        whole = {fit.candidate for fit in self.fits(asked, trials, metric) if (fit.fold, fit.repeat) != (0, 0)}
        out = (trial for trial in trials if whole and trial.candidate not in whole and trial.status == "incomplete")
        return {trial.candidate: Dropped(1, len(trial.scores), "fits") for trial in out}

    def _better_half(self, first: dict, metric: Metric) -> Sequence:  # type: ignore[type-arg]
        best = sorted(first, key=lambda candidate: -metric.sign * first[candidate])
        return best[: math.ceil(len(best) / 2)]


@pytest.fixture(autouse=True)
def _row() -> Iterator[None]:
    with RACES.with_row(BetterHalf()):
        yield


class TestBetterHalf(RaceContract):
    name = "better_half"

    @pytest.mark.parametrize(("metric", "kept"), [("accuracy", CANDIDATES[4:]), ("loss", CANDIDATES[:5])])
    def test_the_worse_half_trains_once(self, metric: str, kept: Sequence[object]) -> None:
        done = raced(self.race, scored, metric, asked_fits())
        assert {fit.candidate for fit in done if fit.fold > 0} == set(kept)
        assert len(done) == len(CANDIDATES) + 5 * (N_FOLDS * N_REPEATS - 1)
