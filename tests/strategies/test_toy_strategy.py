"""One more strategy is one class and one row: hill climbing around the best so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

import pytest
from pydantic import BaseModel, Field
from support.scored import space_of
from support.strategy_contract import StrategyContract, driven, trials_by

from kerasgrid.axes.axis import Choices
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.problems import CONFIG
from kerasgrid.insight.ranking import Trial, winner
from kerasgrid.space.schema import space_schema
from kerasgrid.space.spec import space_from_dict
from kerasgrid.strategies.different import different
from kerasgrid.strategies.strategy import Strategy
from kerasgrid.strategies.table import STRATEGIES


class HillKeys(BaseModel):
    """How far to climb.

    Attributes:
        steps: How often to go to the best neighbour.
    """

    model_config = CONFIG

    steps: int = Field(10, ge=1)


class Hill(Strategy):
    """The middle of all axes, then again and again the neighbours of the best so far."""

    keys: HillKeys

    name: ClassVar[str] = "hill"
    description: ClassVar[str] = "the middle, then the neighbours of the best so far"
    Keys: ClassVar[type[BaseModel]] = HillKeys
    takes_distributions: ClassVar[bool] = False

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """One, and two neighbours along each axis a step."""
        return (1, *[2 * len(self.blocks[0].axes)] * self.keys.steps)

    @cached_property
    def first(self) -> tuple[Candidate, ...]:
        """The middle."""
        return (Candidate({"model": self.models[0], **{name: row[len(row) // 2] for name, row in self._rows.items()}}),)

    def next(self, trials: Sequence[Trial], task: str) -> tuple[Candidate, ...]:
        """Return the neighbours of the best that are new."""
        best = winner(trials)
        if best is None or max(trial.round or 0 for trial in trials) > self.keys.steps:
            return super().next(trials, task)
        return different(self._neighbours(best.candidate), task, [trial.candidate for trial in trials])

    def _neighbours(self, candidate: Candidate) -> Iterator[Candidate]:
        for name, row in self._rows.items():
            here = row.index(candidate[name])
            for there in (here - 1, here + 1):
                if 0 <= there < len(row):
                    yield Candidate({**candidate, name: row[there]})

    @property
    def _rows(self) -> dict[str, tuple]:  # type: ignore[type-arg]
        return {name: axis.values for name, axis in self.blocks[0].axes.items() if isinstance(axis, Choices)}


@pytest.fixture(autouse=True)
def _row() -> Iterator[None]:
    with STRATEGIES.with_row(Hill):
        yield


AXES = {"learning_rate": [0.001, 0.003, 0.01, 0.03, 0.1], "batch_size": [8, 16, 32, 64, 128], "epochs": 2}


class TestHill(StrategyContract):
    document: ClassVar = {"strategy": "hill", "steps": 6, "params": AXES}
    wrong: ClassVar = {"steps": (0, "steps: must be at least 1, got 0")}


def height(candidate: Candidate) -> float:
    """The top is at 0.1 and 8."""
    return float(str(candidate["learning_rate"])) - int(str(candidate["batch_size"])) / 1000


def test_it_climbs_to_the_top() -> None:
    batches = driven(space_of(AXES, strategy="hill").tried, height)
    top = trials_by(batches, height)[0].candidate
    assert (top["learning_rate"], top["batch_size"]) == (0.1, 8)
    assert sum(map(len, batches)) < 25


def test_its_key_stands_where_keys_of_strategies_stand() -> None:
    space = space_of(AXES, strategy="hill", steps=3)
    assert list(json.loads(space.to_json()))[2:6] == ["model", "strategy", "steps", "cv"]
    assert space_schema()["properties"]["steps"] == {
        "anyOf": [{"minimum": 1, "type": "integer"}, {"type": "null"}], "default": None,
    }  # fmt: skip
    assert "steps" not in space.changed(strategy="grid").to_dict()
    assert space_from_dict(space.to_dict()).tried.keys.steps == 3
