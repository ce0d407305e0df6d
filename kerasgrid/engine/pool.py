"""The local pool: one single-threaded worker process per core, disposable."""

from __future__ import annotations

import itertools
import shutil
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from kerasgrid.data.dataset import Dataset
from kerasgrid.data.folds import Fold
from kerasgrid.engine.fit import FinalResult, Fit, FitResult
from kerasgrid.engine.processes import check_backend, n_cores, start_process, start_server
from kerasgrid.engine.schedule import Schedule
from kerasgrid.engine.worker import FOLDS_FILE, Refit, Report, log_path, work
from kerasgrid.errors import RunError
from kerasgrid.space.candidate import Candidate
from kerasgrid.space.parameters import Structure, resolve, structure

PROGRAMS_A_WORKER = 6
"""Programs that a worker builds before it is replaced. TensorFlow keeps about 5 MB of each for good."""

_SILENT_DEATHS = 8
"""Workers that may die in a row without an answer, before it is this machine that cannot train, not those fits."""

_ATTEMPTS = 2
"""How often a fit is started whose worker dies under it."""


@dataclass(slots=True, eq=False)
class _Worker:
    number: int
    process: BaseProcess
    orders: Connection
    programs: list[Structure] = field(default_factory=list)
    fits: deque[Fit] = field(default_factory=deque)
    answered: bool = False


class LocalPool:
    """Trains fits in worker processes on this machine; see :class:`kerasgrid.engine.fitter.Fitter`.

    The data set is written once to a temporary folder, which the workers map into memory. Workers that have built
    :data:`PROGRAMS_A_WORKER` programs end and are replaced, so memory does not grow with the number of structures. A
    worker that dies (killed, out of memory) costs the fit it was at one attempt.

    Args:
        dataset: The data set.
        folds: Its folds; a fit's ``fold`` counts in them.
        n_workers: Number of processes; None for one per core.

    Raises:
        RunError: if ``KERAS_BACKEND`` names another backend than TensorFlow, or TensorFlow is not installed.
    """

    def __init__(self, dataset: Dataset, folds: Sequence[Fold], n_workers: int | None = None) -> None:
        check_backend()
        self._dataset = dataset
        self._folds = folds
        self._n_workers = n_workers if n_workers is not None else n_cores()
        self._workers: list[_Worker] = []
        self._numbers = itertools.count()
        self._silent_deaths = 0
        self._folder: Path | None = None
        self._structures: dict[Candidate, Structure] = {}

    def __enter__(self) -> Self:
        start_server()
        arrays = {f"train_{i}": fold.train for i, fold in enumerate(self._folds)}
        arrays |= {f"held_out_{i}": fold.held_out for i, fold in enumerate(self._folds)}
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="kerasgrid-"))
            self._dataset.save(self._folder)
            np.savez(self._folder / FOLDS_FILE, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            self.__exit__(None, None, None)
            raise RunError(
                "the data cannot be written to the folder for temporary files",
                where=tempfile.gettempdir(),
                got=(error.strerror or str(error)).lower(),
                hint="make room there, or set TMPDIR to another folder",
                exit_code=1,
            ) from error
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in list(self._workers):
            self._end(worker)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def train(self, fits: Sequence[Fit], deadline: float | None = None) -> Iterator[FitResult]:
        """Train the fits and yield each result once, in whatever order they end; stop at the deadline."""
        schedule = Schedule(fits, lambda fit: self._structure(fit.candidate))
        attempts: dict[Fit, int] = {}
        try:
            while schedule.waiting or any(worker.fits for worker in self._workers):
                self._hand_out(schedule)
                busy = {worker.orders: worker for worker in self._workers if worker.fits}
                assert busy, "fits are waiting and nobody takes them"
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return
                for orders in wait(list(busy), None if left is None else min(left, 3600.0)):
                    worker = busy[orders]  # type: ignore[index]
                    report = self._receive(worker)
                    if report is not None:
                        fit = worker.fits.popleft()
                        assert isinstance(report.result, FitResult)
                        schedule.measured(fit, report.result.seconds, report.build_seconds)
                        self._hand_out(schedule)
                        yield report.result
                    else:
                        yield from self._bury(worker, schedule, attempts)
        finally:
            # Whoever leaves early does not want what is in flight, and those answers must not be taken for later ones.
            for worker in [worker for worker in self._workers if worker.fits]:
                worker.process.kill()
                self._end(worker)

    def refit(self, candidate: Candidate, seed: int, model_path: Path) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set."""
        program = self._structure(candidate)
        able = [worker for worker in self._workers if program in worker.programs]
        worker = able[0] if able else self._start(next(self._numbers))
        with suppress(OSError):  # as in _send
            worker.orders.send(Refit(candidate, seed, model_path))
        report = self._receive(worker)
        if report is None:
            return FinalResult("failed", error=self._last_words(worker))
        assert isinstance(report.result, FinalResult)
        return report.result

    def _structure(self, candidate: Candidate) -> Structure:
        if candidate not in self._structures:
            self._structures[candidate] = structure(resolve(candidate, self._dataset.task))
        return self._structures[candidate]

    def _hand_out(self, schedule: Schedule) -> None:
        """Give every worker that has nothing to do a fit, and one ahead where fits are short."""
        for worker in list(self._workers):
            while schedule.waiting and len(worker.fits) < 2:
                if worker.fits and not schedule.is_short(worker.fits[0]):
                    break
                fit = schedule.take(worker.number, worker.programs)
                if fit is None:
                    break
                if self._is_used_up(worker, fit):
                    schedule.put_back(fit)
                    schedule.leave(worker.number)
                    if not worker.fits:
                        self._end(worker)
                    break
                self._send(worker, fit)
        while schedule.waiting and len(self._workers) < self._n_workers:
            number = next(self._numbers)
            fit = schedule.take(number, [])
            if fit is None:
                break
            self._send(self._start(number), fit)

    def _is_used_up(self, worker: _Worker, fit: Fit) -> bool:
        is_new = self._structure(fit.candidate) not in worker.programs
        return is_new and len(worker.programs) >= PROGRAMS_A_WORKER

    def _send(self, worker: _Worker, fit: Fit) -> None:
        program = self._structure(fit.candidate)
        if program not in worker.programs:
            worker.programs.append(program)
        with suppress(OSError):  # a worker that has died is noticed when its answer is waited for
            worker.orders.send(fit)
        worker.fits.append(fit)

    def _start(self, number: int) -> _Worker:
        assert self._folder is not None, "a LocalPool is used as a context manager"
        ours, theirs = Pipe()
        process = start_process(work, (theirs, self._folder, number))
        theirs.close()
        worker = _Worker(number, process, ours)
        self._workers.append(worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        worker.orders.close()
        self._workers.remove(worker)
        # A worker ends when its connection closes; waiting for that would hold up the others.
        threading.Thread(target=worker.process.join, daemon=True).start()

    def _receive(self, worker: _Worker) -> Report | None:
        try:
            report = worker.orders.recv()
        except (EOFError, OSError):
            return None
        assert isinstance(report, Report)
        worker.answered = True
        self._silent_deaths = 0
        return report

    def _bury(self, worker: _Worker, schedule: Schedule, attempts: dict[Fit, int]) -> Iterator[FitResult]:
        """Take back what a dead worker had to do; the fit it was at fails if that happened before."""
        words = self._last_words(worker)
        first, *others = worker.fits
        worker.fits.clear()
        for fit in reversed(others):
            schedule.put_back(fit)
        schedule.leave(worker.number)
        self._end(worker)
        attempts[first] = attempts.get(first, 0) + 1
        if attempts[first] < _ATTEMPTS:
            schedule.put_back(first)
        else:
            yield FitResult(first, "failed", error=words)

    def _last_words(self, worker: _Worker) -> str:
        worker.process.join(5)
        assert self._folder is not None
        log, code = log_path(self._folder, worker.number), worker.process.exitcode
        cause = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        words = f"the worker process died ({cause})" + (f": {lines[-1][:300]}" if lines else "")
        if code == -signal.SIGKILL:
            words += "; perhaps memory ran out, which fewer --jobs would mend"
        self._silent_deaths += not worker.answered
        if self._silent_deaths >= _SILENT_DEATHS:
            raise RunError("worker processes die before they answer", got=words, exit_code=1)
        return words
