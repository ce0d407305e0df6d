"""What Dask clusters train in tests without TensorFlow: a formula, with the faults that candidates ask for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kerasgrid.axes.candidate import Candidate
from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import make_folds
from kerasgrid.fits.fit import Fit, FitResult, Stint
from kerasgrid.fits.workload import Workload
from kerasgrid.workers.dask import rest_of_fits
from kerasgrid.workers.furnishing import furnished
from kerasgrid.workers.requests import FitRequest
from kerasgrid.workers.site import Trade
from kerasgrid.workers.worker import Answer, Handler


def small_work(n: int = 40) -> Workload:
    """Return a table in two folds."""
    x, y = np.arange(4.0 * n, dtype=np.float32).reshape(n, 4), np.arange(n) % 2
    dataset = Dataset("made", x, y, None, None, "classification", ("a", "b"), "made")
    return Workload(dataset, make_folds(dataset, cv=2, validation_split=None, seed=0))


def fake(number: int, seconds: float = 0.0, kills: int = 0, width: int = 4) -> Candidate:
    """Return a candidate whose fit takes so long.

    Args:
        number: Another candidate for every number.
        seconds: How long.
        kills: 1: it kills the process that trains it; 2: it kills the worker of the cluster.
        width: Candidates of another width have another program.
    """
    told = {"dropout": min(0.9, seconds / 100.0), "l2": float(kills)}
    return Candidate({"model": "mlp", "hidden_units": (width,), "learning_rate": 0.001 * (number + 1), **told})


def fake_handler(folder: Path) -> Handler:
    """Return what answers by a formula of the candidate."""
    dataset = furnished(folder)[0]
    log = os.environ.get("KERASGRID_TEST_LOG")

    def handle(request: FitRequest) -> Iterator[Answer]:
        for fit in request.fits:
            params = fit.candidate
            if log is not None:
                with open(log, "a", encoding="utf-8") as file:
                    file.write(f"{params.id} {fit.fold}\n")
            began = time.time()
            time.sleep(100.0 * float(str(params["dropout"])))
            if params["l2"] == 1.0:
                os.kill(os.getpid(), signal.SIGKILL)
            if params["l2"] == 2.0:
                os.kill(worker_of_site(), signal.SIGKILL)
            yield Answer(score_of(fit, len(dataset.x_train)).trained(Stint(began, time.time())))

    return handle


def worker_of_site() -> int:
    """Return the process of the cluster's worker: the parent of the site, which is the parent of the fork server."""
    import psutil

    return psutil.Process().parent().parent().parent().pid  # type: ignore[union-attr]


def score_of(fit: Fit, n: int, seconds: float = 1e-4) -> FitResult:
    """Return the result by the formula."""
    value = float(str(fit.candidate["learning_rate"])) + fit.fold + n
    curve = {"loss": [1.0], "accuracy": [0.5], "val_loss": [1.0], "val_accuracy": [value]}
    return FitResult(fit, "ok", curve, seconds=seconds, n_parameters=10)


FAKE = Trade(fake_handler, rest_of_fits)
