"""What a fit may ask to be noted inside its graph, beside the sums of its epochs: single steps, held-out outputs."""

from __future__ import annotations

from collections.abc import Callable

from kerasgrid.engine.epochs import Epochs
from kerasgrid.engine.held_out import HeldOutOutputs
from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.steps import StepLosses
from kerasgrid.engine.training import Training

EpochsMaker = Callable[[StepLosses | None, HeldOutOutputs | None], Epochs]
"""Makes epochs that note these, or do without."""


class Noting:
    """Makes epochs for what a fit asks to be noted, when it is first asked.

    Args:
        width: Outputs of the model.
        make: Makes them.
        plain: Those that note nothing.

    Attributes:
        steps: The loss of single steps.
        held_out: What the model makes of held-out samples.
    """

    def __init__(self, width: int, make: EpochsMaker, plain: Epochs) -> None:
        self.steps, self.held_out = StepLosses(), HeldOutOutputs(width)
        self._make = make
        self._made: dict[tuple[bool, bool], Epochs] = {(False, False): plain}

    def epochs_for(self, training: Training, data: ResidentData) -> Epochs:
        """Return what trains the epochs of this training, and make room for what it notes of the held-out samples."""
        key = bool(training.curve_every), bool(training.metrics)
        if key not in self._made:
            self._made[key] = self._make(self.steps if key[0] else None, self.held_out if key[1] else None)
        if training.metrics:
            self.held_out.begin(training, data)
        return self._made[key]
