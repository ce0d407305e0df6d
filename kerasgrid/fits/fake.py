"""A fitter that trains nothing, for tests of all that happens around the training, in milliseconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from kerasgrid.axes.candidate import Candidate
from kerasgrid.errors import FitError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.fit import FinalResult, Fit, FitResult, Stint
from kerasgrid.fits.fitter import AtWork, Tell
from kerasgrid.fits.metric import metric_named, metrics_for
from kerasgrid.fits.workload import Workload
from kerasgrid.system.devices import AUTO, CPU, check_there


class FakeFitter:
    """A fitter whose scores are a formula of the candidate: no training, no processes.

    Args:
        score: From a fit to its held-out metric. ``nan`` makes the fit diverge, a raised FitError makes it fail.
        metric: Name of that metric.
        task: ``classification`` or ``regression``.
        on_fit: Called before each fit, and before a refit with fold -1; whatever it raises stops the search, as Ctrl-C
            would.
        best_epoch: From a fit to the epoch that early stopping would find the best, counted from 1, with the weights of
            which it ends; None for fits that are not stopped.
        seconds: What each fit says that it took.
        kinds: How many devices it has of each kind.
        clock: Returns seconds since 1970, when a fit begins and when it ends; None to tell nothing of that.

    Attributes:
        device: The kind of device that it was asked for.
        kinds: As given.
        placed: The kind that it was told to train on; None before.
        trained: Every fit that was trained, in order; refits are not among them.
        refitted: Every candidate that was trained on all training data, in order.
        refit_epochs: After how many epochs each of these was to end; None for all.
        work: What it was told to work on; None before.
    """

    n_workers = 1

    def __init__(
        self,
        score: Callable[[Fit], float],
        *,
        metric: str = "accuracy",
        task: str = "classification",
        on_fit: Callable[[Fit], None] = lambda fit: None,
        best_epoch: Callable[[Fit], int] | None = None,
        seconds: float = 0.01,
        kinds: Mapping[str, int] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._score = score
        self._metric = metric
        self._metrics = tuple(dict.fromkeys([*metrics_for(task), metric]))
        self._on_fit = on_fit
        self._best_epoch = best_epoch
        self._seconds = seconds
        self.device = AUTO
        self.kinds: Mapping[str, int] = {CPU: 1} if kinds is None else kinds
        self.placed: str | None = None
        self._clock = clock
        self.trained: list[Fit] = []
        self.refitted: list[Candidate] = []
        self.refit_epochs: list[int | None] = []
        self.work: Workload | None = None
        self._tell: Tell | None = None

    def tell_work(self, tell: Tell) -> None:
        """Tell this from now on which fit is next, as worker 1."""
        self._tell = tell

    def ask(self, device: str) -> None:
        """Ask for a kind of device, if there is one."""
        check_there(device, self.kinds)
        self.device = device

    def place(self, kind: str) -> None:
        """Note where it is to train."""
        check_there(kind, self.kinds)
        self.placed = kind

    def prepare(self, work: Workload) -> None:
        """Keep it, to be looked at."""
        self.work = work

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        """Yield the formula's results in the order of the fits."""
        for fit in fits:
            if deadline is not None and deadline.left <= 0:
                return
            began = time.time() if self._clock is None else self._clock()
            if self._tell is not None:
                self._tell(partial(list, [AtWork("1", fit, began)]))
            self._on_fit(fit)
            self.trained.append(fit)
            result = self._result(fit)
            yield result if self._clock is None else result.trained(Stint(began, self._clock()))

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Return a result with the formula's score as the test metric; write a placeholder for the model."""
        fit = Fit(candidate, fold=-1, seed=seed)
        self._on_fit(fit)
        self.refitted.append(candidate)
        self.refit_epochs.append(epochs)
        result = self._result(fit)
        curve = {name: values[:epochs] for name, values in result.curve.items() if not name.startswith("val_")}
        if result.status != "ok":
            return FinalResult(result.status, curve, error=result.error)
        model_path.write_text(candidate.canonical, encoding="utf-8")
        value = result.curve[f"val_{self._metric}"][-1]
        test = {name: value if name == self._metric else 0.0 for name in self._metrics}
        return FinalResult("ok", curve, test, model_path=str(model_path), seconds=result.seconds)

    def _result(self, fit: Fit) -> FitResult:
        try:
            value = self._score(fit)
        except FitError as error:
            return FitResult(fit, "failed", error=str(error))
        epochs = fit.candidate.get("epochs", 1)
        assert isinstance(epochs, int)
        worst = 0.0 if metric_named(self._metric).greater_is_better else 2.0 * value
        values = [worst + (value - worst) * (epoch + 1) / epochs for epoch in range(epochs)]
        curve = {f"{part}{name}": values for part in ("", "val_") for name in self._metrics}
        if metric_named(self._metric).of_predictions is not None:
            del curve[self._metric]
            curve[f"val_{self._metric}"] = values[-1:]
        result = FitResult(
            fit, "diverged" if math.isnan(value) else "ok", curve, seconds=self._seconds, n_parameters=100
        )
        if self._best_epoch is None or fit.fold < 0:
            return result
        return replace(result, best_epoch=self._best_epoch(fit), restored=True)
