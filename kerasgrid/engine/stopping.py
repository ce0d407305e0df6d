"""Early stopping, and rates that fall on a plateau: hooks that look at watched samples after each epoch.

Both decide as Keras's callbacks ``EarlyStopping`` and ``ReduceLROnPlateau`` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.watched import watched_part
from kerasgrid.engine.hooks import Control, Hook, HookState, Logs
from kerasgrid.engine.training import Seeds
from kerasgrid.fits.metric import metric_named
from kerasgrid.fits.stopping import settings_of, watched_share


def parts_of(
    params: Mapping[str, Any], dataset: Dataset, train: np.ndarray, seeds: Seeds
) -> tuple[np.ndarray, np.ndarray]:
    """Return what of a fit's training samples is trained on, and what is watched: nothing unless it is asked for.

    Args:
        params: Resolved hyperparameters.
        dataset: The data set.
        train: Indices of the training samples, int32, sorted.
        seeds: Those of the fit: candidates of the same share watch the same samples.

    Raises:
        DataError: There is nothing to train on beside what is watched.
    """
    share = watched_share(params)
    return watched_part(dataset, train, share, seeds.watched) if share else (train, train[:0])


def hooks_of(params: Mapping[str, Any], watched: np.ndarray) -> list[Hook]:
    """Return what looks at a fit of these resolved hyperparameters.

    Args:
        params: Resolved hyperparameters, whose monitors are measured.
        watched: Indices of the watched samples. Without any nothing is stopped early, and a plateau is one of the
            training samples.
    """
    seen = _Seen(watched)
    hooks: list[Hook] = []
    # The rate falls before the end of the training is thought of, as Keras's callbacks in this order.
    if (plateau := settings_of(params, "reduce_on_plateau")) is not None:
        hooks.append(ReduceOnPlateau(plateau, seen))
    if (stopping := settings_of(params, "early_stopping")) is not None and len(watched):
        hooks.append(EarlyStopping(stopping, seen))
    return hooks


class _Seen:
    """What was measured of the watched samples after an epoch, once for all that look at it."""

    def __init__(self, watched: np.ndarray) -> None:
        self._watched = watched
        self._epoch = -1
        self._measured: Mapping[str, float] = {}

    def value(self, monitor: str, epoch: int, logs: Logs, control: Control) -> float:
        if not len(self._watched):
            return logs[monitor]
        if epoch != self._epoch:
            self._epoch, self._measured = epoch, control.measured(self._watched)
        return self._measured[monitor]


class _Best:
    """The best value so far, the greater the better whatever it is of."""

    def __init__(self, monitor: str, min_delta: float) -> None:
        self._sign = metric_named(monitor).sign
        self._min_delta = min_delta
        self.value = -np.inf

    def improves(self, value: float) -> bool:
        """Take note of a value, and return whether it is better than the best before by more than counts."""
        # What is not a number is never better.
        if not self._sign * value - self._min_delta > self.value:
            return False
        self.value = self._sign * value
        return True


class EarlyStopping:
    """Ends a fit when the watched samples get no better.

    Args:
        settings: The fields of ``early_stopping``.
        seen: What is measured of the watched samples.

    Attributes:
        best_epoch: The best epoch so far, counted from 1; None before one counts.
        restored: Whether the fit has ended with its weights.
    """

    def __init__(self, settings: Mapping[str, Any], seen: _Seen) -> None:
        self._settings, self._seen = settings, seen
        self._best = _Best(settings["monitor"], settings["min_delta"])
        self._waited = 0
        self._control: Control | None = None
        self._weights: list[np.ndarray] | None = None
        self.best_epoch: int | None = None
        self.restored = False

    def begin(self, control: Control) -> None:
        """Know what is to be stopped."""
        self._control = control

    def after_epoch(self, epoch: int, logs: Logs) -> None:
        """Look at the watched samples."""
        assert self._control is not None
        if epoch < self._settings["start_from_epoch"]:
            return
        is_better = self._best.improves(self._seen.value(self._settings["monitor"], epoch, logs, self._control))
        # The first that counts is the best there is, whatever its value.
        if is_better or self.best_epoch is None:
            self.best_epoch = epoch + 1
            if self._settings["restore_best_weights"]:
                self._weights = self._control.weights()
        self._waited = 0 if is_better else self._waited + 1
        # Keras gives a fit a second epoch with patience 0, too.
        if not is_better and self._waited >= self._settings["patience"] and epoch > 0:
            self._control.stopped = True

    @property
    def state(self) -> HookState:
        """The best weights so far, and what is counted."""
        told = {"best": float(self._best.value), "waited": self._waited, "best_epoch": self.best_epoch}
        return self._weights or [], told

    @state.setter
    def state(self, state: HookState) -> None:
        weights, told = state
        self._weights = [*weights] or None
        self._best.value, self._waited, self.best_epoch = told["best"], told["waited"], told["best_epoch"]

    def end(self) -> None:
        """Give the model the weights of its best epoch, if that is wanted."""
        if self._weights is not None:
            assert self._control is not None
            self._control.set_weights(self._weights)
            self._weights, self.restored = None, True


class ReduceOnPlateau:
    """Lowers the learning rate when nothing gets better.

    Args:
        settings: The fields of ``reduce_on_plateau``.
        seen: What is measured of the watched samples.
    """

    def __init__(self, settings: Mapping[str, Any], seen: _Seen) -> None:
        self._settings, self._seen = settings, seen
        self._best = _Best(settings["monitor"], settings["min_delta"])
        self._waited = self._cooling = 0
        self._control: Control | None = None

    def begin(self, control: Control) -> None:
        """Know whose rate it is."""
        self._control = control

    def after_epoch(self, epoch: int, logs: Logs) -> None:
        """Look at the watched samples, or at the training's."""
        assert self._control is not None
        if self._cooling:
            self._cooling -= 1
            self._waited = 0
        if self._best.improves(self._seen.value(self._settings["monitor"], epoch, logs, self._control)):
            self._waited = 0
        elif not self._cooling:
            self._waited += 1
            rate, least = self._control.learning_rate, self._settings["min_learning_rate"]
            if self._waited >= self._settings["patience"] and rate > np.float32(least):
                self._control.learning_rate = max(rate * self._settings["factor"], least)
                self._cooling, self._waited = self._settings["cooldown"], 0

    @property
    def state(self) -> HookState:
        """What is counted; the rate is the optimizer's."""
        return [], {"best": float(self._best.value), "waited": self._waited, "cooling": self._cooling}

    @state.setter
    def state(self, state: HookState) -> None:
        told = state[1]
        self._best.value, self._waited, self._cooling = told["best"], told["waited"], told["cooling"]

    def end(self) -> None:
        """Leave the rate as it is."""
