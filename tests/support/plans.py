"""Small plans for the tests of searching."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.fits.fit import Fit
from kerasgrid.run.plan import Plan
from kerasgrid.run.planning import make_plan
from kerasgrid.space.spec import Space, space_from_dict
from kerasgrid.system.quiet import quiet_stderr

if TYPE_CHECKING:
    from kerasgrid.engine.check import StructureCount

N = 30
LEARNING_RATES = [0.001, 0.01, 0.1]
DOCUMENT: dict[str, Any] = {
    "name": "tiny",
    "dataset": "digits",
    "model": "mlp",
    "cv": 2,
    "params": {"hidden_units": [[4]], "learning_rate": LEARNING_RATES, "epochs": 2},
}


def dataset(shift: float = 0.0, test_shift: float = 0.0) -> Dataset:
    y = np.arange(N) % 3
    x = (y[:, None] + np.linspace(0, 1, N * 4).reshape(N, 4) + shift).astype(np.float32)
    return Dataset("made", x, y, x[:6] + test_shift, y[:6], "classification", ("a", "b", "c"), "made")


def space(params: dict[str, Any] | None = None, **changes: Any) -> Space:
    return space_from_dict({**DOCUMENT, **changes, "params": {**DOCUMENT["params"], **(params or {})}})


def plan_of(asked: Space | None = None, data: Dataset | None = None) -> Plan:
    return make_plan(asked or space(), data or dataset())[0]


class Clock:
    """A clock that goes on by ten seconds a fit."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def on_fit(self, fit: Fit) -> None:
        self.now += 10.0


def counted(plan: Plan) -> list[StructureCount]:
    """Return made-up counts of the plan's structures, without building a model."""
    with quiet_stderr():  # it brings Keras, which few tests need
        from kerasgrid.engine.check import StructureCount

    groups: dict[Any, list[Any]] = {}
    for candidate in plan.candidates:
        groups.setdefault(candidate.resolved(plan.task).structure, []).append(candidate)
    return [StructureCount(same[0], len(same), 1000 * n) for n, same in enumerate(groups.values(), 1)]
