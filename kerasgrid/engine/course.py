"""The course of a fit: epoch after epoch, with hooks between them, read off wherever it might end."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kerasgrid.engine.control import FitControl
from kerasgrid.engine.epochs import Epochs
from kerasgrid.engine.hooks import Hook, Lasting
from kerasgrid.engine.keras_metrics import KerasMetrics
from kerasgrid.engine.measures import Measures
from kerasgrid.engine.noting import Noting
from kerasgrid.engine.resident import ResidentData
from kerasgrid.engine.steps import step_curve
from kerasgrid.engine.stopping import EarlyStopping
from kerasgrid.engine.training import Outcome, State, Training
from kerasgrid.fits.fit import Status


@dataclass(frozen=True, slots=True, eq=False)
class Gauges:
    """What a program measures its fits by.

    Attributes:
        measures: Loss and metrics of the task.
        more: Metrics of Keras beside them.
        noting: What is noted of single steps and of held-out samples.
    """

    measures: Measures
    more: KerasMetrics
    noting: Noting

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what is measured of an epoch."""
        return *self.measures.names, *self.more.names

    def of_epoch(self, row: np.ndarray, variances: tuple[np.ndarray | None, np.ndarray | None]) -> dict[str, float]:
        """Return what an epoch measured, by name: of the training samples, and of the held-out ones as ``val_…``."""
        train, held_out = np.split(row, 2)
        named = self.measures.named(train, variances[0])
        named |= {f"val_{name}": value for name, value in self.measures.named(held_out, variances[1]).items()}
        return self.more.completed(named)

    def of_samples(self, epochs: Epochs, data: ResidentData, index: np.ndarray) -> dict[str, float]:
        """Return loss and metrics of these samples with the model as it is, by their names."""
        named = self.measures.named(epochs.evaluate(data, index), data.variance(index))
        self.more.taken()  # of these samples, too
        return named


class Course:
    """A fit under way: it is trained up to some epoch, read off, and trained on.

    What is read off at an epoch is what the fit would be that ends there, and reading leaves no trace in what follows.

    Args:
        training: What the fit brings.
        data: What its indices count in.
        epochs: What trains its epochs.
        gauges: What it is measured by.
        control: What its hooks see.
        hooks: Are told of each epoch, in this order.

    Attributes:
        status: ``ok``, or ``diverged`` once a loss was not finite.
        n_done: How many epochs were trained.
        seconds: What that took, as far as whoever trains has said.
    """

    def __init__(
        self,
        training: Training,
        data: ResidentData,
        epochs: Epochs,
        gauges: Gauges,
        control: FitControl,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self._training, self._data = training, data
        self._epochs, self._gauges = epochs, gauges
        self._control, self._hooks = control, hooks
        self._order = np.random.default_rng(training.seeds.order)
        self._variances = data.variance(training.train), data.variance(training.held_out)
        curve_metrics = training.curve_metrics if len(training.held_out) else ()
        names = [*gauges.names, *(f"val_{name}" for name in gauges.names if len(training.held_out))]
        self._curve: dict[str, list[float]] = {name: [] for name in [*names, *(f"val_{one}" for one in curve_metrics)]}
        self.status: Status = "ok"
        self.n_done = 0
        self.seconds = 0.0
        if training.curve_every:
            gauges.noting.steps.begin(training.n_epochs * -(-len(training.train) // training.batch_size))
        for hook in hooks:
            hook.begin(control)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is trained, however many epochs were asked for."""
        return self.status != "ok" or self._control.stopped

    def go_on(self, end: int) -> None:
        """Train until so many epochs were trained, or until it is over."""
        training = self._training
        orders, sizes = self._orders(end - self.n_done), training.compiled_for
        one_by_one = bool(self._hooks or self._gauges.more or training.curve_metrics)
        args = self._data, orders, training.held_out, training.batch_size, sizes
        for row in () if self.is_over else self._epochs.train(*args, one_by_one=one_by_one):
            self._take(row)
            if self.is_over:
                break

    def read(self, keep: Callable[[], Callable[[], None]] | None = None) -> Outcome:
        """Return what the fit is if it ends here; its seconds are not known here.

        Args:
            keep: Called before anything is changed that what follows depends on; what it returns sets that back. None
                where nothing follows.
        """
        hooks = self._hooks if keep is None else [copy.copy(hook) for hook in self._hooks]
        set_back = keep() if keep is not None and hooks else None
        for hook in hooks:
            hook.end()
        outcome = Outcome(self.status, 0.0, curve={name: [*values] for name, values in self._curve.items()})
        outcome.curve |= self._last_metrics(is_steered=bool(hooks))
        if self._training.curve_every:
            outcome.steps = step_curve(self._gauges.noting.steps.noted(), self._training.curve_every)
        for hook in hooks:
            if isinstance(hook, EarlyStopping):
                outcome.best_epoch, outcome.restored = hook.best_epoch, hook.restored
        if set_back is not None:
            set_back()
        return outcome

    def state(self, values: Sequence[np.ndarray]) -> State:
        """Return the state of the fit, in which all variables have these values."""
        arrays, of_hooks = [*values], []
        for hook in self._hooks:
            assert isinstance(hook, Lasting)
            kept, told = hook.state
            arrays += kept
            of_hooks.append({"n_arrays": len(kept), "told": told})
        if self._training.curve_every:
            arrays.append(self._gauges.noting.steps.noted())
        told = {
            "n_values": len(values),
            "n_done": self.n_done,
            "seconds": self.seconds,
            "status": self.status,
            "stopped": self._control.stopped,
            "order": self._order.bit_generator.state,
            "curve": {name: [*there] for name, there in self._curve.items()},
            "hooks": of_hooks,
        }
        return State(arrays, told)

    def take(self, state: State) -> list[np.ndarray]:
        """Be where a fit was that differs in its epochs alone, and return the values of variables then."""
        told, left = state.told, iter(state.arrays)
        values = [*islice(left, told["n_values"])]
        self.n_done, self.seconds = told["n_done"], told["seconds"]
        self.status, self._control.stopped = told["status"], told["stopped"]
        self._order.bit_generator.state = told["order"]
        self._curve = {name: [*there] for name, there in told["curve"].items()}
        for hook, of_hook in zip(self._hooks, told["hooks"], strict=True):
            assert isinstance(hook, Lasting)
            hook.state = [*islice(left, of_hook["n_arrays"])], of_hook["told"]
        if self._training.curve_every:
            self._gauges.noting.steps.go_on(next(left))
        return values

    def _orders(self, n_epochs: int) -> Iterator[np.ndarray]:
        """Yield the indices of the training samples for each of so many epochs."""
        train = self._training.train
        for _ in range(n_epochs):
            yield self._order.permutation(train) if self._training.shuffles else train

    def _last_metrics(self, *, is_steered: bool) -> dict[str, list[float]]:
        """Return the metrics of the predictions that the fit ends with, of those that are in no curve.

        Args:
            is_steered: Whether hooks may have given the model other weights than the last epoch's.
        """
        training, held_out = self._training, self._training.held_out
        if not training.metrics or self.status != "ok" or not len(held_out):
            return {}
        if is_steered:
            self._gauges.of_samples(self._epochs, self._data, held_out)
        last = self._gauges.noting.held_out.metrics(training.metrics, training, self._data)
        return {name: [value] for name, value in last.items() if name not in self._curve}

    def _take(self, row: np.ndarray) -> None:
        """Take what an epoch measured, and let the hooks look at it."""
        training, curve = self._training, self._curve
        measured = self._gauges.of_epoch(row, self._variances)
        if training.curve_metrics:
            measured |= self._gauges.noting.held_out.metrics(training.curve_metrics, training, self._data)
        for name, value in measured.items():
            if name in curve:
                curve[name].append(value)
        self.n_done += 1
        if not np.isfinite([curve[name][-1] for name in ("loss", "val_loss") if name in curve]).all():
            self.status = "diverged"
            return
        for hook in self._hooks:
            hook.after_epoch(self.n_done - 1, {name: values[-1] for name, values in curve.items()})
