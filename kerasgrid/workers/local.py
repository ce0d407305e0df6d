"""The local fitter: trains fits in worker processes on this machine."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kerasgrid.axes.candidate import Candidate
from kerasgrid.axes.value import Structure
from kerasgrid.errors import WorkersDieError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.explaining import Explained, Explaining
from kerasgrid.fits.fit import FinalResult, Fit, FitResult, Stint
from kerasgrid.fits.fitter import AtWork, Tell
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.fits.prefixes import epochs_of
from kerasgrid.fits.room import NeedsAllError
from kerasgrid.fits.workload import Workload
from kerasgrid.system.devices import AUTO, CPU, DEVICES, DeviceKind, check_there
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers.crew import Crew
from kerasgrid.workers.furnishing import furnish, furnished
from kerasgrid.workers.places import Places, kinds_here, n_devices
from kerasgrid.workers.ready import check_usable, get_ready
from kerasgrid.workers.requests import FitRequest, RefitRequest, requests_for
from kerasgrid.workers.shares import Growth, Shares, room_in
from kerasgrid.workers.worker import Answer, Handler

if TYPE_CHECKING:
    from kerasgrid.engine.trainer import Trainer

_METRICS = "sklearn.metrics"
"""What computes metrics of predictions."""


class LocalFitter:
    """Trains fits in worker processes on this machine; see :class:`kerasgrid.fits.fitter.Fitter`.

    TensorFlow is imported from the moment on that this is made, in a process that all workers are forked from. The data
    set is written once to a temporary folder, which the workers map into memory.

    Args:
        n_workers: Number of processes; None for one per core, or per GPU.
        device: The kind of device to train on; ``auto`` for whichever suits a run, and the CPU without a run.

    Attributes:
        n_workers: Their number, as for the kind that it trains on.
        device: As given.

    Raises:
        RunError: as for :func:`get_ready`.
    """

    def __init__(self, n_workers: int | None = None, device: str = AUTO) -> None:
        get_ready()
        self._asked = n_workers
        self._kind = DEVICES[CPU]
        self.n_workers = n_workers if n_workers is not None else n_devices(self._kind)
        self.device = device
        if device not in (AUTO, CPU):
            self.place(device)
        self._work: Workload | None = None
        self._crew: FitCrew | None = None
        self._tell: Tell | None = None

    def tell_work(self, tell: Tell) -> None:
        """Tell this from now on which fits the workers are at."""
        self._tell = tell

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many devices of each kind it would train on."""
        return {kind.name: n_devices(kind, self._asked) for kind in kinds_here()}

    def ask(self, device: str) -> None:
        """Ask for a kind of device, or for ``auto``, from now on.

        Raises:
            RunError: There is none here.
        """
        check_there(device, self.kinds)
        self.device = device

    def place(self, kind: str) -> None:
        """Train on this kind of device from now on.

        Raises:
            RunError: There is none here, or TensorFlow cannot use it.
        """
        if kind != self._kind.name:
            check_there(kind, self.kinds)
            check_usable(DEVICES[kind])
            self._kind = DEVICES[kind]
            self.n_workers = self._asked if self._asked is not None else n_devices(self._kind)

    def prepare(self, work: Workload) -> None:
        """Take note of the data, the folds, and what is compiled; it counts from the next time this is entered."""
        self._work = work

    def __enter__(self) -> Self:
        """Write the data for the workers; they start when there is something to train.

        Raises:
            RuntimeError: :meth:`prepare` was not called.
            RunError: The data cannot be written.
        """
        if self._work is None:
            raise RuntimeError("a fitter must be prepared before it is entered")
        crew = FitCrew(self._work, self.n_workers, self._kind)
        crew.tell = self._tell
        crew.__enter__()
        self._crew = crew
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.__exit__(kind, error, trace)

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        """Train the fits and yield each result once, in whatever order they end; stop at the deadline.

        Fits that differ in their epochs alone are one training, whose results come as they are reached.
        """
        crew = self._entered()
        answers = crew.answers(crew.requests(fits), deadline)
        try:
            for _, result in answers:
                yield result
        finally:
            answers.close()

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set."""
        crew = self._entered()
        sizes = crew.work.compiled.sizes_of_refit(candidate)
        return crew.refit(RefitRequest(candidate, seed, model_path, sizes, epochs))

    def explain(self, explaining: Explaining) -> Explained:
        """Look closer at a trial by what its fits have left."""
        return self._entered().explain(explaining)

    def join(self, joining: Joining) -> Joined:
        """Choose an ensemble of what fits have left and, if it pays, write it as one model."""
        return self._entered().join(joining)

    def _entered(self) -> FitCrew:
        assert self._crew is not None, "a fitter is used as a context manager"
        return self._crew


class FitCrew(Crew[FitRequest, FitResult]):
    """The worker processes of a local fitter.

    Args:
        work: What they work on.
        n_workers: Number of processes; None for one per core.
        kind: On which devices they train.

    Attributes:
        tell: Who wants to know what the workers are at; None for nobody.
    """

    tell: Tell | None = None

    def __init__(self, work: Workload, n_workers: int | None = None, kind: DeviceKind = DEVICES[CPU]) -> None:
        from kerasgrid.engine.keras_setup import PRELOAD

        # Once a worker, before its first fit, and only where fits need it.
        modules = [*work.modules, *([_METRICS] if work.metrics else [])]
        super().__init__(training_handler, n_workers, PRELOAD, modules)
        self.work, self.places = work, Places(kind)
        self._versions = installed_versions()

    def requests(self, fits: Sequence[Fit]) -> list[FitRequest]:
        """Return the requests that these fits come to, see :func:`requests_for`."""
        return requests_for(self.work, fits, self._versions)

    def explain(self, explaining: Explaining) -> Explained:
        """Return what a closer look at a trial has shown."""
        found = self._ask_after_fits(explaining, explaining.candidate, explaining.most_seconds)
        return Explained(error=found) if isinstance(found, str) else found

    def join(self, joining: Joining) -> Joined:
        """Return what came of joining trials."""
        found = self._ask_after_fits(joining, joining.candidates[0], joining.most_seconds)
        return Joined(error=found) if isinstance(found, str) else found

    def _ask_after_fits(self, request: object, candidate: Candidate, seconds: float | None) -> Any:
        """Return what a worker made of a request that the run can do without, or why there is nothing, as text."""
        try:
            answer, last_words = self._ask(request, self._structure(candidate), seconds)
        except WorkersDieError as error:
            return str(error)
        return last_words if answer is None else answer.result

    def refit(self, request: RefitRequest) -> FinalResult:
        """Return what came of a refit."""
        program = self._structure(request.candidate)
        answer, last_words = self._ask(request, program)
        if answer is None:
            return FinalResult("failed", error=last_words)
        assert isinstance(answer.result, FinalResult)
        return answer.result

    def _furnish(self, folder: Path) -> None:
        furnish(folder, self.work)
        for kept in (self.work.states, self.work.fold_models):
            if kept is not None:
                kept.tidy()

    def _program(self, request: FitRequest) -> Hashable:
        return self._structure(request.fits[-1].candidate)

    def _structure(self, candidate: Candidate) -> Structure:
        return candidate.resolved(self.work.dataset.task).structure

    def _lost(self, request: FitRequest, words: str) -> FitResult:
        return FitResult(request.fits[0], "failed", error=words)

    def _suspect(self, request: FitRequest) -> Hashable:
        return request.fits[-1].candidate

    def _rest(self, request: FitRequest, result: FitResult) -> FitRequest | None:
        left = request.fits[1:]
        return replace(request, fits=left) if left else None

    def _done(self, worker: str, result: FitResult, late: float = 0.0) -> FitResult:
        stint = result.stint
        return result if stint is None else result.trained(Stint(stint.began + late, stint.ended + late, worker))

    def _tell(self) -> float:
        return math.inf if self.tell is None else self.tell(self._at_work)

    def _at_work(self) -> list[AtWork]:
        busy = (worker for worker in self._workers if worker.requests)
        return [AtWork(str(worker.slot), worker.requests[0].fits[0], worker.since) for worker in busy]

    def _expected(self, request: FitRequest, result: FitResult) -> float:
        reached, last = (epochs_of(fit, self.work.dataset.task) for fit in (request.fits[0], request.fits[-1]))
        return result.seconds * last / reached


def training_handler(folder: Path) -> Handler:
    """Return what answers fits, refits and joinings in a worker, on saved data and folds."""
    from kerasgrid.engine.keras_setup import set_up_process

    set_up_process()
    from kerasgrid.engine.devices import begin_on_own_kind
    from kerasgrid.engine.trainer import Trainer

    begin_on_own_kind()
    trainer = Trainer(*furnished(folder), room=lambda: room_in(folder))
    # What TensorFlow says while it starts, as of GPUs that are not there, is not why a worker dies later.
    os.ftruncate(2, 0)
    growth = Growth(Shares.read(folder).growth)

    def handle(request: FitRequest | RefitRequest | Joining | Explaining) -> Answer | Iterator[Answer]:
        if isinstance(request, Explaining):
            return Answer(trainer.explain(request))
        if isinstance(request, Joining):
            return Answer(trainer.join(request))
        if isinstance(request, RefitRequest):
            told = request.compiled_for, request.epochs
            return Answer(*trainer.refit(request.candidate, request.seed, request.model_path, *told))
        return _trained(trainer, request, growth)

    return handle


def _trained(trainer: Trainer, request: FitRequest, growth: Growth) -> Iterator[Answer]:
    try:
        for trained in trainer.train(request.fits, request.compiled_for, request.states, request.leaves):
            yield Answer(*trained, used_up=growth.is_too_much)
    except NeedsAllError:
        yield Answer(None, used_up=True, needs_all=True)
