"""What was tried, and on which data, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasgrid.axes.candidate import value_text
from kerasgrid.insight.ranking import Trial
from kerasgrid.run.parameters import varying_params
from kerasgrid.run.run import Run
from kerasgrid.system.words import counted

_NAMED = 6
"""Values of an axis that are named one by one."""


def tried_line(trials: Sequence[Trial]) -> str:
    """Return ``Tried: activation relu, tanh · learning_rate 1e-06 … 0.01``; nothing if all trials have one value each.

    A few values are named, more numbers by their ends, and more of other things are counted.
    """
    parts = []
    for name in varying_params(trials):
        found = {
            value_text(trial.candidate[name]): trial.candidate[name] for trial in trials if name in trial.candidate
        }
        numbers = [v for v in found.values() if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) == len(found):
            texts = [value_text(number) for number in sorted(numbers)]
            parts.append(f"{name} {', '.join(texts) if len(texts) <= _NAMED else f'{texts[0]} … {texts[-1]}'}")
        else:
            parts.append(f"{name} {', '.join(found) if len(found) <= _NAMED else counted(len(found), 'value')}")
    return "Tried: " + " · ".join(parts) if parts else ""


def data_line(run: Run) -> str:
    """Return ``fashion_mnist: 60,000 to train, 10,000 to test, inputs 28×28 · 3 folds``."""
    data: Mapping[str, Any] = run.dataset
    parts = []
    if "n_train" in data:
        parts.append(f"{data['n_train']:,} to train")
        parts.append(f"{data['n_test']:,} to test" if data.get("n_test") else "no test set")
    if data.get("input_shape"):
        parts.append("inputs " + "×".join(map(str, data["input_shape"])))
    splits = counted(run.n_folds, "fold") if run.n_folds > 1 else "one hold-out split"
    if run.n_repeats > 1:
        splits += f" × {run.n_repeats} repeats"
    return f"{data.get('name', 'data')}: {', '.join(parts)} · {splits}" if parts else splits
