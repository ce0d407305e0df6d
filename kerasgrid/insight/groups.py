"""The words of a diagnosis, and what the trials of a word have in common. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, inf
from typing import TypeGuard

from kerasgrid.axes.candidate import Value
from kerasgrid.insight.ranking import Trial

FAILED = "failed"
DIVERGED = "diverged"
NOT_LEARNING = "not learning"
STILL_IMPROVING = "still improving"
OVERFITTING = "overfitting"
UNSTABLE = "unstable"
WORDS = (FAILED, DIVERGED, NOT_LEARNING, STILL_IMPROVING, OVERFITTING, UNSTABLE)
"""How :mod:`kerasgrid.insight.diagnosis` finds each is told there."""

_OF_TREND = (STILL_IMPROVING, OVERFITTING)

_PURE = 0.8
"""Of the trials with the values that a group has in common, at least this share is of the group."""

_BY_CHANCE = 0.05
"""Over all parameters that vary, together."""

LEAST_EPOCHS = 3
"""Of fewer epochs nothing is told that needs a trend."""

_FEW_VALUES = 3
_MOST_SHARED = 2


@dataclass(frozen=True, slots=True)
class Shared:
    """What the trials of a group have in common, and few others: a parameter and its values.

    Attributes:
        name: The parameter.
        values: The different values, or the least and the greatest.
        is_range: Which of the two.
    """

    name: str
    values: tuple[Value, ...]
    is_range: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Trials with the same word; ``shared`` is the most telling first, and empty if they have nothing in common."""

    word: str
    trials: tuple[Trial, ...]
    shared: tuple[Shared, ...]


def groups(trials: Sequence[Trial]) -> list[Group]:
    """Return the trials of each word of :data:`WORDS` that some trial has."""
    found = []
    for word in WORDS:
        members = tuple(trial for trial in trials if word in trial.diagnosis)
        if members:
            # Trials that cannot have the word are not the others that do not have it.
            able = [trial for trial in trials if word not in _OF_TREND or _epochs(trial) >= LEAST_EPOCHS]
            found.append(Group(word, members, _shared(members, able)))
    return found


def _shared(members: Sequence[Trial], trials: Sequence[Trial]) -> tuple[Shared, ...]:
    names = {name for trial in trials for name in trial.candidate}
    values = {name: {repr(trial.candidate[name]) for trial in trials if name in trial.candidate} for name in names}
    varying = [name for name in sorted(names) if len(values[name]) > 1]
    found: list[tuple[float, int, Shared]] = []
    for name in varying:
        if any(name not in trial.candidate for trial in members):
            continue
        own = {repr(trial.candidate[name]): trial.candidate[name] for trial in members}
        numbers = [value for value in own.values() if _is_number(value)]
        # Where each trial has a value of its own, any trial has one that no other has.
        has_choices = len(values[name]) < len(trials)
        if len(numbers) == len(own) > (_FEW_VALUES if has_choices else 1):
            low, high = min(numbers), max(numbers)
            n_there = sum(_is_within(trial.candidate.get(name), low, high) for trial in trials)
            # How likely so many trials, picked blindly, lie within so few neighbours.
            by_chance = (len(trials) - n_there + 1) * comb(n_there, len(members)) / comb(len(trials), len(members))
            is_telling = by_chance <= _BY_CHANCE / len(varying)
            shared = Shared(name, (low, high), is_range=True)
        else:
            n_there = sum(name in trial.candidate and repr(trial.candidate[name]) in own for trial in trials)
            # A value of one trial tells nothing, unless that trial is there to try it.
            is_telling = has_choices and (n_there > len(own) or any(trial.label is not None for trial in members))
            ordered = sorted(numbers) if len(numbers) == len(own) else own.values()
            shared = Shared(name, tuple(ordered), is_range=False)
        if (is_telling or len(varying) == 1) and n_there < len(trials) and len(members) >= _PURE * n_there:
            found.append((-len(members) / n_there, len(own), shared))
    return tuple(shared for _, _, shared in sorted(found, key=lambda item: item[:2])[:_MOST_SHARED])


def _epochs(trial: Trial) -> float:
    epochs = trial.candidate.get("epochs")
    return epochs if _is_number(epochs) else inf


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_within(value: Value, low: float, high: float) -> bool:
    return _is_number(value) and low <= value <= high
