"""A fit under way, as hooks see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np

from kerasgrid.engine.optimizers import Updater


class FitControl:
    """The :class:`~kerasgrid.engine.hooks.Control` of a program's fit.

    Args:
        model: The model that is trained.
        updater: What updates its weights.
        n_epochs: How many epochs are to be trained, at most.
        measured: Returns loss and metrics of some samples with the model as it is.

    Attributes:
        stopped: Whether a hook has ended the fit.
    """

    def __init__(
        self,
        model: keras.Model,
        updater: Updater,
        n_epochs: int,
        measured: Callable[[np.ndarray], dict[str, float]],
    ) -> None:
        self._model, self._updater = model, updater
        self._n_epochs = n_epochs
        self._measured = measured
        self.stopped = False

    @property
    def n_epochs(self) -> int:
        """How many epochs are to be trained, at most."""
        return self._n_epochs

    @property
    def iterations(self) -> int:
        """How many training steps were made."""
        return self._updater.iterations

    @property
    def learning_rate(self) -> float:
        """The optimizer's learning rate before any schedule."""
        return self._updater.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._updater.learning_rate = rate

    def weights(self) -> list[np.ndarray]:
        """Return a copy of the model's weights, in Keras's order, with averages in the place of what they are of."""
        with self._updater.averaged():
            return [np.array(weight) for weight in self._model.get_weights()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Give the model these weights."""
        for variable, value in zip(self._model.weights, weights, strict=True):
            variable.assign(value)
        self._updater.restart_averages()

    def measured(self, index: np.ndarray) -> dict[str, float]:
        """Return loss and metrics of these samples with the model as it is now, by their names."""
        return self._measured(index)
