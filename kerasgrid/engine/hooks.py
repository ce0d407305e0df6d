"""Hooks: what looks at a fit after each of its epochs, and may stop it or steer what follows.

Early stopping, rates that fall on a plateau and Keras's callbacks are hooks. A fit that has any is trained an epoch a
call of its graph; all others go on without a stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

HookState = tuple[Sequence[np.ndarray], Mapping[str, Any]]
"""Arrays, and all else, of JSON's types."""

Logs = Mapping[str, float]
"""What an epoch measured, by Keras's names: ``loss``, ``accuracy``, ``val_loss``, …"""


class Control(Protocol):
    """What a hook may see and change of the fit under way."""

    stopped: bool
    """Set it to end the fit after this epoch."""

    learning_rate: float
    """The optimizer's learning rate before any schedule; changes hold from the next epoch on."""

    @property
    def iterations(self) -> int:
        """How many training steps were made, those of fits that this one goes on with included."""

    @property
    def n_epochs(self) -> int:
        """How many epochs are to be trained, at most."""

    def weights(self) -> list[np.ndarray]:
        """Return a copy of the weights that the model would end with now, in Keras's order."""

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Give the model these weights, in Keras's order; the optimizer's state stays."""

    def measured(self, index: np.ndarray) -> dict[str, float]:
        """Return loss and metrics of these samples with the model as it is now, by their names."""


class Hook(Protocol):
    """Looks at a fit after each of its epochs."""

    def begin(self, control: Control) -> None:
        """Know that a fit begins; its weights are the initial ones."""

    def after_epoch(self, epoch: int, logs: Logs) -> None:
        """Look at an epoch, counted from 0, and what it measured."""

    def end(self) -> None:
        """Know that the fit has ended, by itself or by a hook."""


@runtime_checkable
class Lasting(Protocol):
    """A hook whose fit can be gone on with in another process."""

    @property
    def state(self) -> HookState:
        """All that its next epochs depend on; set it to go on from there."""

    @state.setter
    def state(self, state: HookState) -> None: ...
