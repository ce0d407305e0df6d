"""What every strategy must do. A test class that inherits this says which one, and how a space file asks for it.

::

    class TestMine(StrategyContract):
        document = {"strategy": "mine", "params": {"learning_rate": [0.001, 0.01]}}
        wrong = {"steps": (0, "steps: must be at least 1, got 0")}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import SpaceError
from kerasgrid.insight.ranking import Trial
from kerasgrid.space.grid import candidates
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import Space, space_from_dict
from kerasgrid.strategies.different import meaning
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.table import STRATEGIES
from support.trials import diverged, fit_result, noise, trials_of

TASK = "classification"

Score = Callable[[Candidate], float]

Batches = list[tuple[Candidate, ...]]


def any_score(candidate: Candidate) -> float:
    """A number from 0 to 1 that says nothing of the candidate, and is its own."""
    return noise(candidate.id)


def lost(candidate: Candidate) -> float:
    """No number: every fit diverges."""
    return math.nan


def trials_by(batches: Sequence[Sequence[Candidate]], score: Score = any_score) -> list[Trial]:
    """Return the trials of some batches, best first, as a search hands them to a strategy."""
    round_of = {candidate: number for number, batch in enumerate(batches, start=1) for candidate in batch}
    results = [
        diverged(candidate, 0) if math.isnan(value := score(candidate)) else fit_result(candidate, 0, value)
        for candidate in round_of
    ]
    ranked = trials_of(list(round_of), results, n_folds=1)
    return [replace(trial, round=round_of[trial.candidate]) for trial in ranked]


def driven(strategy: Strategy, score: Score = any_score) -> Batches:
    """Return the batches that a strategy names, one after the other, until it names none."""
    batches: Batches = []
    while batch := strategy.next(trials_by(batches, score), TASK):
        batches.append(tuple(batch))
        assert len(batches) <= strategy.n_batches, "it names more batches than it says"
    return batches


_DRIVEN: dict[tuple[type[StrategyContract], Score], tuple[Strategy, Batches]] = {}


class StrategyContract:
    """The tests that every strategy passes."""

    document: ClassVar[Mapping[str, Any]]
    """A space file without name and data: few candidates, and with all keys of the strategy's own."""

    wrong: ClassVar[Mapping[str, tuple[Any, str]]] = {}
    """For each of its keys a value that is wrong, and what is said of it."""

    def space(self, **changes: Any) -> Space:
        """Return the space; a change to None leaves a key out."""
        return space_from_dict({"name": "made", "dataset": "digits", **self.document, **changes})

    @property
    def strategy(self) -> Strategy:
        """Return one that knows nothing yet."""
        return self.space().tried

    def driven(self, score: Score = any_score) -> tuple[Strategy, Batches]:
        """Return one that was driven, and the batches that it named: all tests want the same, which takes seconds."""
        key = type(self), score
        if key not in _DRIVEN:
            strategy = self.strategy
            _DRIVEN[key] = strategy, driven(strategy, score)
        return _DRIVEN[key]

    @property
    def kind(self) -> type[Strategy]:
        """Return its row."""
        return STRATEGIES[self.document["strategy"]]

    def test_it_is_described_in_one_line(self) -> None:
        assert 10 < len(self.kind.description) < 100
        assert self.kind.description == self.kind.description.strip().rstrip(".")
        assert "\n" not in self.kind.description

    def test_each_of_its_keys_is_tried_here(self) -> None:
        assert set(self.kind.Keys.model_fields) <= set(self.document)
        assert set(self.kind.Keys.model_fields) == set(self.wrong)

    @pytest.mark.parametrize("score", [any_score, lost])
    def test_no_two_candidates_mean_the_same(self, score: Score) -> None:
        _, batches = self.driven(score)
        named = [candidate for batch in batches for candidate in batch]
        assert named
        assert len({meaning(candidate, TASK) for candidate in named}) == len(named)

    @pytest.mark.parametrize("score", [any_score, lost])
    def test_it_ends_within_what_it_says(self, score: Score) -> None:
        strategy, batches = self.driven(score)
        assert all(len(batch) <= size for batch, size in zip(batches, strategy.batch_sizes, strict=False))
        assert sum(map(len, batches)) <= strategy.n_candidates == sum(strategy.batch_sizes)
        assert strategy.n_undecided(0) == strategy.n_candidates
        assert strategy.n_undecided(strategy.n_batches) == 0

    @pytest.mark.parametrize("score", [any_score, lost])
    def test_it_goes_on_the_same_after_a_kill_at_any_moment(self, score: Score) -> None:
        _, batches = self.driven(score)
        for n_known in range(len(batches) + 1):
            found = self.strategy.next(trials_by(batches[:n_known], score), TASK)
            assert [tuple(found)] == (batches[n_known : n_known + 1] or [()])

    def test_being_asked_changes_nothing(self) -> None:
        strategy, batches = self.driven()
        assert driven(strategy) == batches
        assert strategy == self.strategy

    def test_the_first_batch_is_that_of_the_space(self) -> None:
        first = candidates(self.space())
        batch = self.strategy.next((), TASK)
        assert [candidate for candidate in first if candidate in set(batch)] == list(batch)
        assert {meaning(candidate, TASK) for candidate in first} == {meaning(candidate, TASK) for candidate in batch}

    def test_names_and_baseline_are_those_of_its_candidates(self) -> None:
        strategy, batches = self.driven()
        named = {candidate for batch in batches for candidate in batch}
        assert not strategy.labels or set(strategy.labels) == named
        assert strategy.baseline is None or strategy.baseline in named

    def test_its_space_comes_back_from_its_file(self) -> None:
        space = self.space()
        again = space_from_dict(json.loads(space.to_json()))
        assert again == space
        assert again.tried == space.tried
        assert again.to_json() == space.to_json()
        assert set(self.kind.Keys.model_fields) <= set(space.to_dict())

    def test_the_schema_knows_it(self) -> None:
        properties = space_schema()["properties"]
        assert self.kind.name in properties["strategy"]["enum"]
        assert set(self.kind.Keys.model_fields) <= set(properties)

    def test_a_wrong_key_is_told_in_one_message(self) -> None:
        for key, (value, message) in self.wrong.items():
            with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
                self.space(**{key: value})

    def test_null_stands_for_a_keys_default(self) -> None:
        defaults = [key for key in self.kind.Keys.model_fields if not self.kind.takes_no_params]
        plain = {key: value for key, value in self.document.items() if key not in defaults}
        space = space_from_dict({"name": "made", "dataset": "digits", **plain})
        assert self.space(**dict.fromkeys(defaults)) == space

    def test_other_strategies_refuse_its_keys(self) -> None:
        for key in self.kind.Keys.model_fields:
            for other in STRATEGIES.values():
                if key not in other.Keys.model_fields:
                    # Some keys go with several strategies.
                    with pytest.raises(SpaceError, match=f"{key}: goes with .*{re.escape(self.kind.name)}.* only"):
                        self.space(strategy=other.name)

    def test_distributions_are_taken_or_refused(self) -> None:
        if self.kind.takes_no_params:
            return
        drawn = {"learning_rate": {"log_uniform": {"low": 0.001, "high": 0.1}}}
        if self.kind.takes_distributions:
            assert self.space(params=drawn).blocks
        else:
            with pytest.raises(SpaceError, match="takes lists, lin_space or log_space, no distribution"):
                self.space(params=drawn)
