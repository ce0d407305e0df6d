"""The parameters of trials: which of them differ, and in which order they are named."""

from __future__ import annotations

from collections.abc import Sequence

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import Trial

_TRAINING = ("loss", "optimizer", "momentum", "weight_decay", "learning_rate", "batch_size", "epochs")
"""Parameters of the training, in the order of their axes; all others are parameters of the model."""

ABSENT = object()
"""Stands for a parameter that a candidate does not have, which is not the same as None."""


def varying_params(trials: Sequence[Trial]) -> list[str]:
    """Return the names of the parameters that differ between trials: the model, its parameters, the training's."""
    names = {name for trial in trials for name in trial.candidate}
    values = {name: {repr(trial.candidate.get(name, ABSENT)) for trial in trials} for name in names}
    return sorted((name for name in names if len(values[name]) > 1), key=place)


def place(name: str) -> tuple[int, int, str]:
    """Return the sort key of a parameter's name: the model, its parameters by name, then those of the training."""
    if name in _TRAINING:
        return 2, _TRAINING.index(name), name
    return 0 if name == "model" else 1, 0, name


def params_line(trial: Trial, names: Sequence[str]) -> str:
    """Return ``activation relu, learning_rate 0.001`` for the named parameters that the trial has."""
    return ", ".join(f"{name} {value_text(trial.candidate[name])}" for name in names if name in trial.candidate)
