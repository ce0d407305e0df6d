"""Training in this process: for who asks for no others, and where none may be started."""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from collections.abc import Generator, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kerasgrid.axes.candidate import Candidate
from kerasgrid.baselines.fit import BaselineFit, BaselineResult
from kerasgrid.errors import RunError
from kerasgrid.fits.deadline import Deadline
from kerasgrid.fits.explaining import Explained, Explaining
from kerasgrid.fits.fit import FinalResult, Fit, FitResult
from kerasgrid.fits.joining import Joined, Joining
from kerasgrid.fits.workload import Workload
from kerasgrid.system.versions import installed_versions
from kerasgrid.workers.furnishing import furnished
from kerasgrid.workers.requests import FitRequest, RefitRequest, requests_for
from kerasgrid.workers.shares import room_here
from kerasgrid.workers.worker import Answer, Handler

if TYPE_CHECKING:
    from kerasgrid.engine.trainer import Trainer
    from kerasgrid.run.baselines import BaselineTrainer

KEPT_PROGRAMS = 8
"""Programs that a thread keeps, the latest made."""


class _Latest(OrderedDict[Hashable, Any]):
    """The latest programs, for further searches of such data: cross-validation of a search has many."""

    def __setitem__(self, key: Hashable, program: Any) -> None:
        super().__setitem__(key, program)
        while len(self) > KEPT_PROGRAMS:
            self.popitem(last=False)


class _OfThread(threading.local):
    """Each thread has its own: a program trains one thing at a time."""

    def __init__(self) -> None:
        self.kept = _Latest()


_programs = _OfThread()


class HereFitter:
    """Trains fits in this process, one after the other; see :class:`kerasgrid.fits.fitter.Fitter`.

    What the user set in Keras and TensorFlow stays as it is. A deadline is looked at between trainings: one that has
    begun ends. TensorFlow keeps about 5 MB of every structure until the process ends, so of hundreds of candidates
    those of worker processes are better off.

    Attributes:
        n_workers: 1.
    """

    n_workers = 1

    def __init__(self) -> None:
        self._work: Workload | None = None
        self._trainer: Trainer | None = None
        self._versions = installed_versions()

    def prepare(self, work: Workload) -> None:
        """Take note of the data, the folds, and what is compiled; it counts from the next time this is entered."""
        self._work = work

    def __enter__(self) -> Self:
        assert self._work is not None, "a fitter must be prepared before it is entered"
        work = self._work
        with _at_work():
            from kerasgrid.engine.trainer import Trainer

            of_work = work.dataset, work.folds, work.n_repeats, work.metrics
            self._trainer = Trainer(*of_work, _programs.kept, room_here)
        for kept in (work.states, work.fold_models):
            if kept is not None:
                kept.tidy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._trainer = None

    def train(self, fits: Sequence[Fit], deadline: Deadline | None = None) -> Generator[FitResult, None, None]:
        """Train the fits and yield each result once; begin none after the deadline."""
        work, trainer = self._work, self._trainer
        assert work is not None and trainer is not None, "a fitter is used as a context manager"  # noqa: PT018
        for request in requests_for(work, fits, self._versions):
            if deadline is not None and deadline.left <= 0:
                return
            results = trainer.train(request.fits, request.compiled_for, request.states, request.leaves)
            while (found := _next_of(results)) is not None:
                yield found

    def refit(self, candidate: Candidate, seed: int, model_path: Path, epochs: int | None = None) -> FinalResult:
        """Train the candidate on all training data, write the model and evaluate it on the test set."""
        work, trainer = self._work, self._trainer
        assert work is not None and trainer is not None, "a fitter is used as a context manager"  # noqa: PT018
        with _at_work():
            sizes = work.compiled.sizes_of_refit(candidate)
            return trainer.refit(candidate, seed, model_path, sizes, epochs)[0]

    def explain(self, explaining: Explaining) -> Explained:
        """Look closer at a trial by what its fits have left."""
        assert self._trainer is not None, "a fitter is used as a context manager"
        with _at_work():
            return self._trainer.explain(explaining)

    def join(self, joining: Joining) -> Joined:
        """Choose an ensemble of what fits have left and, if it pays, write it as one model."""
        assert self._trainer is not None, "a fitter is used as a context manager"
        with _at_work():
            return self._trainer.join(joining)


def baselines_here(work: Workload, n_workers: int) -> BaselineTrainer:
    """Return what trains baselines on this data in this process."""

    def train(fits: Sequence[BaselineFit], deadline: Deadline | None) -> Generator[BaselineResult, None, None]:
        with _at_work():
            from kerasgrid.workers.baselines import baselines_on

            result = baselines_on(work.dataset, work.folds, work.n_repeats, work.metrics)
        for fit in fits:
            if deadline is not None and deadline.left <= 0:
                return
            with _at_work():
                found = result(fit)
            yield found

    return train


def handler_here(folder: Path) -> Handler:
    """Return what answers fits and refits in this process, which is somebody else's: one at a time, whoever asks.

    Raises:
        RunError: It would train on another device than the CPU.
    """
    with _at_work():
        from kerasgrid.engine.devices import is_on_cpu
        from kerasgrid.engine.trainer import Trainer

        if not is_on_cpu():
            # What a process has touched cannot be hidden from it any more.
            rule = "a worker that trains inside itself must see no GPU, for its fits are those of a CPU"
            raise RunError(rule, hint="start it with CUDA_VISIBLE_DEVICES=-1, or train beside it, without --in-place")
        trainer = Trainer(*furnished(folder), _Latest(), room_here)

    def handle(request: FitRequest | RefitRequest) -> Answer | Iterator[Answer]:
        with _at_work():
            if isinstance(request, RefitRequest):
                told = request.compiled_for, request.epochs
                return Answer(*trainer.refit(request.candidate, request.seed, request.model_path, *told))
            return iter([Answer(*trained) for trained in trainer.train(request.fits, request.compiled_for)])

    return handle


def _next_of(results: Iterator[tuple[FitResult, Any]]) -> FitResult | None:
    """Return the next result; the user's settings hold again before whoever waits for it goes on."""
    with _at_work():
        found = next(results, None)
    return None if found is None else found[0]


@contextmanager
def _at_work() -> Iterator[None]:
    from kerasgrid.engine.keras_setup import at_work_as_guest

    # Keras warns of what is its own business, and who has made warnings errors would have no model for that.
    with at_work_as_guest(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
