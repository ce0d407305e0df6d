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
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasgrid.engine.fit import FinalResult, Fit, FitResult
from kerasgrid.engine.keras_setup import after_import, before_import
from kerasgrid.errors import KerasgridError
from kerasgrid.space.candidate import Candidate, Value
from kerasgrid.space.parameters import Structure, resolve, structure

if TYPE_CHECKING:
    from kerasgrid.engine.program import Program
    from kerasgrid.engine.resident import ResidentData

FOLDS_FILE = "folds.npz"


@dataclass(frozen=True, slots=True)
class Refit:
    """The order to train a candidate on all training data and to write the model."""

    candidate: Candidate
    seed: int
    model_path: Path


@dataclass(frozen=True, slots=True)
class Report:
    """A worker's answer to an order: the result, and the seconds spent on building a program for it."""

    result: FitResult | FinalResult
    build_seconds: float


def log_path(folder: Path, number: int) -> Path:
    """Return where the worker of this number writes its standard error."""
    return folder / f"worker-{number}.log"


def work(orders: Connection, folder: Path, number: int) -> None:
    """Answer orders until the connection closes: the main function of a worker process.

    Args:
        orders: Receives :class:`~kerasgrid.engine.fit.Fit` and :class:`Refit`, sends :class:`Report`.
        folder: Where the data set and the folds were saved.
        number: This worker's number.
    """
    try:
        _settle(folder, number)
        _end_with_parent(folder)
        bench = _Bench(folder)
    except FileNotFoundError:
        if folder.exists():
            raise
        return  # the search ended while this process was being started
    while True:
        try:
            order = orders.recv()
        except EOFError:
            return
        orders.send(bench.refit(order) if isinstance(order, Refit) else bench.train(order))


class _Bench:
    """The data set, the folds and the programs of one worker."""

    def __init__(self, folder: Path) -> None:
        before_import()
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        for gpu in tf.config.list_physical_devices("GPU"):
            # Several workers share it.
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.get_logger().setLevel("ERROR")
        from kerasgrid.data.dataset import Dataset
        from kerasgrid.engine.resident import ResidentData

        after_import()

        self._data: ResidentData = ResidentData(Dataset.load(folder))
        with np.load(folder / FOLDS_FILE, allow_pickle=False) as arrays:
            self._folds = [(arrays[f"train_{i}"], arrays[f"held_out_{i}"]) for i in range(len(arrays.files) // 2)]
        # What TensorFlow says while it starts, as of GPUs that are not there, is not why a worker dies later.
        os.ftruncate(2, 0)
        self._programs: dict[Structure, Program] = {}

    def train(self, fit: Fit) -> Report:
        """Train one fit; whatever goes wrong becomes its result."""
        from kerasgrid.engine.program import Lane, Seeds

        built = 0.0
        try:
            params = resolve(fit.candidate, self._data.task)
            program, built = self._program(params)
            train, held_out = self._folds[fit.fold]
            lane = Lane(params, train, held_out, Seeds.of(fit.seed, fit.fold, fit.repeat))
            (outcome,) = program.run([lane])
        except Exception as error:  # noqa: BLE001 - one fit's failure is its result, not the end of the search
            return Report(FitResult(fit, "failed", error=_reason(error)), built)
        result = FitResult(fit, outcome.status, outcome.curve, outcome.seconds, program.n_parameters)
        return Report(result, built)

    def refit(self, order: Refit) -> Report:
        """Train the winner on all training data, write its model and evaluate it on the test set."""
        from kerasgrid.engine.final import refit

        built = 0.0
        try:
            params = resolve(order.candidate, self._data.task)
            program, built = self._program(params)
            return Report(refit(program, params, self._data, order.seed, order.model_path), built)
        except Exception as error:  # noqa: BLE001 - as above
            return Report(FinalResult("failed", error=_reason(error)), built)

    def _program(self, params: dict[str, Value]) -> tuple[Program, float]:
        from kerasgrid.engine.program import Program

        key = structure(params)
        if key in self._programs:
            return self._programs[key], 0.0
        self._programs[key] = Program(params, self._data)
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
