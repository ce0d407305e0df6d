"""What every race must do. A test class that inherits this says which one.

::

    class TestMine(RaceContract):
        name = "mine"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import SpaceError
from kerasgrid.fits.fit import Fit, FitResult
from kerasgrid.fits.metric import metric_named
from kerasgrid.insight.ranking import Trial, rank_trials
from kerasgrid.races.race import RACES, Race
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import space_from_dict
from support.trials import diverged, failed, fit_result, noise

N_FOLDS, N_REPEATS = 3, 2

CANDIDATES = [Candidate({"learning_rate": 0.001 * n}) for n in range(1, 10)]

Outcome = Callable[[Fit, str], FitResult]


def scored(fit: Fit, metric: str) -> FitResult:
    """A score that goes with the learning rate, and jumps about a little."""
    score = float(str(fit.candidate["learning_rate"])) + 0.002 * noise(fit.candidate.id, fit.fold, fit.repeat)
    return fit_result(fit.candidate, fit.fold, score, repeat=fit.repeat, metric=metric)


def some_lost(fit: Fit, metric: str) -> FitResult:
    """As :func:`scored`; but fits of some candidates diverge, and those of others fail."""
    if fit.candidate in CANDIDATES[3:5]:
        return diverged(fit.candidate, fit.fold, fit.repeat)
    return (
        failed(fit.candidate, fit.fold, repeat=fit.repeat) if fit.candidate in CANDIDATES[8:] else scored(fit, metric)
    )


def all_lost(fit: Fit, metric: str) -> FitResult:
    """Nothing ends well."""
    return diverged(fit.candidate, fit.fold, fit.repeat)


def asked_fits(candidates: Iterable[Candidate] = CANDIDATES) -> list[Fit]:
    """Return all fits of some candidates, in the order in which a search asks for them."""
    return [Fit(c, fold, repeat) for repeat in range(N_REPEATS) for c in candidates for fold in range(N_FOLDS)]


def trials_by(results: Mapping[Fit, FitResult], metric: str, asked: Sequence[Fit]) -> list[Trial]:
    """Return the trials as far as they are known, best first."""
    candidates = list(dict.fromkeys(fit.candidate for fit in asked))
    return rank_trials(candidates, results.values(), metric=metric, n_folds=N_FOLDS, n_repeats=N_REPEATS)


def raced(
    race: Race, outcome: Outcome, metric: str, asked: Sequence[Fit], results: Mapping[Fit, FitResult] | None = None
) -> dict[Fit, FitResult]:
    """Return what came of the fits of a whole race, which may have begun before."""
    done = dict(results or {})
    while new := [
        fit for fit in race.fits(asked, trials_by(done, metric, asked), metric_named(metric)) if fit not in done
    ]:
        done |= {fit: outcome(fit, metric) for fit in new}
    return done


every_outcome = pytest.mark.parametrize("outcome", [scored, some_lost, all_lost])
every_metric = pytest.mark.parametrize("metric", ["accuracy", "loss"])


class RaceContract:
    """The tests that every race passes."""

    name: ClassVar[str]
    """Its row in the table."""

    @property
    def race(self) -> Race:
        """Return its row."""
        return RACES[self.name]

    def test_it_is_described_in_one_line(self) -> None:
        assert 10 < len(self.race.description) < 100
        assert self.race.description == self.race.description.strip().rstrip(".")
        assert "\n" not in self.race.description

    @every_metric
    @every_outcome
    def test_what_it_names_was_asked_for_in_this_order(self, outcome: Outcome, metric: str) -> None:
        asked, done = asked_fits(), raced(self.race, outcome, metric, asked_fits())
        named = self.race.fits(asked, trials_by(done, metric, asked), metric_named(metric))
        assert list(named) == [fit for fit in asked if fit in set(named)]

    @every_metric
    @every_outcome
    def test_every_candidate_has_a_fit_and_one_has_all(self, outcome: Outcome, metric: str) -> None:
        asked = asked_fits()
        done = raced(self.race, outcome, metric, asked)
        assert {fit.candidate for fit in done} == set(CANDIDATES)
        n_fits = [sum(fit.candidate == candidate for fit in done) for candidate in CANDIDATES]
        assert outcome is all_lost or max(n_fits) == N_FOLDS * N_REPEATS

    @every_metric
    @every_outcome
    def test_what_was_named_once_is_named_again(self, outcome: Outcome, metric: str) -> None:
        asked, race = asked_fits(), self.race
        done: dict[Fit, FitResult] = {}
        while True:
            named = race.fits(asked, trials_by(done, metric, asked), metric_named(metric))
            assert set(done) <= set(named)
            if set(named) == set(done):
                break
            done |= {fit: outcome(fit, metric) for fit in named}

    @every_metric
    @every_outcome
    def test_the_same_results_name_the_same_fits(self, outcome: Outcome, metric: str) -> None:
        asked = asked_fits()
        done = raced(self.race, outcome, metric, asked)
        backwards = dict(reversed(done.items()))
        again = (trials_by(results, metric, asked) for results in (done, done, backwards))
        first, *others = [list(self.race.fits(asked, trials, metric_named(metric))) for trials in again]
        assert others == [first, first]

    @every_metric
    @every_outcome
    @pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
    def test_it_goes_on_the_same_after_a_kill_at_any_moment(self, outcome: Outcome, metric: str, share: float) -> None:
        asked = asked_fits()
        whole = raced(self.race, outcome, metric, asked)
        killed = dict(list(whole.items())[: math.ceil(share * len(whole))])
        assert set(raced(self.race, outcome, metric, asked, killed)) == set(whole)

    @every_metric
    @every_outcome
    def test_it_says_of_each_trial_that_is_not_trained_to_the_end_why(self, outcome: Outcome, metric: str) -> None:
        asked = asked_fits()
        done = raced(self.race, outcome, metric, asked)
        trials = trials_by(done, metric, asked)
        dropped = self.race.dropped(asked, trials, metric_named(metric))
        assert set(dropped) == {trial.candidate for trial in trials if trial.status == "incomplete"}
        n_fits = {trial.candidate: trial.fits_done for trial in trials}
        for candidate, why in dropped.items():
            assert (why.after, why.of) == (n_fits[candidate], N_FOLDS * N_REPEATS)
            assert why.behind is None or why.behind >= 0
        assert self.race.dropped(asked, trials_by({}, metric, asked), metric_named(metric)) == {}

    @every_metric
    def test_the_best_stays_in_the_race(self, metric: str) -> None:
        done = raced(self.race, scored, metric, asked_fits())
        best = trials_by(done, metric, asked_fits())[0]
        assert best.candidate == (CANDIDATES[-1] if metric == "accuracy" else CANDIDATES[0])
        assert best.status == "ok"

    def test_one_candidate_runs_alone(self) -> None:
        asked = asked_fits(CANDIDATES[:1])
        assert set(raced(self.race, scored, "accuracy", asked)) == set(asked)

    def test_nothing_asked_is_nothing_trained(self) -> None:
        assert list(self.race.fits([], [], metric_named("accuracy"))) == []

    def test_a_space_file_names_it(self) -> None:
        document = {"name": "made", "dataset": "digits", "params": {"epochs": 3}, "race": self.name}
        space = space_from_dict(document)
        assert space.race == self.name
        assert space_from_dict(space.to_dict()) == space
        assert self.name in space_schema()["properties"]["race"]["anyOf"][1]["enum"]
        with pytest.raises(SpaceError, match=re.escape(f'got "{self.name}s" (did you mean {self.name}?)')):
            space_from_dict({**document, "race": f"{self.name}s"})
