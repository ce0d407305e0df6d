"""Worker processes that train baselines on the folds of a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable, Sequence
from pathlib import Path

from kerasgrid.baselines.fit import BaselineFit, BaselineResult
from kerasgrid.baselines.table import BASELINES
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.workload import Workload
from kerasgrid.system.devices import CPU, DEVICES
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.furnishing import furnish, furnished
from kerasgrid.workers.places import Places
from kerasgrid.workers.worker import Answer, Handler

_MODULES = ("sklearn.pipeline", "sklearn.metrics")


class BaselineCrew(Crew[BaselineFit, BaselineResult]):
    """Trains baselines in worker processes on this machine, each with one thread; used as a context manager.

    Args:
        work: The data and the folds.
        n_workers: Number of processes; None for one per core.
    """

    def __init__(self, work: Workload, n_workers: int | None = None) -> None:
        from kerasgrid.engine.keras_setup import PRELOAD

        # TensorFlow as for fits: the same server serves both, and scores are computed by the same code.
        super().__init__(baseline_handler, n_workers, PRELOAD, [*work.modules, *_MODULES])
        self._work, self.places = work, Places(DEVICES[CPU])

    def train(
        self, fits: Sequence[BaselineFit], deadline: Deadline | None = None
    ) -> Generator[BaselineResult, None, None]:
        """Yield the result of each, in whatever order they end; stop at the deadline."""
        for _, result in self.answers(fits, deadline):
            yield result

    def _furnish(self, folder: Path) -> None:
        furnish(folder, self._work)

    def _program(self, request: BaselineFit) -> Hashable:
        # Nothing is compiled that others could use.
        return None

    def _lost(self, request: BaselineFit, words: str) -> BaselineResult:
        return BaselineResult(request, error=words)


def baseline_handler(folder: Path) -> Handler:
    """Return what trains baselines in a worker, on saved data and folds."""
    from kerasgrid.engine.keras_setup import set_up_process

    set_up_process()
    result = baselines_on(*furnished(folder))
    return lambda request: Answer(result(request))


def baselines_on(
    dataset: Dataset, folds: Sequence[Fold], n_repeats: int, metrics: Sequence[str]
) -> Callable[[BaselineFit], BaselineResult]:
    """Return what trains a baseline in this process, with one thread; TensorFlow is set up.

    Args:
        dataset: The data.
        folds: Its folds, repeat by repeat.
        n_repeats: Of how many repeats they are.
        metrics: What is measured besides the metrics of the task.
    """
    import threadpoolctl

    from kerasgrid.baselines.training import outputs_on
    from kerasgrid.engine.scores import scores
    from kerasgrid.fits.predictions import Predictions, metrics_of

    n_folds = len(folds) // n_repeats

    def result(request: BaselineFit) -> BaselineResult:
        started = time.perf_counter()
        fold = folds[request.repeat * n_folds + request.fold]
        with threadpoolctl.threadpool_limits(1):
            try:
                outputs = outputs_on(BASELINES[request.name], dataset, fold)
            except Exception as error:  # noqa: BLE001 - whatever it is, the search goes on without this baseline
                seconds = time.perf_counter() - started
                return BaselineResult(request, seconds=seconds, error=f"{type(error).__name__}: {error}")
        seconds = time.perf_counter() - started
        true = dataset.y_train[fold.held_out]
        found = scores(dataset.task, true, outputs, dataset.targets)
        if metrics:
            of_classes = {"loss": "sparse_categorical_crossentropy"} if dataset.task == "classification" else {}
            predictions = Predictions.of(outputs, true, of_classes, dataset.task, dataset.n_outputs)
            found |= metrics_of(metrics, predictions)
        return BaselineResult(request, found, seconds)

    return result
