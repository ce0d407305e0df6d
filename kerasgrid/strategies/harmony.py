"""The strategy ``harmony``: harmony search."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from kerasgrid.axes.axis import Axis
from kerasgrid.axes.blocks import Block
from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.problems import carried
from kerasgrid.axes.value import Value
from kerasgrid.errors import SpaceError
from kerasgrid.strategies.learning import Known, Learning, LearningKeys
from kerasgrid.strategies.moves import block_of, near_value

_REMEMBERED = 10
"""How many trials are remembered unless a file says so."""

_ATTEMPTS = 20
"""Harmonies improvised for each that is asked for, since some were played before."""


class HarmonyKeys(LearningKeys):
    """How harmonies are improvised, in the words of harmony search.

    Attributes:
        memory_size: How many of the best trials are remembered. None: 10, or all trials where they are fewer.
        memory_rate: Probability that a value comes from the memory, else from anywhere on its axis (HMCR).
        pitch_rate: Probability that such a value is changed for one near it (PAR).
        bandwidth: How far, as a share of a number's range.
    """

    memory_size: int | None = Field(None, ge=1)
    memory_rate: float = Field(0.9, ge=0, le=1)
    pitch_rate: float = Field(0.3, ge=0, le=1)
    bandwidth: float = Field(0.1, gt=0, le=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.memory_size is not None and self.memory_size > self.trials:
            rule = f"must be at most the number of trials, {self.trials}"
            raise carried([SpaceError(rule, where="memory_size", got=str(self.memory_size))])
        return self


class Harmony(Learning):
    """Harmony search (Geem, Kim and Loganathan 2001; on hyperparameters of CNNs: Lee, Ko, Geem and Sim 2017).

    A candidate is improvised axis by axis: from the memory of the best trials so far, perhaps changed a little, or from
    anywhere. What comes out better than the worst of the memory takes its place, so the memory is always the best
    trials there are. A round improvises all its candidates from the same memory.
    """

    keys: HarmonyKeys

    name: ClassVar[str] = "harmony"
    description: ClassVar[str] = "harmony search: values of the best trials, put together anew"
    Keys: ClassVar[type[BaseModel]] = HarmonyKeys
    is_remembered: ClassVar[bool] = False

    def chosen(self, known: Known) -> Sequence[Candidate]:
        """Return improvised candidates, some of which may have been tried."""
        memory = known.candidates[: self.keys.memory_size or _REMEMBERED]
        seeds = (f"{self.seed}:harmony {known.number}:{number}" for number in range(_ATTEMPTS * known.n))
        return [self._improvised(memory, Random(seed)) for seed in seeds]

    def _improvised(self, memory: Sequence[Candidate], rng: Random) -> Candidate:
        block = self._block(memory, rng)
        alike = [one for one in memory if block_of(one, self.blocks) is block]
        values = {name: self._value(name, axis, alike, rng) for name, axis in block.axes.items()}
        return Candidate({"model": block.model, **values})

    def _block(self, memory: Sequence[Candidate], rng: Random) -> Block:
        """Return which axes: as for a value, those of a remembered trial or any."""
        if memory and rng.random() < self.keys.memory_rate:
            found = block_of(rng.choice(memory), self.blocks)
            if found is not None:
                return found
        return rng.choice(self.blocks)

    def _value(self, name: str, axis: Axis, memory: Sequence[Candidate], rng: Random) -> Value:
        if not memory or rng.random() >= self.keys.memory_rate:
            return axis.draw(rng)
        value: Any = rng.choice(memory)[name]
        is_changed = rng.random() < self.keys.pitch_rate and axis.size != 1
        return near_value(axis, value, rng, self.keys.bandwidth) if is_changed else value
