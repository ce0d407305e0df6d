"""A worker process: single-threaded, with the data set resident and the programs that it has built.

This module imports TensorFlow only inside the worker's own process.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasgrid.axes.candidate import Candidate, Resolved
from kerasgrid.axes.names import is_own
from kerasgrid.axes.value import Structure
from kerasgrid.engine.keras_setup import after_import, before_import, one_thread
from kerasgrid.errors import KerasgridError
from kerasgrid.fits.batches import BatchSizes
from kerasgrid.fits.fit import FinalResult, Fit, FitResult

if TYPE_CHECKING:
    from kerasgrid.engine.lane import Seeds
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData

FOLDS_FILE = "folds.npz"
"""All folds, repeat by repeat, as ``train_I`` and ``held_out_I``, and ``n_repeats``."""


@dataclass(frozen=True, slots=True)
class Training:
    """The order to train a fit; ``compiled_for`` as for :class:`kerasgrid.engine.lane.Lane`."""

    fit: Fit
    compiled_for: BatchSizes | None = None


@dataclass(frozen=True, slots=True)
class Refit:
    """The order to train a candidate on all training data and to write the model."""

    candidate: Candidate
    seed: int
    model_path: Path
    compiled_for: BatchSizes | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A worker's answer to an order.

    Attributes:
        result: What came of it; it has ``seconds``.
        build_seconds: Seconds spent on building a program for it.
        used_up: Whether the worker wants to be replaced.
    """

    result: Any
    build_seconds: float
    used_up: bool = False


Bench = Callable[[Any], Report]
"""Answers the orders of one worker."""

BenchMaker = Callable[[Path], Bench]
"""Makes it in the worker's process from the crew's folder."""


def log_path(folder: Path, number: int) -> Path:
    """Return where the worker of this number writes its standard error."""
    return folder / f"worker-{number}.log"


def work(orders: Connection, folder: Path, number: int, make_bench: BenchMaker) -> None:
    """Answer orders until the connection closes: the main function of a worker process.

    Args:
        orders: Receives what the bench answers, sends :class:`Report`.
        folder: What the crew has written for its workers.
        number: This worker's number.
        make_bench: Makes what answers the orders.
    """
    try:
        _settle(folder, number)
        _end_with_parent(folder)
        bench = make_bench(folder)
    except FileNotFoundError:
        if folder.exists():
            raise
        return  # the search ended while this process was being started
    while True:
        try:
            order = orders.recv()
        except EOFError:
            return
        orders.send(bench(order))


def set_up_tensorflow() -> None:
    """Make TensorFlow single-threaded and quiet, if the fork server has loaded it."""
    if "tensorflow" not in sys.modules:
        return
    import tensorflow as tf

    one_thread()
    tf.get_logger().setLevel("ERROR")
    after_import()


def training_bench(folder: Path) -> Bench:
    """Return what answers :class:`Training` and :class:`Refit` from a saved data set and its folds."""
    bench = _Bench(folder)

    def answer(order: Training | Refit) -> Report:
        return bench.refit(order) if isinstance(order, Refit) else bench.train(order)

    return answer


class _Bench:
    """The data set, the folds and the programs of one worker."""

    def __init__(self, folder: Path) -> None:
        before_import()
        import tensorflow as tf

        one_thread()
        tf.get_logger().setLevel("ERROR")
        from kerasgrid.data.dataset import Dataset
        from kerasgrid.engine.resident import ResidentData

        after_import()

        self._data: ResidentData = ResidentData(Dataset.load(folder))
        with np.load(folder / FOLDS_FILE, allow_pickle=False) as arrays:
            n = len(arrays.files) // 2
            self._folds = [(arrays[f"train_{i}"], arrays[f"held_out_{i}"]) for i in range(n)]
            self._n_folds = n // int(arrays["n_repeats"])
        # What TensorFlow says while it starts, as of GPUs that are not there, is not why a worker dies later.
        os.ftruncate(2, 0)
        self._programs: dict[Structure, Program] = {}

    def train(self, order: Training) -> Report:
        """Train one fit; whatever goes wrong becomes its result."""
        from kerasgrid.engine.lane import Lane, Seeds

        fit, built = order.fit, 0.0
        try:
            resolved, seeds = fit.candidate.resolved(self._data.task), Seeds.of(fit.seed, fit.fold, fit.repeat)
            program, built = self._program(resolved, seeds)
            train, held_out = self._folds[fit.repeat * self._n_folds + fit.fold]
            lane = Lane(resolved.params, train, held_out, seeds, fit.curve_every, order.compiled_for)
            (outcome,) = program.run([lane], self._data)
        except Exception as error:  # noqa: BLE001 - one fit's failure is its result, not the end of the search
            return Report(FitResult(fit, "failed", error=_reason(error)), built)
        result = FitResult(
            fit, outcome.status, outcome.curve, outcome.seconds, program.n_parameters, steps=outcome.steps
        )
        return Report(result, built + outcome.build_seconds)

    def refit(self, order: Refit) -> Report:
        """Train the winner on all training data, write its model and evaluate it on the test set."""
        from kerasgrid.engine.final import refit
        from kerasgrid.engine.lane import Lane, Seeds

        built = 0.0
        try:
            resolved = order.candidate.resolved(self._data.task)
            seeds = Seeds.of(order.seed, fold=-1, repeat=0)
            program, built = self._program(resolved, seeds)
            everything = np.arange(len(self._data.dataset.x_train), dtype=np.int32)
            lane = Lane(resolved.params, everything, everything[:0], seeds, compiled_for=order.compiled_for)
            return Report(refit(program, lane, self._data, order.model_path), built)
        except Exception as error:  # noqa: BLE001 - as above
            return Report(FinalResult("failed", error=_reason(error)), built)

    def _program(self, resolved: Resolved, seeds: Seeds) -> tuple[Program, float]:
        from kerasgrid.engine.program import Program
        from kerasgrid.models.named import make_known

        if is_own(resolved.params["model"]):
            make_known(str(resolved.params["model"]))
        key = resolved.structure
        if key in self._programs:
            return self._programs[key], 0.0
        self._programs[key] = Program(resolved.params, self._data, seeds.weights)
        return self._programs[key], self._programs[key].seconds


def _reason(error: Exception) -> str:
    """Return one line that says what went wrong, and leave the traceback in the log."""
    traceback.print_exception(error)
    text = " ".join(str(error).split())
    if isinstance(error, KerasgridError):
        return text
    return f"{type(error).__name__}: {text[:300]}"


def _settle(folder: Path, number: int) -> None:
    # These reach the whole process group; the parent alone decides what they mean, and we end with it.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    log = os.open(log_path(folder, number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    sys.stderr = open(2, "w", buffering=1, closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115


def _end_with_parent(folder: Path) -> None:
    """End this process as soon as the search that started it is gone, even amid a fit."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
